//! `iscsi-trace why`.

mod live;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::{ArgGroup, Args};

use super::{Exit, Failure, Format, Look, bundled};
use crate::annotate::explain_log;
use crate::host::Roots;
use crate::host::session::{Detail, survey};
use crate::model::Model;
use crate::source::{CaptureSource, Event};
use crate::why::{Change, Engine, Incident, json, text, timers, watch};

/// Say why connections failed, logins were refused or commands hung: the cause, what proves it, what to do.
///
/// Reads a capture (pcap, pcapng), a recording of `iscsi-trace live -w`, or with --log a kernel or iscsid log.
/// Incidents come newest first; with --live each as it is made, and again whenever more is known of it.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("source").required(true).args(["file", "live", "log", "timers", "bundle"]))]
pub struct Why {
    /// A capture or recording, also gzip or zstd; `-` for standard input
    file: Option<PathBuf>,
    /// Watch this machine's initiator instead, until Ctrl-C (as root)
    #[arg(long)]
    live: bool,
    /// A log of the kernel or iscsid (dmesg, journalctl) instead; `-` for standard input
    #[arg(long, value_name = "FILE")]
    log: Option<PathBuf>,
    /// The logs and recordings of a bug-report bundle instead
    #[arg(long, value_name = "FILE")]
    bundle: Option<PathBuf>,
    /// Show the timers of this machine's sessions instead: what fires when, and what it adds up to
    #[arg(long)]
    timers: bool,
    /// With --timers, read a copy of a machine's folders (sys, proc, etc) instead of this machine's
    #[arg(long, value_name = "DIR", default_value = "/", requires = "timers")]
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

impl Why {
    pub fn run(self) -> anyhow::Result<Exit> {
        if self.timers {
            return self.timers();
        }
        if self.live {
            return self.live();
        }
        let mut incidents = BTreeMap::new();
        if let Some(path) = &self.bundle {
            let found = bundled::open(path)?.incidents().into_iter();
            incidents.extend(found.map(|incident| (incident.number, incident)));
            self.print(&incidents, false)?;
            if incidents.is_empty() {
                let path = path.display();
                eprintln!("iscsi-trace: the logs and recordings of {path} tell of no failure");
            }
            return Ok(if self.strict && !incidents.is_empty() {
                Exit::Findings
            } else {
                Exit::Done
            });
        }
        let path = self.file.as_deref().or(self.log.as_deref()).unwrap_or(Path::new("-"));
        let is_stdin = path.as_os_str() == "-";
        let name = if is_stdin { "standard input".to_owned() } else { path.display().to_string() };
        let input: Box<dyn Read> = if is_stdin {
            Box::new(io::stdin().lock())
        } else {
            Box::new(File::open(path).with_context(|| format!("cannot open {name}"))?)
        };
        let (quiet, damage) = if self.log.is_some() {
            let read = explain_log(BufReader::new(input), |incident| {
                incidents.insert(incident.number, incident);
            });
            (format!("{name} tells of no failure"), read.err().map(|error| error.to_string()))
        } else {
            let (seen, damage) = self.read(input, &name, &mut incidents)?;
            (quiet(&name, seen), damage)
        };
        self.print(&incidents, false)?;
        if incidents.is_empty() && damage.is_none() {
            eprintln!("iscsi-trace: {quiet}");
        }
        if let Some(damage) = damage {
            return Err(Failure::damaged(format!("{name}: {damage}")).into());
        }
        Ok(if self.strict && !incidents.is_empty() { Exit::Findings } else { Exit::Done })
    }

    /// Newest first; `goes_on` if others were printed before.
    fn print(&self, incidents: &BTreeMap<u32, Incident>, goes_on: bool) -> io::Result<()> {
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

    fn timers(&self) -> anyhow::Result<Exit> {
        let roots = Roots::under(&self.root);
        let survey = survey(&roots, Detail::Devices).with_context(|| {
            format!("cannot read {}", roots.sysfs("class/iscsi_session").display())
        })?;
        let mut out = BufWriter::new(io::stdout().lock());
        for (at, session) in survey.sessions.iter().enumerate() {
            let chain = timers::chain(session, &roots);
            match self.output {
                Format::Json => writeln!(out, "{}", serde_json::to_string(&chain)?)?,
                Format::Text => {
                    if at > 0 {
                        writeln!(out)?;
                    }
                    timers::write(&mut out, &chain)?;
                }
            }
        }
        out.flush()?;
        if survey.sessions.is_empty() {
            eprintln!("iscsi-trace: no sessions, so no timers; `iscsiadm -m node --login` logs in");
        }
        Ok(Exit::Done)
    }

    /// Reads the whole file; answers how many connections it showed, and what damaged it.
    fn read(
        &self,
        input: Box<dyn Read>,
        name: &str,
        incidents: &mut BTreeMap<u32, Incident>,
    ) -> anyhow::Result<(usize, Option<String>)> {
        let mut source = CaptureSource::new(input, &self.ports)
            .map_err(|error| Failure::damaged(format!("{name}: {error}")))?;
        source.show_segments();
        let mut model = Model::default();
        let mut engine = Engine::default();
        let mut keep = |incident: &Incident, _: Change| {
            incidents.insert(incident.number, incident.clone());
        };
        let mut damage = None;
        loop {
            let mut take = |event: Event<'_>| watch(&mut engine, &mut model, &event, &mut keep);
            match source.step(&mut take) {
                Ok(flow) if flow.is_continue() => {}
                Ok(_) => break,
                Err(error) => {
                    damage = Some(error.to_string());
                    break;
                }
            }
        }
        let totals = source
            .finish(&mut |event: Event<'_>| watch(&mut engine, &mut model, &event, &mut keep));
        engine.finish(totals.last, &mut keep);
        Ok((model.connections().len(), damage))
    }
}

fn quiet(name: &str, connections: usize) -> String {
    match connections {
        0 => format!(
            "no iSCSI in {name}; if the target listens on another port, name it with --port"
        ),
        1 => format!("nothing failed on the one connection in {name}"),
        many => format!("nothing failed on the {many} connections in {name}"),
    }
}
