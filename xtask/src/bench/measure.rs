//! What a program takes: time, processor and memory.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, bail};

/// What a run took.
#[derive(Clone, Copy, Debug)]
pub struct Cost {
    /// Seconds by the clock.
    pub wall: f64,
    /// Seconds of processor time, user and system.
    pub cpu: f64,
    /// Most memory resident at any time, bytes.
    pub rss: u64,
}

/// Runs a command `runs` times with its output thrown away; of each figure the run counts that was least disturbed.
pub fn command(program: &Path, arguments: &[&str], runs: u32) -> anyhow::Result<Cost> {
    let costs = (0..runs).map(|_| once(program, arguments)).collect::<Result<Vec<_>, _>>()?;
    let least = |a: Cost, b: Cost| Cost {
        wall: a.wall.min(b.wall),
        cpu: a.cpu.min(b.cpu),
        rss: a.rss.min(b.rss),
    };
    costs.into_iter().reduce(least).context("not a single run")
}

fn once(program: &Path, arguments: &[&str]) -> anyhow::Result<Cost> {
    // GNU time asks the kernel (wait4) for what the shell's built-in does not tell: the memory.
    let report = std::env::temp_dir().join(format!("iscsi-trace-bench-{}", std::process::id()));
    let mut command = Command::new("/usr/bin/time");
    command.args(["--format", "%U %S %M", "--output"]).arg(&report).arg(program).args(arguments);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    let start = Instant::now();
    let output = command.output().context("cannot start /usr/bin/time")?;
    let wall = start.elapsed().as_secs_f64();
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("{} {} ended with {}: {said}", program.display(), arguments.join(" "), output.status);
    }
    let text = fs::read_to_string(&report)?;
    fs::remove_file(&report)?;
    let numbers: Vec<f64> = text.split_whitespace().map(str::parse).collect::<Result<_, _>>()?;
    let [user, system, kilobytes] = numbers[..] else { bail!("`time` reported {text:?}") };
    Ok(Cost { wall, cpu: user + system, rss: kilobytes as u64 * 1024 })
}
