//! What a run came to.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::time;

use iscsi_decoders::Timestamp;
use iscsi_decoders::catalogue::{self, Space};
use iscsi_decoders::stream;
use iscsi_ebpf::command::{Class, Counters, KEYS, Key};
use serde_json::json;

use crate::event::What;
use crate::event::command;
use crate::event::loss::{Cause, Kind};
use crate::model::Record;
use crate::model::finding::Duration;
use crate::output::Plain;
use crate::source::Event;
use crate::source::live::{self, Totals};
use crate::source::probes::Unreadable;

/// What is counted while events pass.
#[derive(Debug, Default)]
pub(super) struct Ended {
    pdus: u64,
    errors: BTreeMap<u32, u64>,
    findings: BTreeMap<&'static str, u64>,
    /// Targets by session.
    targets: BTreeMap<u32, String>,
}

impl Ended {
    pub fn event(&mut self, event: &Event<'_>) {
        match event {
            Event::Stream(stream::Event::Pdu(_)) => self.pdus += 1,
            Event::Kernel(event) => match (&event.what, event.session) {
                (What::ConnectionError(error), _) => {
                    *self.errors.entry(error.code).or_default() += 1;
                }
                (What::Identity(identity), Some(session)) => {
                    self.targets.insert(session, identity.target.clone());
                }
                _ => {}
            },
            _ => {}
        }
    }

    pub fn record(&mut self, record: &Record<'_>) {
        if let Record::Finding(finding) = record {
            *self.findings.entry(finding.kind.name()).or_default() += 1;
        }
    }

    /// Whether a session told who it is.
    pub fn knows(&self, session: u32) -> bool {
        self.targets.contains_key(&session)
    }

    /// Whether something was found wrong.
    pub fn has_findings(&self) -> bool {
        !self.findings.is_empty() || !self.errors.is_empty()
    }
}

/// Says it all in a few lines.
pub(super) fn print(
    out: &mut dyn Write,
    ended: &Ended,
    totals: &Totals,
    unreadable: Unreadable,
    blind: time::Duration,
    elapsed: time::Duration,
    with_table: bool,
) -> io::Result<()> {
    write!(out, "iscsi-trace: {:.1} s, {} PDUs", elapsed.as_secs_f64(), ended.pdus)?;
    for (code, count) in &ended.errors {
        let name = catalogue::get(Space::Kernel, *code).map_or("unknown", |entry| entry.symbol);
        write!(out, ", {count} × conn error {code} {name}")?;
    }
    for (name, count) in &ended.findings {
        write!(out, ", {count} × {name}")?;
    }
    let loss = totals.loss();
    let nothing = loss.is_empty() && blind.is_zero();
    writeln!(out, "{}", if nothing { ", no event lost" } else { "" })?;
    for live::Loss { cause, cpu, kind, events } in &loss {
        let kind = Kind::from_number(*kind as u8).map_or("unknown", Kind::name);
        match cause {
            Cause::ProbeSkipped => writeln!(
                out,
                "  missed: up to {events} events of kind {kind}, whose probe the kernel skipped while another one ran"
            )?,
            Cause::LeftOut => writeln!(
                out,
                "  left out: up to {events} events of kind {kind} on CPU {cpu}, as a probe could not read what they are about"
            )?,
            _ => writeln!(out, "  lost: {events} events of kind {kind} on CPU {cpu}")?,
        }
    }
    if !blind.is_zero() {
        let blind = Duration(i64::try_from(blind.as_nanos()).unwrap_or(i64::MAX));
        writeln!(out, "  modules came, and not all of their probes were on for {blind}")?;
    }
    if totals.uncounted > 0 {
        let count = totals.uncounted;
        writeln!(
            out,
            "  up to {count} commands are not in the table: the kernel skipped a probe of theirs while another one ran, or \
             there are more sessions and logical units than its {KEYS} rows hold"
        )?;
    }
    if unreadable.events > 0 {
        let Unreadable { events, first } = unreadable;
        writeln!(
            out,
            "  {events} events of the probes could not be read; kind and bytes of the first: {first:?}"
        )?;
    }
    if with_table {
        table(out, &totals.commands(), ended)?;
    }
    Ok(())
}

