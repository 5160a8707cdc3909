//! Scenarios on one kernel: as few boots as possible, and none that spoils the next scenario.

use std::collections::{BTreeSet, VecDeque};
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use super::guest::{End, Guest, MAIN};
use super::initramfs::Luggage;
use super::kernel::{Fetched, Kernel};
use super::outcome::Outcome;
use super::programs::Programs;
use super::qemu::Qemu;
use super::scenario::Scenario;
use crate::repo;

/// From the emulator's start to the guest's first word, on a busy machine.
const BOOT_PATIENCE: Duration = Duration::from_secs(120);
/// What a scenario may take besides its script: starting the tracer, logging out, tidying.
const AROUND: Duration = Duration::from_secs(180);

/// What all scenarios of a run share.
#[derive(Clone, Copy, Debug)]
pub struct Setup<'a> {
    pub qemu: &'a Qemu,
    pub programs: &'a Programs,
    /// Whether `iscsi-trace live` watches.
    pub traced: bool,
}

/// The scenarios still to run on one kernel, and those that have.
#[derive(Debug)]
pub struct Series<'a> {
    setup: Setup<'a>,
    kernel: &'a Kernel,
    fetched: &'a Fetched,
    folder: PathBuf,
    left: VecDeque<&'a Scenario>,
    tried_again: BTreeSet<&'a str>,
    outcomes: Vec<Outcome>,
}

/// Runs `scenarios` on `kernel`.
pub fn run<'a>(
    setup: Setup<'a>,
    kernel: &'a Kernel,
    fetched: &'a Fetched,
    scenarios: impl Iterator<Item = &'a Scenario>,
) -> anyhow::Result<Vec<Outcome>> {
    let (folder, _lock) = super::folder(&format!("runs/{}", kernel.name))?;
    let mut series = Series {
        setup,
        kernel,
        fetched,
        folder,
        left: scenarios.filter(|scenario| scenario.is_for(kernel)).collect(),
        tried_again: BTreeSet::new(),
        outcomes: Vec::new(),
    };
    while !series.left.is_empty() {
        series.boot()?;
    }
    Ok(series.outcomes)
}

impl Series<'_> {
    /// One boot: takes off what it finished; what made it fail is tried once more, then given up.
    fn boot(&mut self) -> anyhow::Result<()> {
        let guest = Guest::new(self.setup.qemu, self.fetched, self.folder.join("boot"));
        let end = guest.boot(&self.luggage()?, BOOT_PATIENCE, |line| self.patience(line))?;
        let mut progress = false;
        while let Some(scenario) = self.left.front().copied() {
            let made = guest.out().join(&scenario.name);
            if !made.join("guest.toml").exists() {
                break;
            }
            let folder = self.folder.join(&scenario.name);
            if folder.exists() {
                fs::remove_dir_all(&folder)?;
            }
            fs::rename(made, &folder)?;
            let watched = match self.watches(scenario) {
                true => Some(self.setup.programs.iscsi_trace()?),
                false => None,
            };
            let release = &self.fetched.release;
            self.keep(Outcome::judge(scenario, self.kernel.name, release, folder, watched)?);
            progress = true;
        }
        // A guest that powered off after some scenarios was not clean any more: the rest gets a new one.
        let Some(culprit) = self.left.front().copied() else { return Ok(()) };
        if end == End::PoweredOff && progress || self.tried_again.insert(&culprit.name) {
            return Ok(());
        }
        let why =
            format!("twice no result ({end:?}); the last the guest said:\n{}", guest.last_words());
        let folder = self.folder.join(&culprit.name);
        let release = &self.fetched.release;
        self.keep(Outcome::never_ended(culprit, self.kernel.name, release, folder, why)?);
        Ok(())
    }

    fn watches(&self, scenario: &Scenario) -> bool {
        self.setup.traced && scenario.watched
    }

    fn keep(&mut self, outcome: Outcome) {
        let verdict = if outcome.passed() { "ok    " } else { "FAILED" };
        let Outcome { kernel, scenario, seconds, .. } = &outcome;
        let seen = outcome.seen.as_deref().unwrap_or_default();
        eprintln!("    {verdict} {kernel:5} {scenario} ({seconds} s) {seen}");
        for problem in &outcome.problems {
            eprintln!("           {problem}");
        }
        if !outcome.passed() {
            eprintln!("           see {}", outcome.folder.display());
        }
        self.left.pop_front();
        self.outcomes.push(outcome);
    }

    /// The guest says when a scenario begins and ends; each has its own limit.
    fn patience(&self, line: &[u8]) -> Option<Duration> {
        let line = String::from_utf8_lossy(line);
        let rest = line.trim().strip_prefix("lab: ")?;
        eprintln!("    {:5} {rest}", self.kernel.name);
        let scenario = rest
            .strip_prefix("begin ")
            .and_then(|name| self.left.iter().find(|scenario| scenario.name == name));
        Some(scenario.map_or(AROUND, |scenario| AROUND + Duration::from_secs(scenario.limit)))
    }

    fn luggage(&self) -> anyhow::Result<Luggage> {
        let mut luggage = Luggage::default();
        luggage.copy(MAIN, &repo::root().join("tests/lab/guest/scenarios.sh"));
        self.setup.programs.pack(&mut luggage);
        let mut order = String::new();
        for scenario in &self.left {
            let tracing = if self.watches(scenario) { "yes" } else { "no" };
            order += &format!("{} {} {tracing}\n", scenario.name, scenario.limit);
            luggage.file(format!("/lab/scenarios/{}.sh", scenario.name), scenario.script.as_str());
        }
        luggage.file("/lab/order", order);
        Ok(luggage)
    }
}
