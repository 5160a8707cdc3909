//! `iscsitop`: sessions, connections, devices, latencies, PDUs and incidents of Linux iSCSI, live or from a file.

use clap::Parser as _;
use iscsi_collector::cli::{Exit, Failure};
use iscsi_tui::Args;

fn main() -> Exit {
    match Args::parse().run() {
        Ok(exit) => exit,
        Err(error) => {
            eprintln!("iscsitop: {error:#}");
            error.downcast_ref::<Failure>().map_or(Exit::Damaged, |failure| failure.exit)
        }
    }
}
