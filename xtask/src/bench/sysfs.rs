//! What listing very many sessions costs.

use std::path::Path;

use anyhow::{Context, bail};
use iscsi_tests::machine::Machine;

use super::measure;

const SESSIONS: u32 = 10_000;
/// What a list of them may take, seconds by the clock, on a machine with nothing else to do.
const TARGET: f64 = 1.0;

/// Makes a machine with that many sessions and lists them at every level.
pub fn measure(ours: &Path, runs: u32) -> anyhow::Result<()> {
    eprintln!("\n==> sessions");
    let machine = Machine::new("bench").context("cannot make folders in the temporary folder")?;
    for sid in 1..=SESSIONS {
        machine.session(sid)?;
    }
    let root = machine.root().display().to_string();
    println!("\n| {SESSIONS} sessions | s | CPU s | MB |\n|---|--:|--:|--:|");
    let mut list = None;
    for level in ["0", "1", "2", "3"] {
        let cost = measure::command(ours, &["sessions", "--root", &root, "-P", level], runs)?;
        let megabytes = cost.rss as f64 / 1e6;
        println!("| `sessions -P {level}` | {:.2} | {:.2} | {megabytes:.0} |", cost.wall, cost.cpu);
        list.get_or_insert(cost.wall);
    }
    match list {
        Some(seconds) if seconds < TARGET => Ok(()),
        seconds => bail!("listing {SESSIONS} sessions took {seconds:?} s, more than {TARGET} s"),
    }
}
