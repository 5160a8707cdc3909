//! `cargo xtask lab`: real Debian kernels in throw-away virtual machines, with initiator and targets inside.

pub mod apt;
mod compare;
mod cpio;
pub mod guest;
mod image;
pub mod initramfs;
pub mod kernel;
mod list;
mod load;
mod matrix;
mod modules;
mod outcome;
mod packages;
mod programs;
pub mod qemu;
mod run;
mod scenario;
pub mod script;
mod series;
mod shell;
mod truth;
mod witness;

use std::fs::{self, File};
use std::num::NonZero;
use std::path::PathBuf;
use std::thread;

use anyhow::{Context, anyhow};
use clap::Subcommand;

use self::kernel::Kernel;
use self::outcome::Outcome;
use self::programs::Programs;
use self::scenario::Scenario;
use self::series::Setup;
use crate::repo;

/// Boot real kernels in virtual machines: run scenarios, scripts, or a shell
#[derive(Debug, clap::Args)]
pub struct Lab {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    Run(run::Run),
    Shell(shell::Shell),
    List(list::List),
    Load(load::Load),
    Matrix(matrix::Matrix),
    Truth(truth::Truth),
}

impl Lab {
    pub fn run(self) -> anyhow::Result<()> {
        match self.task {
            Task::Run(task) => task.run(),
            Task::Shell(task) => task.run(),
            Task::List(task) => task.run(),
            Task::Load(task) => task.run(),
            Task::Matrix(task) => task.run(),
            Task::Truth(task) => task.run(),
        }
    }
}

/// Runs each scenario on each kernel it is for; as many kernels at a time as there are processors.
pub fn run(
    kernels: &[&'static Kernel],
    scenarios: &[Scenario],
    traced: bool,
) -> anyhow::Result<Vec<Outcome>> {
    let qemu = &prepare()?;
    let programs = &Programs::build()?;
    let setup = Setup { qemu, programs, traced };
    let at_once = thread::available_parallelism().map_or(1, NonZero::get);
    let mut outcomes = Vec::new();
    for kernels in kernels.chunks(at_once) {
        // One after the other: apt's downloads share the terminal.
        let fetched: Vec<_> =
            kernels.iter().map(|kernel| kernel.fetch()).collect::<anyhow::Result<_>>()?;
        let results: Vec<_> = thread::scope(|scope| {
            let run = |(kernel, fetched): (&&'static Kernel, _)| {
                let kernel = *kernel;
                scope.spawn(move || series::run(setup, kernel, fetched, scenarios.iter()))
            };
            let threads: Vec<_> = kernels.iter().zip(&fetched).map(run).collect();
            threads.into_iter().map(thread::ScopedJoinHandle::join).collect()
        });
        for result in results {
            outcomes.extend(result.map_err(|_| anyhow!("the lab itself failed"))??);
        }
    }
    Ok(outcomes)
}

/// Installs what the lab needs of this machine's own Debian, and fetches the emulator.
pub fn prepare() -> anyhow::Result<qemu::Qemu> {
    packages::install()?;
    qemu::Qemu::fetch()
}

/// A folder in the cache that one process at a time works in: as long as the file is open.
fn folder(name: &str) -> anyhow::Result<(PathBuf, File)> {
    let folder = cache()?.join(name);
    fs::create_dir_all(&folder)?;
    let path = folder.join("lock");
    let lock = File::create(&path)?;
    lock.lock().with_context(|| format!("cannot lock {}", path.display()))?;
    Ok((folder, lock))
}

/// What is fetched once and what runs leave.
fn cache() -> anyhow::Result<PathBuf> {
    let folder = repo::root().join(".cache/lab");
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    Ok(folder)
}
