//! `iscsi-trace bundle`.

mod ago;
mod collect;
mod differ;
mod record;

use clap::{Args, Subcommand};

use super::Exit;

/// Gather everything a maintainer asks for into one archive, and nothing secret.
///
/// Of every file only fields that are known to be safe are copied; others are replaced by their length and type. CHAP
/// names and secrets, passwords and user data are never taken. Run it as root for the whole picture; without root it says
/// what is missing. Read a bundle with `why`, `sessions`, `doctor`, `decode` and `annotate --bundle FILE`,
/// `iscsitop --read FILE`, or `tar --zstd -xf FILE`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct Bundle {
    #[command(flatten)]
    collect: collect::Collect,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    Diff(differ::Differ),
}

impl Bundle {
    pub fn run(self) -> anyhow::Result<Exit> {
        match self.command {
            Some(Command::Diff(command)) => command.run(),
            None => self.collect.run(),
        }
    }
}
