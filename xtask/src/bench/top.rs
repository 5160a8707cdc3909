//! What iscsitop costs: a thousand busy sessions played, and ten thousand idle ones watched.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, bail};
use iscsi_tests::machine::Machine;
use serde_json::Value;

use super::measure;
use super::traffic::Generated;

/// PDUs a second that are played.
const RATE: f64 = 100_000.0;
const IDLE: u32 = 10_000;
/// Seconds the idle ones are watched.
const WATCHED: &str = "60";

/// What a frame may take.
const FRAME_US: u64 = 8000;
/// How far what is shown may be behind: two batches of the player.
const BEHIND_MS: i64 = 200;
/// Of one processor's time.
const IDLE_PART: f64 = 0.05;
const IDLE_BYTES: u64 = 150_000_000;

/// Plays the capture of many sessions and watches a made-up machine.
pub fn measure(top: &Path, capture: &Generated) -> anyhow::Result<()> {
    eprintln!("\n==> iscsitop");
    let busy = busy(top, capture);
    idle(top)?;
    busy
}

fn busy(top: &Path, capture: &Generated) -> anyhow::Result<()> {
    let natural = capture.pdus as f64 * 1e6 / capture.micros.max(1) as f64;
    let speed = format!("{:.6}", RATE / natural);
    let mut command = Command::new(top);
    command.arg("--read").arg(&capture.path).args(["--speed", &speed, "--measure", "120"]);
    let output = command.output().context("cannot start iscsitop")?;
    if !output.status.success() {
        bail!("iscsitop: {}", String::from_utf8_lossy(&output.stderr));
    }
    let measured: Value = serde_json::from_slice(&output.stdout)?;
    let number = |name: &str| measured[name].as_i64().unwrap_or(i64::MAX);
    let (frame, behind) = (number("frame_max_us"), number("behind_max_ms"));
    let rate =
        measured["pdus"].as_f64().unwrap_or(0.0) / measured["seconds"].as_f64().unwrap_or(1.0);
    println!(
        "\n| {} sessions, {rate:.0} PDUs/s | frames | frame p99 µs | frame max µs | behind max ms |",
        number("sessions")
    );
    println!(
        "|---|--:|--:|--:|--:|\n| `iscsitop --read` | {} | {} | {frame} | {behind} |",
        number("frames"),
        number("frame_p99_us")
    );
    if frame > FRAME_US as i64 || behind > BEHIND_MS || rate < RATE * 0.95 {
        bail!(
            "a frame may take {FRAME_US} µs, and what is shown may be {BEHIND_MS} ms old: {measured}"
        );
    }
    Ok(())
}

fn idle(top: &Path) -> anyhow::Result<()> {
    let machine =
        Machine::new("bench-top").context("cannot make folders in the temporary folder")?;
    for sid in 1..=IDLE {
        machine.session(sid)?;
    }
    let root = machine.root().display().to_string();
    let cost = measure::command(top, &["--sysfs-only", "--root", &root, "--measure", WATCHED], 1)?;
    let part = cost.cpu / cost.wall;
    println!("\n| {IDLE} idle sessions | of one processor | MB |\n|---|--:|--:|");
    println!("| `iscsitop --sysfs-only` | {:.1} % | {:.0} |", part * 100.0, cost.rss as f64 / 1e6);
    if part > IDLE_PART || cost.rss > IDLE_BYTES {
        bail!("{:.0} % of one processor and {IDLE_BYTES} bytes are allowed", IDLE_PART * 100.0);
    }
    Ok(())
}
