//! The command line.

use std::path::PathBuf;

use clap::Parser;
use iscsi_collector::cli::{Exit, Failure};
use iscsi_collector::filter::Filter;
use iscsi_collector::output::EventSchema;

use crate::model::View;
use crate::model::rows::RowSchema;
use crate::{app, once};

/// Watch iSCSI: sessions, connections, devices, service times, PDUs, incidents.
///
/// Without options it watches this machine's initiator through probes in the kernel, which needs root. With --read it
/// plays a capture or a recording; with --sysfs-only it shows what needs no privileges. `?` lists the keys.
#[derive(Clone, Debug, Parser)]
#[command(name = "iscsitop", version)]
pub struct Args {
    /// Play a capture (pcap, pcapng, also gzip or zstd) a recording of iscsi-trace, or the one in a
    /// bug-report bundle (.tar.zst); `-` for standard input
    #[arg(long, value_name = "FILE", conflicts_with = "sysfs_only")]
    pub(crate) read: Option<PathBuf>,
    /// Play this many times as fast
    #[arg(long, value_name = "N", default_value_t = 1.0, requires = "read", value_parser = speed)]
    pub(crate) speed: f64,
    /// Treat this TCP port as a target's, besides 3260 and 860
    #[arg(long = "port", value_name = "PORT", requires = "read")]
    pub(crate) ports: Vec<u16>,
    /// Show what sysfs, procfs and the sockets tell; needs no privileges
    #[arg(long)]
    pub(crate) sysfs_only: bool,
    /// Show only sessions and records this holds for: 'state == FAILED', 'opcode == 0x21 && status != 0'
    #[arg(long, value_name = "EXPR")]
    pub(crate) filter: Option<String>,
    /// Begin with this view
    #[arg(long, value_enum, default_value_t, value_name = "VIEW")]
    pub(crate) view: View,
    /// Print one frame as text and end: of a file its end, live and with --sysfs-only what two seconds show
    #[arg(long)]
    pub(crate) once: bool,
    /// Size of that frame
    #[arg(long, value_name = "COLUMNSxLINES", requires = "once", value_parser = size)]
    pub(crate) size: Option<(u16, u16)>,
    /// Use ASCII only [default: if the locale is not UTF-8]
    #[arg(long)]
    pub(crate) ascii: bool,
    /// Use no colours [default: if NO_COLOR is set]
    #[arg(long)]
    pub(crate) no_colour: bool,
    /// Where columns and sorting are kept [default: iscsitop/config.toml in $XDG_CONFIG_HOME or ~/.config]
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Read a copy of a machine's folders instead of this machine's
    #[arg(long, value_name = "DIR", default_value = "/", requires = "sysfs_only", hide = true)]
    pub(crate) root: PathBuf,
    /// Draw to nowhere for this many seconds, at most until the file ends, and print what it cost as JSON
    #[arg(long, value_name = "SECONDS", conflicts_with = "once", hide = true)]
    pub(crate) measure: Option<u64>,
}

fn speed(text: &str) -> Result<f64, String> {
    let speed: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    if (0.001..=1e6).contains(&speed) {
        Ok(speed)
    } else {
        Err("between 0.001 and 1000000".to_owned())
    }
}

fn size(text: &str) -> Result<(u16, u16), String> {
    let (columns, lines) = text.split_once('x').ok_or("give it as 140x40")?;
    let number = |text: &str| text.parse::<u16>().ok().filter(|number| (1..=1000).contains(number));
    number(columns).zip(number(lines)).ok_or_else(|| "both between 1 and 1000".to_owned())
}

/// The `--filter`, for what it is about.
#[derive(Debug, Default)]
pub(crate) struct Filters {
    pub rows: Option<(String, Filter)>,
    pub records: Option<(String, Filter)>,
}

impl Args {
    /// Shows what was asked for until the user has seen enough.
    ///
    /// # Errors
    /// The options are wrong, the source cannot be opened or read, or the terminal cannot be used.
    pub fn run(self) -> anyhow::Result<Exit> {
        if self.once { once::run(&self) } else { app::run(&self) }
    }

    /// An expression may be about sessions, about records, or about both.
    pub(crate) fn filters(&self) -> Result<Filters, Failure> {
        let Some(text) = &self.filter else { return Ok(Filters::default()) };
        let rows = Filter::parse(text, &RowSchema);
        match (rows, Filter::parse(text, &EventSchema)) {
            (Err(_), Err(error)) => Err(Failure::usage(format!("--filter, {error}"))),
            (rows, records) => Ok(Filters {
                rows: rows.ok().map(|filter| (text.clone(), filter)),
                records: records.ok().map(|filter| (text.clone(), filter)),
            }),
        }
    }
}
