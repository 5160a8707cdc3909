//! `iscsi-trace`: the command line over the collector.

use std::io;

use clap::Parser;
use iscsi_collector::cli::{Cli, Exit, Failure};

fn main() -> Exit {
    match Cli::parse().run() {
        Ok(exit) => exit,
        Err(error) if reader_went_away(&error) => Exit::Done,
        Err(error) => {
            eprintln!("iscsi-trace: {error:#}");
            error.downcast_ref::<Failure>().map_or(Exit::Damaged, |failure| failure.exit)
        }
    }
}

/// `| head` closing our stdout is how people read long output, not a failure.
fn reader_went_away(error: &anyhow::Error) -> bool {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .any(|cause| cause.kind() == io::ErrorKind::BrokenPipe)
}
