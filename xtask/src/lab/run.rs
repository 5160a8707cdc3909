//! `cargo xtask lab run`: scenarios, or a script.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::bail;
use clap::ArgGroup;

use super::kernel::{self, Kernel};
use super::{scenario, script};

/// Run scenarios, or a script, in a fresh guest
#[derive(Debug, clap::Args)]
#[command(group = ArgGroup::new("what").required(true).args(["scenarios", "all", "script"]))]
pub struct Run {
    /// Scenarios by name
    scenarios: Vec<String>,
    /// Every scenario
    #[arg(long)]
    all: bool,
    /// A shell script instead: its output comes to stdout, its exit code is this command's
    #[arg(long, value_name = "FILE")]
    script: Option<PathBuf>,
    /// Copied into the guest's /extra for the script, with its libraries if it is a program
    #[arg(long, value_name = "FILE", conflicts_with_all = ["scenarios", "all"])]
    add: Vec<PathBuf>,
    /// Seconds the script may take
    #[arg(long, value_name = "SECONDS", default_value_t = 600)]
    limit: u64,
    /// Kernel lines to boot; each scenario runs on each
    #[arg(long, value_name = "LINE", default_value = kernel::DEFAULT.name)]
    kernel: Vec<String>,
    /// Without iscsi-trace watching
    #[arg(long)]
    no_trace: bool,
}

impl Run {
    pub fn run(self) -> anyhow::Result<()> {
        let kernels: Vec<&'static Kernel> =
            self.kernel.iter().map(|name| Kernel::find(name)).collect::<anyhow::Result<_>>()?;
        if let Some(file) = &self.script {
            let [kernel] = kernels.as_slice() else { bail!("a script runs on one kernel") };
            return script::run(file, &self.add, kernel, Duration::from_secs(self.limit));
        }
        let scenarios = if self.all { scenario::all()? } else { scenario::named(&self.scenarios)? };
        let outcomes = super::run(&kernels, &scenarios, !self.no_trace)?;
        for outcome in &outcomes {
            println!("{}", outcome.folder.display());
        }
        match outcomes.iter().filter(|outcome| !outcome.passed()).count() {
            0 => Ok(()),
            failed => bail!("{failed} of {} runs failed", outcomes.len()),
        }
    }
}