/// The commands, by session, logical unit and class.
pub(super) fn table(
    out: &mut dyn Write,
    commands: &[(Key, Counters)],
    ended: &Ended,
) -> io::Result<()> {
    if commands.is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        "{:>7} {:>5} {:<6} {:>9} {:>7} {:>14} {:>9} {:>9} {:>9} {:>9}  target",
        "session", "lun", "class", "commands", "failed", "bytes", "mean", "p50", "p99", "max"
    )?;
    for (key, counters) in commands {
        let Key { sid, lun, .. } = key;
        write!(
            out,
            "{sid:>7} {lun:>5} {:<6} {:>9} {:>7} {:>14}",
            class(key),
            counters.commands,
            counters.errors,
            counters.bytes
        )?;
        let times =
            [mean(counters), percentile(counters, 50), percentile(counters, 99), counters.max];
        for time in times {
            write!(out, " {:>9}", Duration(signed(time)).to_string())?;
        }
        let target = ended.targets.get(sid).map_or("", String::as_str);
        writeln!(out, "  {}", Plain(target))?;
    }
    Ok(())
}

/// The same as JSON Lines.
pub(super) fn json(
    out: &mut dyn Write,
    commands: &[(Key, Counters)],
    ended: &Ended,
    now: Timestamp,
) -> io::Result<()> {
    for (key, counters) in commands {
        let micros = |nanoseconds: u64| nanoseconds / 1000;
        let mut line = json!({
            "time": now.to_string(),
            "event": "command-counters",
            "session": key.sid,
            "lun": key.lun,
            "class": class(key),
            "commands": counters.commands,
            "failed": counters.errors,
            "bytes": counters.bytes,
            "mean_us": micros(mean(counters)),
            "p50_us": micros(percentile(counters, 50)),
            "p99_us": micros(percentile(counters, 99)),
            "max_us": micros(counters.max),
        });
        if let (Some(target), Some(line)) = (ended.targets.get(&key.sid), line.as_object_mut()) {
            line.insert("target".into(), target.clone().into());
        }
        serde_json::to_writer(&mut *out, &line)?;
        writeln!(out)?;
    }
    Ok(())
}

fn class(key: &Key) -> &'static str {
    let class =
        Class::from_number(key.class).and_then(|class| command::Class::from_number(class as u32));
    class.map_or("?", command::Class::name)
}

fn signed(nanoseconds: u64) -> i64 {
    i64::try_from(nanoseconds).unwrap_or(i64::MAX)
}

fn mean(counters: &Counters) -> u64 {
    counters.sum.checked_div(counters.commands).unwrap_or(0)
}

/// The time that `percent` of the commands did not exceed, as near as powers of two tell: within a bucket, commands
/// are taken to be spread evenly.
fn percentile(counters: &Counters, percent: u64) -> u64 {
    let total: u64 = counters.histogram.iter().sum();
    let rank = (total * percent).div_ceil(100);
    let mut below = 0;
    for (bucket, &count) in counters.histogram.iter().enumerate() {
        if count > 0 && below + count >= rank {
            let start = 1_u64 << bucket;
            let share = u128::from(start) * u128::from(rank - below) / u128::from(count);
            return (start + u64::try_from(share).unwrap_or(0)).min(counters.max);
        }
        below += count;
    }
    counters.max
}

#[cfg(test)]
mod tests {
    use iscsi_ebpf::command::BUCKETS;

    use super::*;

    fn counters() -> Counters {
        let mut histogram = [0; BUCKETS];
        // 98 commands of 64 to 128 µs and two of 8 to 17 ms.
        histogram[16] = 98;
        histogram[23] = 2;
        Counters {
            commands: 100,
            bytes: 51_200,
            errors: 0,
            sum: 30_000_000,
            max: 12_000_000,
            histogram,
        }
    }

    #[test]
    fn percentiles_lie_in_the_bucket_of_their_rank() {
        let counters = counters();
        let p50 = percentile(&counters, 50);
        assert!((1 << 16..1 << 17).contains(&p50), "{p50}");
        let p99 = percentile(&counters, 99);
        assert!((1 << 23..=12_000_000).contains(&p99), "{p99}");
        assert_eq!(percentile(&counters, 100), 12_000_000, "never more than the longest");
    }

    #[test]
    fn the_table_and_its_json_have_the_same_rows() {
        let commands = [(Key { sid: 3, class: 1, lun: 7 }, counters())];
        let mut ended = Ended::default();
        ended.targets.insert(3, "iqn.a:b".into());
        let (mut text, mut lines) = (Vec::new(), Vec::new());
        table(&mut text, &commands, &ended).unwrap();
        json(&mut lines, &commands, &ended, Timestamp(0)).unwrap();
        let row = String::from_utf8(text).unwrap();
        assert!(row.contains("write") && row.contains("iqn.a:b") && row.contains("300"), "{row}");
        let line: serde_json::Value = serde_json::from_slice(&lines).unwrap();
        assert_eq!((&line["class"], &line["commands"]), (&"write".into(), &100.into()));
        assert_eq!(line["mean_us"], 300);
    }
}
