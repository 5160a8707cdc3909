//! `cargo xtask lab`: real Debian kernels in throw-away virtual machines, with initiator and targets inside.

mod apt;
mod cpio;
pub mod guest;
mod image;
pub mod initramfs;
pub mod kernel;
mod modules;
mod packages;
pub mod qemu;
mod script;
mod shell;

use std::fs;
use std::path::PathBuf;

use anyhow::Context;
use clap::Subcommand;

use crate::repo;

/// Boot real kernels in virtual machines: run scenarios, scripts, or a shell
#[derive(Debug, clap::Args)]
pub struct Lab {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    Run(script::Run),
    Shell(shell::Shell),
}

impl Lab {
    pub fn run(self) -> anyhow::Result<()> {
        match self.task {
            Task::Run(task) => task.run(),
            Task::Shell(task) => task.run(),
        }
    }
}

/// Installs what the lab needs of this machine's own Debian, and fetches the emulator.
pub fn prepare() -> anyhow::Result<qemu::Qemu> {
    packages::install()?;
    qemu::Qemu::fetch()
}

/// What is fetched once and what runs leave.
fn cache() -> anyhow::Result<PathBuf> {
    let folder = repo::root().join(".cache/lab");
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    Ok(folder)
}
