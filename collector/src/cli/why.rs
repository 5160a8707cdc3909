//! `iscsi-trace why`.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufWriter, Read, Write};
use std::path::PathBuf;

use anyhow::Context;
use clap::Args;

use super::{Exit, Failure, Format, Look};
use crate::model::{Model, Record};
use crate::source::{CaptureSource, Event};
use crate::why::{Change, Engine, Incident, json, text};

/// Say why connections failed, logins were refused or commands hung: the cause, what proves it, what to do.
///
/// Reads a capture (pcap, pcapng) or a recording of `iscsi-trace live -w`. Incidents come newest first.
#[derive(Debug, Args)]
pub struct Why {
    /// A capture or recording, also gzip or zstd; `-` for standard input
    file: PathBuf,
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
        let name = self.file.display().to_string();
        let mut incidents = BTreeMap::new();
        let (seen, damage) = self.read(&name, &mut incidents)?;
        let mut out = BufWriter::new(io::stdout().lock());
        let look = Look::of_stdout();
        let shown = text::Shown { verbose: self.verbose, colour: look.colour, width: look.width };
        for (at, incident) in incidents.values().rev().enumerate() {
            match self.output {
                Format::Json => writeln!(out, "{}", json::value(incident))?,
                Format::Text => {
                    if at > 0 {
                        writeln!(out)?;
                    }
                    text::write(&mut out, incident, shown)?;
                }
            }
        }
        out.flush()?;
        if incidents.is_empty() && damage.is_none() {
            eprintln!("iscsi-trace: {}", quiet(&name, seen));
        }
        if let Some(damage) = damage {
            return Err(Failure::damaged(format!("{name}: {damage}")).into());
        }
        Ok(if self.strict && !incidents.is_empty() { Exit::Findings } else { Exit::Done })
    }

    /// Reads the whole file; answers how many connections it showed, and what damaged it.
    fn read(
        &self,
        name: &str,
        incidents: &mut BTreeMap<u32, Incident>,
    ) -> anyhow::Result<(usize, Option<String>)> {
        let input: Box<dyn Read> = if self.file.as_os_str() == "-" {
            Box::new(io::stdin().lock())
        } else {
            Box::new(File::open(&self.file).with_context(|| format!("cannot open {name}"))?)
        };
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

/// One event through the model into the engine.
fn watch(
    engine: &mut Engine,
    model: &mut Model,
    event: &Event<'_>,
    keep: &mut impl FnMut(&Incident, Change),
) {
    if let Event::Segment { stamp, ends, direction, segment } = *event {
        engine.segment(segment, ends, direction, stamp, keep);
        return;
    }
    model.observe(event, &mut |record: &Record<'_>| engine.observe(record, keep));
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
