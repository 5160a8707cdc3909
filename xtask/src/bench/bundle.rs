//! What a bundle of very many sessions costs.

use std::fs;
use std::path::Path;

use anyhow::{Context, bail};
use iscsi_tests::machine::Machine;

use super::measure;

const SESSIONS: u32 = 1000;
/// What it may take, seconds by the clock, on a machine with nothing else to do.
const TARGET: f64 = 10.0;
/// What the archive may have, bytes: the limit people get unless they ask for more.
const LARGEST: u64 = 64 << 20;

/// Makes a machine with that many sessions, and bundles of it and of a tenth of it.
pub fn measure(ours: &Path, runs: u32) -> anyhow::Result<()> {
    eprintln!("\n==> bundle");
    let machine = Machine::new("bench-bundle").context("cannot make folders in /tmp")?;
    let archive = std::env::temp_dir().join(format!("iscsi-bench-{}.tar.zst", std::process::id()));
    let (root, path) = (machine.root().display().to_string(), archive.display().to_string());
    println!("\n| bundle | s | CPU s | MB | archive, MB |\n|---|--:|--:|--:|--:|");
    let mut made = 0;
    let mut last = (0.0, 0);
    for sessions in [SESSIONS / 10, SESSIONS] {
        for sid in made + 1..=sessions {
            machine.session(sid)?;
            machine.record(sid, &[("node.session.timeo.replacement_timeout", "120")])?;
        }
        made = sessions;
        for option in [&[][..], &["--anonymise"]] {
            let arguments = [&["bundle", "-o", &path, "--root", &root], option].concat();
            let cost = measure::command(ours, &arguments, runs)?;
            let bytes = fs::metadata(&archive)?.len();
            let (name, memory) = (option.join(" "), cost.rss as f64 / 1e6);
            let (wall, cpu, megabytes) = (cost.wall, cost.cpu, bytes as f64 / 1e6);
            println!(
                "| {sessions} sessions {name} | {wall:.2} | {cpu:.2} | {memory:.0} | {megabytes:.1} |"
            );
            last = (wall, bytes);
        }
    }
    fs::remove_file(&archive)?;
    // What is left beside an anonymised one.
    fs::remove_file(
        archive.with_file_name(
            archive
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .replace(".tar.zst", ".names.json"),
        ),
    )?;
    match last {
        (wall, bytes) if wall < TARGET && bytes < LARGEST => Ok(()),
        (wall, bytes) => bail!(
            "a bundle of {SESSIONS} sessions took {wall:.1} s and {bytes} bytes, more than {TARGET} s or {LARGEST} bytes"
        ),
    }
}
