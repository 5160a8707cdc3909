//! `iscsi-trace generate`: what packages ship beside the binary.

use std::fs;
use std::path::PathBuf;

use anyhow::Context;
use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::{Cli, Exit};

/// Write shell completions and man pages, for packagers
#[derive(Debug, Args)]
pub struct Generate {
    /// The folder to write to; made if it is not there
    directory: PathBuf,
}

impl Generate {
    pub fn run(self) -> anyhow::Result<Exit> {
        let what = || format!("cannot write to {}", self.directory.display());
        fs::create_dir_all(&self.directory).with_context(what)?;
        let mut command = Cli::command();
        for shell in [Shell::Bash, Shell::Elvish, Shell::Fish, Shell::Zsh] {
            clap_complete::generate_to(shell, &mut command, "iscsi-trace", &self.directory)
                .with_context(what)?;
        }
        clap_mangen::generate_to(command, &self.directory).with_context(what)?;
        Ok(Exit::Done)
    }
}
