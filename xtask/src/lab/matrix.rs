//! `cargo xtask lab matrix`: every scenario on every kernel, as a table for the README.

use std::process::Command;
use std::time::Instant;

use anyhow::bail;

use super::outcome::Outcome;
use super::{kernel, scenario};
use crate::run;

/// Run every scenario on every kernel and print the table
#[derive(Debug, clap::Args)]
pub struct Matrix {
    /// Without iscsi-trace watching
    #[arg(long)]
    no_trace: bool,
}

impl Matrix {
    pub fn run(self) -> anyhow::Result<()> {
        let scenarios = scenario::all()?;
        let kernels: Vec<_> = kernel::ALL.iter().collect();
        let start = Instant::now();
        let outcomes = super::run(&kernels, &scenarios, !self.no_trace)?;
        let date = run::quiet(Command::new("date").args(["-u", "+%F"]))?.stdout;
        let minutes = start.elapsed().as_secs_f64() / 60.0;
        println!("{}, {minutes:.0} minutes:\n", String::from_utf8_lossy(&date).trim());

        let cell = |scenario: &str, kernel: &str| {
            let is_it =
                |outcome: &&Outcome| outcome.scenario == scenario && outcome.kernel == kernel;
            match outcomes.iter().find(is_it) {
                Some(outcome) if outcome.passed() => "ok",
                Some(_) => "**failed**",
                None => "not for it",
            }
        };
        let release = |kernel: &&kernel::Kernel| {
            let outcome = outcomes.iter().find(|outcome| outcome.kernel == kernel.name);
            outcome.map_or(kernel.name, |outcome| outcome.release.as_str()).to_owned()
        };
        let heads: Vec<String> = kernels.iter().map(release).collect();
        println!("| scenario | {} |", heads.join(" | "));
        println!("|---|{}", "---|".repeat(kernels.len()));
        for scenario in &scenarios {
            let cells: Vec<&str> =
                kernels.iter().map(|kernel| cell(&scenario.name, kernel.name)).collect();
            println!("| {} | {} |", scenario.name, cells.join(" | "));
        }
        match outcomes.iter().filter(|outcome| !outcome.passed()).count() {
            0 => Ok(()),
            failed => bail!("{failed} of {} runs failed", outcomes.len()),
        }
    }
}
