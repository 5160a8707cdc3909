//! The table, from what the guest left.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, ensure};
use serde_json::Value;

use crate::run;

/// As tests/lab/guest/load.sh calls them, and as people do.
const ONLOOKERS: [(&str, &str); 4] = [
    ("nobody", "nobody"),
    ("count", "`iscsi-trace live --count`"),
    ("stream", "`iscsi-trace live -d all,-FUNCTION`"),
    ("bpftrace", "bpftrace, the same counting"),
];

/// Prints it, and what was lost.
pub fn print(out: &Path, rounds: u32, machine: &str) -> anyhow::Result<()> {
    let date = run::quiet(Command::new("date").args(["-u", "+%F"]))?.stdout;
    println!(
        "{}, Linux {machine}, 4 KiB random reads, 16 at a time, median of {rounds} rounds:\n",
        String::from_utf8_lossy(&date).trim()
    );
    println!(
        "| watching | IOPS | of nobody's | probe runs per command | ns in probes per command | runs left out |"
    );
    println!("|---|---|---|---|---|---|");
    let alone = all_iops(out, "nobody", rounds)?;
    for (name, title) in ONLOOKERS {
        let iops = all_iops(out, name, rounds)?;
        // Round by round: the machine's own speed changes more than what is measured.
        let shares = iops.iter().zip(&alone).map(|(iops, alone)| 100.0 * iops / alone).collect();
        let (iops, share) = (median(iops)?, median(shares)?);
        let costs = if name == "nobody" { "– | – | –".to_owned() } else { costs(out, name)? };
        println!("| {title} | {iops:.0} | {share:.1} % | {costs} |");
    }
    for round in 1..=rounds {
        let pdus = fs::read_to_string(out.join(format!("stream-{round}.pdus")))?;
        let lost = lost(&fs::read_to_string(out.join(format!("stream-{round}.losses")))?)?;
        println!(
            "\nstreaming, round {round}: {} PDUs seen, {lost} events lost and counted",
            pdus.trim()
        );
    }
    every_pdu(out)
}

/// The kernel counts SCSI Commands, too: what was seen and what was counted as lost make up all of them.
fn every_pdu(out: &Path) -> anyhow::Result<()> {
    let read = |name: &str| fs::read_to_string(out.join(name)).with_context(|| name.to_owned());
    let counted = counted(out, "stream")?;
    let stream = read("stream.jsonl")?;
    let seen =
        stream.lines().filter(|line| line.contains(r#""pdu":"scsi-command""#)).count() as u64;
    let losses: Vec<&str> =
        stream.lines().filter(|line| line.contains(r#""event":"loss""#)).collect();
    let lost = lost(&losses.join("\n"))?;
    println!(
        "\nSCSI Commands: the kernel counted {counted}, the stream shows {seen}, with {lost} events lost and counted"
    );
    ensure!(seen <= counted && counted <= seen + lost, "PDUs were lost without being counted");
    Ok(())
}

/// SCSI Commands of the kernel's count while an onlooker's costs were measured.
fn counted(out: &Path, name: &str) -> anyhow::Result<u64> {
    let read = |when: &str| -> anyhow::Result<u64> {
        let file = format!("{name}.{when}");
        scsi_commands(&fs::read_to_string(out.join(&file)).context(file)?)
    };
    read("after")?.checked_sub(read("before")?).context("fewer commands than before")
}

fn scsi_commands(statistics: &str) -> anyhow::Result<u64> {
    let line = statistics.lines().find(|line| line.trim().starts_with("scsicmd_pdus:"));
    let count = line
        .and_then(|line| line.split_once(':'))
        .context("no scsicmd_pdus in iscsiadm's statistics")?;
    Ok(count.1.trim().parse()?)
}

fn lost(losses: &str) -> anyhow::Result<u64> {
    losses.lines().try_fold(0, |sum, line| {
        let event: Value = serde_json::from_str(line)?;
        Ok(sum + event.get("events").and_then(Value::as_u64).context("a loss without a number")?)
    })
}

fn all_iops(out: &Path, name: &str, rounds: u32) -> anyhow::Result<Vec<f64>> {
    (1..=rounds).map(|round| iops(&out.join(format!("{name}-{round}.json")))).collect()
}

fn median(mut values: Vec<f64>) -> anyhow::Result<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().context("no rounds")
}

fn iops(file: &Path) -> anyhow::Result<f64> {
    report(file)?
        .pointer("/jobs/0/read/iops")
        .and_then(Value::as_f64)
        .context("no IOPS in fio's report")
}

fn report(file: &Path) -> anyhow::Result<Value> {
    let text = fs::read_to_string(file).with_context(|| format!("no {}", file.display()))?;
    // fio may put a warning first.
    let json = text.find('{').and_then(|at| text.get(at..)).unwrap_or_default();
    serde_json::from_str(json).with_context(|| format!("{} is no report of fio's", file.display()))
}

/// Runs and nanoseconds of an onlooker's programs for each command, and the runs the kernel left out.
fn costs(out: &Path, name: &str) -> anyhow::Result<String> {
    let text = fs::read_to_string(out.join(format!("{name}.costs")))?;
    // bpftrace may keep no descriptor of its programs, and only those tell.
    if text.is_empty() {
        return Ok("not told | not told | not told".to_owned());
    }
    let of = |what: &str| -> anyhow::Result<f64> {
        let line = text.lines().find_map(|line| line.strip_prefix(what)?.strip_prefix(": "));
        Ok(line.with_context(|| format!("{name}.costs has no {what}"))?.trim().parse()?)
    };
    // The kernel's own count: fio's leaves out its first seconds.
    let commands = counted(out, name)? as f64;
    let left_out =
        of("recursion_misses").map_or_else(|_| "not told".to_owned(), |runs| runs.to_string());
    Ok(format!(
        "{:.1} | {:.0} | {left_out}",
        of("run_cnt")? / commands,
        of("run_time_ns")? / commands
    ))
}
