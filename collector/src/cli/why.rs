//! `iscsi-trace why`.

mod live;
mod timers;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::{ArgGroup, Args};

use super::{Exit, Failure, Format, Look, bundled};
use crate::annotate::explain_log;
use crate::host::session::{Detail, survey};
use crate::source::CaptureSource;
use crate::why::{Driver, Incident, Told, complete, json, text};

/// Say why connections failed, logins were refused or commands hung: the cause, what proves it, what to do.
///
/// Reads a capture (pcap, pcapng), a recording of `iscsi-trace live -w`, or with --log a kernel or iscsid log.
/// Incidents come newest first; with --live each as it is made, and again whenever more is known of it.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("source").required(true).multiple(true)
    .args(["file", "live", "log", "timers", "bundle"]))]
pub struct Why {
    /// A capture or recording, also gzip or zstd; `-` for standard input
    #[arg(conflicts_with_all = ["live", "log", "bundle", "timers"])]
    file: Option<PathBuf>,
    /// Watch this machine's initiator instead, until Ctrl-C (as root)
    #[arg(long, conflicts_with_all = ["log", "bundle", "timers"])]
    live: bool,
    /// A log of the kernel or iscsid (dmesg, journalctl) instead; `-` for standard input
    #[arg(long, value_name = "FILE", conflicts_with_all = ["bundle", "timers"])]
    log: Option<PathBuf>,
    /// The logs and recordings of a bug-report bundle instead, or with --timers its machine's sessions
    #[arg(long, value_name = "FILE")]
    bundle: Option<PathBuf>,
    /// Show the timers of this machine's sessions instead: what fires when, and what it adds up to
    #[arg(long)]
    timers: bool,
    /// With --timers, read a copy of a machine's folders (sys, proc, etc) instead of this machine's
    #[arg(long, value_name = "DIR", default_value = "/", requires = "timers")]
    #[arg(conflicts_with = "bundle")]
    root: PathBuf,
    /// Show the last PDUs before each incident as well
    #[arg(short, long)]
    verbose: bool,
    /// How to print: text, or JSON Lines with one object per incident
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Format,
    /// Treat this TCP port as a target's, besides 3260 and 860
    #[arg(long = "port", value_name = "PORT")]
    ports: Vec<u16>,
    /// End with exit code 1 when there are incidents
    #[arg(long)]
    strict: bool,
}

/// Incidents by number: one comes again when more is known of it.
type Incidents = BTreeMap<u32, Incident>;

/// What a source had to tell.
struct Reading {
    incidents: Incidents,
    /// What to say if it was nothing.
    quiet: String,
    /// What was wrong with it.
    damage: Option<String>,
}

impl Why {
    pub fn run(self) -> anyhow::Result<Exit> {
        if self.timers {
            return self.timers();
        }
        if self.live {
            return self.live();
        }
        let found = match &self.bundle {
            Some(path) => of_bundle(path)?,
            None => self.of_file()?,
        };
        let is_quiet = found.incidents.is_empty();
        self.print(&found.incidents, false)?;
        if let Some(damage) = found.damage {
            return Err(Failure::damaged(damage).into());
        }
        if is_quiet {
            eprintln!("iscsi-trace: {}", found.quiet);
        }
        Ok(if self.strict && !is_quiet { Exit::Findings } else { Exit::Done })
    }

    fn of_file(&self) -> anyhow::Result<Reading> {
        let path = self.file.as_deref().or(self.log.as_deref()).unwrap_or(Path::new("-"));
        let is_stdin = path.as_os_str() == "-";
        let name = if is_stdin { "standard input".to_owned() } else { path.display().to_string() };
        let input: Box<dyn Read> = if is_stdin {
            Box::new(io::stdin().lock())
        } else {
            Box::new(File::open(path).with_context(|| format!("cannot open {name}"))?)
        };
        if self.log.is_some() {
            return Ok(of_log(input, &name));
        }
        let source = CaptureSource::new(input, &self.ports)
            .map_err(|error| Failure::damaged(format!("{name}: {error}")))?;
        Ok(of_capture(source, &name))
    }

    /// Newest first; `goes_on` if others were printed before.
    fn print(&self, incidents: &Incidents, goes_on: bool) -> io::Result<()> {
        let mut out = BufWriter::new(io::stdout().lock());
        let look = Look::of_stdout();
        let shown = text::Shown { verbose: self.verbose, colour: look.colour, width: look.width };
        for (at, incident) in incidents.values().rev().enumerate() {
            match self.output {
                Format::Json => writeln!(out, "{}", json::value(incident))?,
                Format::Text => {
                    if at > 0 || goes_on {
                        writeln!(out)?;
                    }
                    text::write(&mut out, incident, shown)?;
                }
            }
        }
        out.flush()
    }
}

/// Keeps what is known last of each incident.
fn keep(told: &Told<'_, '_>, incidents: &mut Incidents) {
    if let Some(incident) = told.incident() {
        incidents.insert(incident.number, incident.clone());
    }
}

fn of_capture(source: CaptureSource<impl Read>, name: &str) -> Reading {
    let (mut driver, mut incidents) = (Driver::default(), Incidents::new());
    let damage = driver.capture(source, &mut |told: Told<'_, '_>| keep(&told, &mut incidents));
    let quiet = match driver.model().connections().len() {
        0 => format!(
            "no iSCSI in {name}; if the target listens on another port, name it with --port"
        ),
        1 => format!("nothing failed on the one connection in {name}"),
        many => format!("nothing failed on the {many} connections in {name}"),
    };
    Reading { incidents, quiet, damage: damage.map(|error| format!("{name}: {error}")) }
}

fn of_log(input: impl Read, name: &str) -> Reading {
    let mut incidents = Incidents::new();
    let read = explain_log(BufReader::new(input), |incident| {
        incidents.insert(incident.number, incident);
    });
    let damage = read.err().map(|error| format!("{name}: {error}"));
    Reading { incidents, quiet: format!("{name} tells of no failure"), damage }
}

fn of_bundle(path: &Path) -> anyhow::Result<Reading> {
    let bundle = bundled::open(path)?;
    let found = bundle.incidents().into_iter();
    let mut incidents: Incidents = found.map(|incident| (incident.number, incident)).collect();
    if !incidents.is_empty() {
        let machine = bundle.machine()?;
        // Without sysfs the incidents still say what logs and recordings tell.
        let sessions = survey(&machine.roots(), Detail::Line).unwrap_or_default().sessions;
        complete(&mut incidents.values_mut().collect::<Vec<_>>(), &sessions);
    }
    let quiet = format!("the logs and recordings of {} tell of no failure", path.display());
    Ok(Reading { incidents, quiet, damage: None })
}
