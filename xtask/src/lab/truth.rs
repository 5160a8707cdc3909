//! `cargo xtask lab truth`: what `iscsi-trace why` says about each run, held against what the scenario says.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, bail, ensure};
use iscsi_tests::truth::{self, Expected, Verdict};
use serde_json::Value;

use super::kernel::{self, Kernel};
use super::scenario::{self, Scenario};
use super::{cache, outcome};
use crate::{repo, run};

/// Print how often `iscsi-trace why` finds the cause of the scenarios' faults
#[derive(Debug, clap::Args)]
pub struct Truth {
    /// Run every scenario with a truth first; else what earlier runs left is judged
    #[arg(long)]
    run: bool,
    /// Kernel lines
    #[arg(long, value_name = "LINE")]
    kernel: Vec<String>,
}

/// Files of a run, and what makes `why` read them.
const SOURCES: &[(&str, &str, &[&str])] = &[
    ("wire", "wire.pcap", &[]),
    ("recording", "events.pcapng", &[]),
    ("log", "dmesg.txt", &["--log"]),
];

impl Truth {
    pub fn run(self) -> anyhow::Result<()> {
        let kernels: Vec<&'static Kernel> = match self.kernel.is_empty() {
            true => kernel::ALL.iter().collect(),
            false => {
                self.kernel.iter().map(|name| Kernel::find(name)).collect::<anyhow::Result<_>>()?
            }
        };
        let scenarios: Vec<Scenario> =
            scenario::all()?.into_iter().filter(|scenario| scenario.truth.is_some()).collect();
        if self.run {
            super::run(&kernels, &scenarios, true)?;
        }
        let iscsi_trace = build()?;
        let mut table = Table::default();
        for kernel in kernels {
            for scenario in &scenarios {
                let folder = cache()?.join("runs").join(kernel.name).join(&scenario.name);
                if folder.join(outcome::FILE).exists() {
                    table.run(&iscsi_trace, kernel.name, scenario, &folder)?;
                }
            }
        }
        table.kept(&iscsi_trace)?;
        table.print()
    }
}

/// `iscsi-trace` of this workspace.
fn build() -> anyhow::Result<std::path::PathBuf> {
    let mut cargo = Command::new("cargo");
    cargo.args(["build", "--locked", "--package", "iscsi-collector", "--bin", "iscsi-trace"]);
    run::step("build iscsi-trace", cargo.current_dir(repo::root()))?;
    Ok(repo::root().join("target/debug/iscsi-trace"))
}

/// The causes `why` finds in a file.
fn ask(iscsi_trace: &Path, options: &[&str], file: &Path) -> anyhow::Result<Vec<String>> {
    let mut command = Command::new(iscsi_trace);
    let output = command.args(["why", "--output", "json"]).args(options).arg(file).output()?;
    ensure!(
        output.status.success(),
        "iscsi-trace why {} ended with {}: {}",
        file.display(),
        output.status,
        String::from_utf8_lossy(&output.stderr).trim()
    );
    let text = String::from_utf8(output.stdout)?;
    text.lines()
        .map(|line| {
            let incident: Value = serde_json::from_str(line).with_context(|| line.to_owned())?;
            let cause = incident
                .get("cause")
                .and_then(Value::as_str)
                .context("an incident without cause")?;
            Ok(cause.to_owned())
        })
        .collect()
}

/// Expected and said.
#[derive(Debug, Default)]
struct Table {
    cells: BTreeMap<String, BTreeMap<String, usize>>,
    verdicts: BTreeMap<(&'static str, Verdict), usize>,
    runs: usize,
    complaints: Vec<String>,
}

impl Table {
    /// What earlier runs of a scenario left.
    fn run(
        &mut self,
        iscsi_trace: &Path,
        kernel: &str,
        scenario: &Scenario,
        folder: &Path,
    ) -> anyhow::Result<()> {
        let Some(expected) = &scenario.truth else { return Ok(()) };
        for &(source, file, options) in SOURCES {
            let path = folder.join(file);
            if path.exists() {
                let said = ask(iscsi_trace, options, &path)?;
                self.note(source, &format!("{kernel} {}", scenario.name), expected, &said);
            }
        }
        self.runs += 1;
        Ok(())
    }

    /// What is in the repository: conversations written down, captures and logs.
    fn kept(&mut self, iscsi_trace: &Path) -> anyhow::Result<()> {
        let file = cache()?.join("written.pcap");
        for written in truth::written()? {
            fs::write(&file, written.capture()?)?;
            self.note("written", &written.name, &written.truth, &ask(iscsi_trace, &[], &file)?);
        }
        let quiet = Expected { cause: "none".to_owned(), ..Expected::default() };
        for (source, list, folder, options) in [
            ("capture", "captures.toml", "tests/captures", &[][..]),
            ("kept log", "logs.toml", "tests/logs", &["--log"][..]),
        ] {
            let listed = truth::listed(list)?;
            for entry in fs::read_dir(repo::root().join(folder))? {
                let path = entry?.path();
                let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                if name.ends_with(".md") {
                    continue;
                }
                let known = listed.iter().find(|(file, _)| *file == name);
                let expected = known.map_or(&quiet, |(_, expected)| expected);
                self.note(source, &name, expected, &ask(iscsi_trace, options, &path)?);
            }
        }
        Ok(())
    }

    fn note(&mut self, source: &'static str, name: &str, expected: &Expected, said: &[String]) {
        let verdict = expected.judge(source, said);
        *self.verdicts.entry((source, verdict)).or_default() += 1;
        let main = said.iter().find(|cause| **cause == expected.cause).or(said.last());
        let word = match main {
            Some(cause) => cause.clone(),
            None if verdict == Verdict::Right && expected.cause != "none" => {
                "(not to be seen there)".to_owned()
            }
            None => "none".to_owned(),
        };
        *self.cells.entry(expected.cause.clone()).or_default().entry(word).or_default() += 1;
        if verdict > Verdict::Vague {
            let cause = &expected.cause;
            self.complaints
                .push(format!("{verdict:?}: {source} {name}: {said:?} instead of {cause}"));
        }
    }

    fn print(&self) -> anyhow::Result<()> {
        let date = run::quiet(Command::new("date").args(["-u", "+%F"]))?.stdout;
        println!("{}, {} runs in the lab:\n", String::from_utf8_lossy(&date).trim(), self.runs);
        println!("| expected | said so | said instead |\n|---|--:|---|");
        for (expected, cells) in &self.cells {
            let so = cells.get(expected).copied().unwrap_or(0);
            let instead: Vec<String> = cells
                .iter()
                .filter(|(said, _)| *said != expected)
                .map(|(said, times)| format!("{said} {times}"))
                .collect();
            println!("| {expected} | {so} | {} |", instead.join(", "));
        }
        println!("\n| source | right | less, not wrong | unknown | wrong |\n|---|---|---|---|---|");
        let mut wrong = 0;
        let kept = ["written", "capture", "kept log"];
        for source in SOURCES.iter().map(|(source, ..)| *source).chain(kept) {
            let count = |verdict| self.verdicts.get(&(source, verdict)).copied().unwrap_or(0);
            let row = [Verdict::Right, Verdict::Vague, Verdict::Unknown, Verdict::Wrong].map(count);
            println!("| {source} | {} | {} | {} | {} |", row[0], row[1], row[2], row[3]);
            wrong += row[3];
        }
        self.complaints.iter().for_each(|complaint| eprintln!("{complaint}"));
        if wrong > 0 {
            bail!("{wrong} wrong causes");
        }
        Ok(())
    }
}
