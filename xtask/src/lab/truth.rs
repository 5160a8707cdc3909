//! `cargo xtask lab truth`: what `iscsi-trace why` says about each run, held against what the scenario says.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use anyhow::{Context, bail, ensure};
use serde::Deserialize;
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

/// What a scenario or recorded capture is about: the `[truth]` table of its file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    /// The cause, or `none` for a quiet run.
    pub cause: String,
    /// What a source with less evidence may say instead: less, but nothing wrong.
    #[serde(default)]
    pub vague: BTreeSet<String>,
    /// Causes of further incidents that the same fault brings.
    #[serde(default)]
    pub also: BTreeSet<String>,
    /// Sources that cannot show it: wire, recording, log.
    #[serde(default)]
    pub unseen: BTreeSet<String>,
}

/// The judgement of one source of one run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Verdict {
    Right,
    Vague,
    Unknown,
    Wrong,
}

impl Expected {
    fn judge(&self, said: &[String]) -> Verdict {
        let is_allowed = |cause: &String| {
            *cause == self.cause || self.vague.contains(cause) || self.also.contains(cause)
        };
        if said.iter().any(|cause| cause != "unknown" && !is_allowed(cause)) {
            return Verdict::Wrong;
        }
        if self.cause == "none" {
            return if said.iter().any(|cause| cause == "unknown") {
                Verdict::Wrong
            } else {
                Verdict::Right
            };
        }
        match said {
            said if said.contains(&self.cause) => Verdict::Right,
            said if said.iter().any(|cause| self.vague.contains(cause)) => Verdict::Vague,
            _ => Verdict::Unknown,
        }
    }
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
                    table.judge(&iscsi_trace, kernel.name, scenario, &folder)?;
                }
            }
        }
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
    cells: BTreeMap<(String, String), usize>,
    verdicts: BTreeMap<(&'static str, Verdict), usize>,
    runs: BTreeSet<(String, String)>,
    complaints: Vec<String>,
}

impl Table {
    fn judge(
        &mut self,
        iscsi_trace: &Path,
        kernel: &str,
        scenario: &Scenario,
        folder: &Path,
    ) -> anyhow::Result<()> {
        let Some(truth) = &scenario.truth else { return Ok(()) };
        self.runs.insert((kernel.to_owned(), scenario.name.clone()));
        for &(source, file, options) in SOURCES {
            let path = folder.join(file);
            if !path.exists() {
                continue;
            }
            let said = ask(iscsi_trace, options, &path)?;
            let mut verdict = truth.judge(&said);
            if truth.unseen.contains(source) && said.is_empty() {
                verdict = Verdict::Right;
            }
            *self.verdicts.entry((source, verdict)).or_default() += 1;
            let main = said.iter().find(|cause| **cause == truth.cause).or(said.last());
            let unseen = truth.unseen.contains(source) && said.is_empty();
            let word = match main {
                Some(cause) => cause.clone(),
                None if unseen => "(not to be seen here)".to_owned(),
                None => "none".to_owned(),
            };
            *self.cells.entry((truth.cause.clone(), word)).or_default() += 1;
            if verdict > Verdict::Vague {
                self.complaints.push(format!(
                    "{verdict:?}: {kernel} {} {source}: {said:?} instead of {}",
                    scenario.name, truth.cause
                ));
            }
        }
        Ok(())
    }

    fn print(&self) -> anyhow::Result<()> {
        let date = run::quiet(Command::new("date").args(["-u", "+%F"]))?.stdout;
        println!("{}, {} runs:\n", String::from_utf8_lossy(&date).trim(), self.runs.len());
        println!("| expected | said | times |\n|---|---|---|");
        for ((expected, said), times) in &self.cells {
            println!("| {expected} | {said} | {times} |");
        }
        println!("\n| source | right | less, not wrong | unknown | wrong |\n|---|---|---|---|---|");
        let mut wrong = 0;
        for &(source, ..) in SOURCES {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn expected() -> Expected {
        let set = |name: &str| BTreeSet::from([name.to_owned()]);
        Expected {
            cause: "link-lost".to_owned(),
            vague: set("target-silent"),
            also: set("replacement-timeout"),
            unseen: BTreeSet::new(),
        }
    }

    fn judge(expected: &Expected, said: &[&str]) -> Verdict {
        expected.judge(&said.iter().map(|&cause| cause.to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn one_wrong_cause_spoils_a_right_one() {
        let expected = expected();
        assert_eq!(judge(&expected, &["link-lost", "replacement-timeout"]), Verdict::Right);
        assert_eq!(judge(&expected, &["link-lost", "target-frozen"]), Verdict::Wrong);
        assert_eq!(judge(&expected, &["target-silent"]), Verdict::Vague);
        assert_eq!(judge(&expected, &[]), Verdict::Unknown);
        assert_eq!(judge(&expected, &["unknown"]), Verdict::Unknown);
    }

    #[test]
    fn a_quiet_run_must_be_silent() {
        let quiet = Expected { cause: "none".to_owned(), ..expected() };
        assert_eq!(judge(&quiet, &[]), Verdict::Right);
        assert_eq!(judge(&quiet, &["unknown"]), Verdict::Wrong);
        assert_eq!(judge(&quiet, &["slow-target"]), Verdict::Wrong);
    }
}
