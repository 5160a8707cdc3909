//! What became of a scenario: judged from the files it left.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use serde::{Deserialize, Serialize};

use super::scenario::Scenario;
use super::witness::Witness;

/// One scenario on one kernel. Kept as outcome.toml beside what the run left.
#[derive(Debug, Serialize)]
pub struct Outcome {
    pub scenario: String,
    /// The kernel line.
    pub kernel: String,
    /// As `uname -r` says it.
    pub release: String,
    /// Everything that is not as the scenario says; empty if it passed.
    pub problems: Vec<String>,
    /// Codes of the connection errors in the kernel's log, each once.
    pub errors: BTreeSet<u32>,
    /// What the probes saw, next to the wire; nothing where they did not watch.
    pub seen: Option<String>,
    /// Wall time in the guest.
    pub seconds: u64,
    /// events.jsonl, events.pcapng, live.log (when traced), wire.pcap, dmesg.txt, script.log, iscsid.log, ...
    #[serde(skip)]
    pub folder: PathBuf,
}

/// Written by tests/lab/guest/scenarios.sh.
#[derive(Debug, Deserialize)]
struct Left {
    script_status: i32,
    tracer_status: Option<i32>,
    seconds: u64,
}

/// What became of a run, beside what it left.
pub const FILE: &str = "outcome.toml";

/// What `timeout` ends with when it had to end the script.
const TIMED_OUT: i32 = 124;

impl Outcome {
    pub fn passed(&self) -> bool {
        self.problems.is_empty()
    }

    /// Judges what a complete run left in `folder`; where iscsi-trace watched, with that program's help.
    pub fn judge(
        scenario: &Scenario,
        kernel: &str,
        release: &str,
        folder: PathBuf,
        watched: Option<&Path>,
    ) -> anyhow::Result<Self> {
        let read = |name: &str| {
            let bytes = fs::read(folder.join(name)).unwrap_or_default();
            String::from_utf8_lossy(&bytes).into_owned()
        };
        let left: Left = toml::from_str(&read("guest.toml"))
            .with_context(|| format!("{} holds no readable guest.toml", folder.display()))?;
        let dmesg = read("dmesg.txt");
        let errors = connection_errors(&dmesg);

        let mut problems = Vec::new();
        match left.script_status {
            0 => {}
            TIMED_OUT => problems.push(format!("took longer than {} s", scenario.limit)),
            status => problems.push(format!(
                "the script ended with {status} at: {}",
                read("script.log").lines().last().unwrap_or("(nothing)")
            )),
        }
        let expect = &scenario.expect;
        let allowed = &expect.errors | &expect.may;
        if !errors.is_superset(&expect.errors) || !errors.is_subset(&allowed) {
            problems.push(format!("connection errors {errors:?} instead of {:?}", expect.errors));
        }
        let missing = expect.log.iter().filter(|text| !dmesg.contains(text.as_str()));
        problems.extend(missing.map(|text| format!("the kernel did not log `{text}`")));
        let leftovers = read("leftovers.txt");
        if !leftovers.is_empty() {
            problems.push(format!("left behind: {}", leftovers.trim().replace('\n', "; ")));
        }
        let mut seen = None;
        if let Some(iscsi_trace) = watched {
            match left.tracer_status {
                Some(0) => {
                    let witness = Witness::hear(iscsi_trace, &folder, expect.strange)?;
                    problems.extend(witness.problems(&errors));
                    seen = Some(witness.summary());
                }
                status => {
                    let status = status.map_or("nothing".to_owned(), |code| code.to_string());
                    let said = read("live.log");
                    let last = said.lines().last().unwrap_or("(nothing)");
                    problems.push(format!("iscsi-trace live ended with {status}, saying: {last}"));
                }
            }
        }
        let outcome = Self {
            scenario: scenario.name.clone(),
            kernel: kernel.to_owned(),
            release: release.to_owned(),
            problems,
            errors,
            seen,
            seconds: left.seconds,
            folder,
        };
        outcome.write()?;
        Ok(outcome)
    }

    /// For a scenario that never came to its end.
    pub fn never_ended(
        scenario: &Scenario,
        kernel: &str,
        release: &str,
        folder: PathBuf,
        why: String,
    ) -> anyhow::Result<Self> {
        let outcome = Self {
            scenario: scenario.name.clone(),
            kernel: kernel.to_owned(),
            release: release.to_owned(),
            problems: vec![why],
            errors: BTreeSet::new(),
            seen: None,
            seconds: 0,
            folder,
        };
        outcome.write()?;
        Ok(outcome)
    }

    fn write(&self) -> anyhow::Result<()> {
        fs::create_dir_all(&self.folder)?;
        fs::write(self.folder.join(FILE), toml::to_string(self)?)
            .with_context(|| format!("cannot write into {}", Path::display(&self.folder)))
    }
}

/// `detected conn error (1022)`, printed by iscsi_conn_error_event().
fn connection_errors(dmesg: &str) -> BTreeSet<u32> {
    dmesg
        .split("detected conn error (")
        .skip(1)
        .filter_map(|rest| rest.split_once(')')?.0.parse().ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_in_the_log_counts_once() {
        let dmesg = "[ 1.0]  connection1:0: detected conn error (1020)\n\
                     [ 2.0]  connection1:0: ping timeout of 2 secs expired\n\
                     [ 2.0]  connection1:0: detected conn error (1022)\n\
                     [ 3.0]  connection1:0: detected conn error (1020)\n";
        assert_eq!(connection_errors(dmesg), BTreeSet::from([1020, 1022]));
    }
}
