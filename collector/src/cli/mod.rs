//! The command line: one file per subcommand, each a clap struct that knows how to run itself.

mod annotate;
mod bundle;
mod bundled;
mod debug;
mod decode;
mod doctor;
mod exit;
mod explain;
mod format;
mod generate;
mod live;
mod moment;
mod progress;
mod sessions;
mod shown;
mod span;
mod terminal;
mod why;

use clap::{Parser, Subcommand};
pub use exit::{Exit, Failure};
pub use format::Format;
pub use terminal::Look;

/// Decode, trace and explain Linux iSCSI.
#[derive(Debug, Parser)]
#[command(name = "iscsi-trace", version)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Live(live::Live),
    Decode(decode::Decode),
    Explain(explain::Explain),
    Annotate(annotate::Annotate),
    Sessions(sessions::Sessions),
    Doctor(doctor::Doctor),
    Debug(debug::Debug),
    Why(why::Why),
    Bundle(Box<bundle::Bundle>),
    Generate(generate::Generate),
}

impl Cli {
    /// Runs the chosen subcommand.
    ///
    /// # Errors
    /// What went wrong, for people; the caller prints it and ends with [`Exit::Damaged`] unless it is a
    /// [`Failure`] that says otherwise.
    pub fn run(self) -> anyhow::Result<Exit> {
        match self.command {
            Command::Live(command) => command.run(),
            Command::Decode(command) => command.run(),
            Command::Explain(command) => command.run(),
            Command::Annotate(command) => command.run(),
            Command::Sessions(command) => command.run(),
            Command::Doctor(command) => command.run(),
            Command::Debug(command) => command.run(),
            Command::Why(command) => command.run(),
            Command::Bundle(command) => command.run(),
            Command::Generate(command) => command.run(),
        }
    }
}
