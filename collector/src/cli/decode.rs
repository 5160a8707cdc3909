//! `iscsi-trace decode`.

use std::fs::File;
use std::io::{self, BufWriter, Cursor, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;
use iscsi_decoders::Timestamp;
use iscsi_decoders::stream::{self, ConnectionId};

use super::moment::Moment;
use super::progress::Progress;
use super::shown::{self, Screen, Shown};
use super::{Exit, Failure, Format, bundled};
use crate::category::Categories;
use crate::model::{Model, Record};
use crate::output::{Capture, Summary};
use crate::source::{CaptureSource, Event};

/// Decode a capture: every iSCSI PDU, how long each command took, and what went wrong.
#[derive(Debug, Args)]
#[command(after_long_help = shown::help())]
pub struct Decode {
    /// A pcap or pcapng file, also gzip or zstd; `-` for standard input
    #[arg(required_unless_present = "bundle")]
    file: Option<PathBuf>,
    /// Decode a recording in a bug-report bundle; if there are several, the file given is its name there
    #[arg(long, value_name = "FILE")]
    bundle: Option<PathBuf>,
    #[command(flatten)]
    shown: Shown,
    /// One page about the whole capture instead of its events
    #[arg(long, conflicts_with_all = ["verbose", "categories", "filter", "from", "to"])]
    summary: bool,
    /// Show this connection only (the number behind #)
    #[arg(long, value_name = "N")]
    connection: Option<u32>,
    /// Start here: Unix seconds, 2026-01-31T12:00:00Z, or +SECONDS after the first packet
    #[arg(long, value_name = "TIME")]
    from: Option<Moment>,
    /// End here; same forms
    #[arg(long, value_name = "TIME")]
    to: Option<Moment>,
    /// Treat this TCP port as a target's, besides 3260 and 860
    #[arg(long = "port", value_name = "PORT")]
    ports: Vec<u16>,
    /// End with exit code 1 when something was found wrong
    #[arg(long)]
    strict: bool,
}

impl Decode {
    pub fn run(self) -> anyhow::Result<Exit> {
        let mut view = self.view()?;
        let name = self.name();
        let (input, size) = self.open()?;
        let mut source = CaptureSource::new(input, &self.ports)
            .map_err(|error| Failure::damaged(format!("{name}: {error}")))?;
        let progress = Progress::new(size);
        let mut model = Model::default();
        let mut damage = None;
        loop {
            let step = source.step(&mut |event: Event<'_>| view.observe(&mut model, &event));
            progress.at(source.bytes_read());
            match step {
                Ok(flow) if flow.is_continue() && view.error.is_none() => {}
                Ok(_) => break,
                Err(error) => {
                    damage = Some(error);
                    break;
                }
            }
        }
        let totals = source.finish(&mut |event: Event<'_>| view.observe(&mut model, &event));
        model.finish(totals.last, &mut |record: &Record<'_>| view.show(record));
        progress.clear();
        if self.summary && view.error.is_none() {
            let capture = Capture { name: name.clone(), totals };
            match self.shown.output {
                Format::Text => view.summary.print(&model, &capture, &mut view.out)?,
                Format::Json => view.summary.print_json(&model, &capture, &mut view.out)?,
            }
        }
        if let Some(error) = view.error {
            return Err(error.into());
        }
        view.out.flush()?;
        let recorded = totals.recorded;
        if recorded.unreadable > 0 {
            eprintln!(
                "iscsi-trace: {} events in {name} were written by another version and are left out",
                recorded.unreadable
            );
        }
        if model.connections().is_empty() && recorded.events == 0 && damage.is_none() {
            let packets = totals.net.packets;
            eprintln!(
                "iscsi-trace: no iSCSI in the {packets} packets of {name}; if the target listens on another \
                 port than 3260 and the capture began after the login, name it with --port"
            );
        }
        if let Some(damage) = damage {
            return Err(Failure::damaged(format!("{name}: {damage}")).into());
        }
        let findings = self.strict && view.summary.has_findings();
        Ok(if findings { Exit::Findings } else { Exit::Done })
    }

    /// What to call the input in messages.
    fn name(&self) -> String {
        match &self.file {
            Some(file) if file.as_os_str() == "-" => "standard input".to_owned(),
            Some(file) => file.display().to_string(),
            None => "the recording".to_owned(),
        }
    }

    fn view(&self) -> anyhow::Result<View> {
        Ok(View {
            screen: if self.summary { None } else { Some(self.shown.screen(Categories::all())?) },
            connection: self.connection.map(ConnectionId),
            range: Range { from: self.from, to: self.to, first: None },
            out: BufWriter::with_capacity(shown::OUT_BUFFER, io::stdout().lock()),
            error: None,
            summary: Summary::default(),
        })
    }

    /// The input and, where it is a file, its size.
    fn open(&self) -> anyhow::Result<(Box<dyn Read>, Option<u64>)> {
        if let Some(bundle) = &self.bundle {
            return recorded(bundle, self.file.as_deref());
        }
        // Without a bundle clap asks for a file.
        let path = self.file.as_deref().unwrap_or(Path::new("-"));
        if path.as_os_str() == "-" {
            if io::stdin().is_terminal() {
                let message = "standard input is a terminal: give a file, or pipe a capture in";
                return Err(Failure::usage(message).into());
            }
            return Ok((Box::new(io::stdin().lock()), None));
        }
        let what = || format!("cannot open {}", path.display());
        let file = File::open(path).with_context(what)?;
        let size = file.metadata().with_context(what)?;
        if size.is_dir() {
            return Err(Failure::damaged(format!("{} is a directory", path.display())).into());
        }
        Ok((Box::new(file), Some(size.len())))
    }
}

/// A recording inside a bundle: the one of that name, or the only one.
fn recorded(bundle: &Path, name: Option<&Path>) -> anyhow::Result<(Box<dyn Read>, Option<u64>)> {
    let shown = bundle.display();
    let bundle = bundled::open(bundle)?;
    let recordings = bundle.recordings();
    let names: Vec<&str> = recordings.keys().copied().collect();
    let found = match (name.and_then(Path::to_str), names.as_slice()) {
        (Some(name), _) => recordings.get(name),
        (None, [only]) => recordings.get(only),
        (None, _) => None,
    };
    let Some(bytes) = found else {
        let message = if names.is_empty() {
            format!(
                "no recording in {shown}; bundle --live or --capture takes one along, why and annotate read its logs"
            )
        } else {
            format!("say which recording of {shown}: {}", names.join(", "))
        };
        return Err(Failure::damaged(message).into());
    };
    let size = bytes.len() as u64;
    Ok((Box::new(Cursor::new(bytes.to_vec())), Some(size)))
}

/// What of the records is shown, and how.
struct View {
    /// None for the summary, which prints at the end.
    screen: Option<Screen>,
    connection: Option<ConnectionId>,
    range: Range,
    out: BufWriter<io::StdoutLock<'static>>,
    /// The first write that failed.
    error: Option<io::Error>,
    summary: Summary,
}

impl View {
    fn observe(&mut self, model: &mut Model, event: &Event<'_>) {
        // A page about one connection leaves the others out. Events are read with all that is known: connections
        // of a session share its numbers and its devices.
        let matters = match (self.connection, event) {
            (Some(wanted), Event::Stream(event)) if self.screen.is_none() => {
                event.connection() == wanted || matches!(event, stream::Event::Opened { .. })
            }
            _ => true,
        };
        if matters {
            model.observe(event, &mut |record: &Record<'_>| self.show(record));
        }
    }

    fn show(&mut self, record: &Record<'_>) {
        if self.connection.is_some() && self.connection != record.connection() {
            return;
        }
        self.summary.record(record);
        let Some(screen) = &mut self.screen else { return };
        if self.error.is_none() && self.range.contains(record.stamp().time) {
            self.error = screen.print(record, &mut self.out).err();
        }
    }
}

/// `--from` and `--to`.
struct Range {
    from: Option<Moment>,
    to: Option<Moment>,
    /// What `+SECONDS` counts from.
    first: Option<Timestamp>,
}

impl Range {
    fn contains(&mut self, time: Timestamp) -> bool {
        let first = *self.first.get_or_insert(time);
        self.from.is_none_or(|from| time >= from.after(first))
            && self.to.is_none_or(|to| time <= to.after(first))
    }
}
