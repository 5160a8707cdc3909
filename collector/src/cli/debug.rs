//! `iscsi-trace debug`: one set of categories instead of a different knob in each driver.

mod child;
mod list;
mod reset;
mod run;
mod set;
mod show;
mod text;
mod typed;
mod wish;

use clap::{Args, Subcommand};

use super::{Exit, Failure};
use crate::{
    category::help_table,
    host::Roots,
    knobs::{LoanError, plan::WishError},
};

/// Make the kernel's iSCSI drivers say more, by category, and give every setting back.
///
/// The drivers have a different switch each: module parameters, attributes of hosts, dynamic debug, tracepoints.
/// Here one set of categories stands for all of them. What is changed is written down before it is changed and given
/// back: `run` does it at its end, however it ends; after `set`, `reset` does.
#[derive(Debug, Args)]
#[command(after_long_help = help())]
pub struct Debug {
    #[command(subcommand)]
    verb: Verb,
    /// Look at a copy of a machine's folders under DIR instead of this machine
    #[arg(long, global = true, value_name = "DIR", default_value = "/", hide = true)]
    root: std::path::PathBuf,
}

#[derive(Debug, Subcommand)]
enum Verb {
    List(list::List),
    Show(show::Show),
    Set(set::Set),
    Reset(reset::Reset),
    Run(run::Run),
}

impl Debug {
    pub fn run(self) -> anyhow::Result<Exit> {
        let roots = Roots::under(self.root);
        match self.verb {
            Verb::List(verb) => verb.run(&roots),
            Verb::Show(verb) => verb.run(&roots),
            Verb::Set(verb) => verb.run(&roots),
            Verb::Reset(verb) => verb.run(&roots),
            Verb::Run(verb) => verb.run(&roots),
        }
    }
}

fn help() -> String {
    format!(
        "Categories for -d (names, +NAME, -NAME, all, or a mask):\n{}\n\
         Examples:\n  \
         iscsi-trace debug list\n  \
         iscsi-trace debug run -d LOGIN,CONN -- iscsiadm -m node -l\n  \
         iscsi-trace debug run -d EH,TMF --for 30s\n  \
         iscsi-trace debug set -d all,-TCP --driver qedi; ...; iscsi-trace debug reset\n",
        help_table()
    )
}

/// What was typed, for others to read who find the knobs in use.
fn command_line() -> String {
    let words: Vec<_> =
        std::env::args_os().map(|word| word.to_string_lossy().into_owned()).collect();
    let program = words.first().and_then(|path| path.rsplit('/').next()).unwrap_or_default();
    let rest = words.get(1..).unwrap_or_default().join(" ");
    format!("{program} {rest}")
}

fn wish_failure(error: &WishError) -> Failure {
    Failure::damaged(error.to_string())
}

fn loan_failure(error: &LoanError) -> Failure {
    Failure::denied(error.to_string())
}
