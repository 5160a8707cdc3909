//! `iscsi-trace live`.

mod attached;
mod classes;
mod config;
mod run;
mod summary;
mod told;

use std::fs::File;
use std::io::BufWriter;
use std::path::PathBuf;

use clap::Args;

use super::shown::{self, Shown};
use super::span::Span;
use super::{Exit, Failure};
use crate::host::Roots;
use crate::interrupt::{Interrupt, Second};
use crate::recording::Writer;
use crate::source::live;
use classes::CommandClass;
use run::Run;

/// Trace this machine's iSCSI initiator: what fails and why, as it happens
///
/// Shows sessions coming and going, logins, errors, error handling and task management unless -d says otherwise; counts
/// all SCSI commands meanwhile and sums up at the end.
#[derive(Debug, Args)]
#[command(after_long_help = shown::help())]
pub struct Live {
    #[command(flatten)]
    shown: Shown,
    /// Only this session (the number `iscsi-trace sessions` shows)
    #[arg(long, value_name = "N")]
    session: Option<u32>,
    /// Only sessions of this target
    #[arg(long, value_name = "IQN")]
    target: Option<String>,
    /// Only commands for this logical unit
    #[arg(long, value_name = "N")]
    lun: Option<u64>,
    /// Only commands of these classes
    #[arg(long = "opcode-class", value_name = "CLASS", value_enum, value_delimiter = ',')]
    classes: Vec<CommandClass>,
    /// Show SCSI commands that took at least this long, e.g. 50ms
    #[arg(long, value_name = "TIME")]
    min_latency: Option<Span>,
    /// Most bytes to take of a login, text or sense data segment, 2048 unless given; user data is never taken
    #[arg(long, value_name = "BYTES", value_parser = clap::value_parser!(u32).range(..=8192))]
    data_size: Option<u32>,
    /// Also write everything to a pcapng that Wireshark and `iscsi-trace decode` read
    #[arg(short = 'w', long = "write", value_name = "FILE")]
    write: Option<PathBuf>,
    /// Count SCSI commands in the kernel and print the table; no single PDU is looked at, which costs least
    #[arg(long)]
    count: bool,
    /// With --count, print the table every so often
    #[arg(long, value_name = "TIME", requires = "count")]
    interval: Option<Span>,
    /// End after this long
    #[arg(long, value_name = "TIME")]
    duration: Option<Span>,
    /// End with exit code 1 when something was found wrong or events were lost
    #[arg(long)]
    strict: bool,
}

impl Live {
    pub fn run(self) -> anyhow::Result<Exit> {
        let config = self.config()?;
        let screen = self.shown.screen(crate::category::Categories::DEFAULT)?;
        let interrupt = Interrupt::watch(Second::Ends)?;
        // Before privileges are dropped: the folder may be root's.
        let recording = self.recording()?;
        let options =
            live::Options { config, roots: Roots::machine(), ring_bytes: live::RING_BYTES };
        let asked = live::now();
        let kernel =
            live::Live::start(options).map_err(|error| Failure::denied(error.to_string()))?;
        attached::tell(kernel.probes());
        Run::new(&self, screen, recording).run(kernel, asked, &interrupt)
    }

    fn recording(&self) -> anyhow::Result<Option<Writer<BufWriter<File>>>> {
        let Some(path) = &self.write else { return Ok(None) };
        let failed = |error: std::io::Error| {
            Failure::damaged(format!("cannot write {}: {error}", path.display()))
        };
        let file = File::create(path).map_err(failed)?;
        let out = BufWriter::with_capacity(shown::OUT_BUFFER, file);
        Ok(Some(Writer::new(out).map_err(failed)?))
    }
}
