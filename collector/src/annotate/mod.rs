//! Log annotation: each iSCSI line of a kernel or `iscsid` log gains what it means, and lines that belong
//! together become incidents.
//!
//! A line goes through [`Annotator::line`]: the decoders read it, the tracker decides whose it is (the
//! topology learns sessions, hosts and disks from the log itself) and what it changes in the incidents under
//! way, and the output prints the line as it came with its explanation under it. An incident is printed when
//! it is over. Memory does not grow with the log.

mod apply;
mod bounded;
mod explain;
mod incident;
mod input;
mod json;
mod report;
mod steps;
#[cfg(test)]
mod tests;
mod text;
mod topology;
mod tracker;
mod weight;
mod why;

use std::{
    io::{self, Write},
    time::Duration,
};

pub use incident::{Incident, Key, Outcome};
pub use input::{Feed, feed};
use iscsi_decoders::log::{LogEvent, Reader};
use tracker::Tracker;

use crate::why as explained;

/// What is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    /// Every line as it came, explanations under the iSCSI ones, incidents as blocks.
    Text {
        /// With terminal colours.
        colour: bool,
    },
    /// Incident blocks only.
    Incidents {
        /// With terminal colours.
        colour: bool,
    },
    /// One JSON object per recognised line and per incident.
    Json,
    /// One JSON object per incident.
    JsonIncidents,
}

/// Annotates a log line by line.
pub struct Annotator<W> {
    reader: Reader,
    tracker: Tracker,
    sink: Sink<W>,
    lines: u64,
}

struct Sink<W> {
    out: W,
    output: Output,
    /// The last line copied lacked its newline.
    dangling: bool,
}

/// Begins a line that is a command to paste.
const CHECK: &str = "Check first: ";

/// Longer than any log line; what is longer is copied and not looked at.
const LINE: usize = 32 * 1024;

impl<W: Write> Annotator<W> {
    /// Prints to `out`.
    pub fn new(out: W, output: Output) -> Self {
        Self {
            reader: Reader::default(),
            tracker: Tracker::new(),
            sink: Sink { out, output, dangling: false },
            lines: 0,
        }
    }

    /// Takes one line, with its newline if it has one; the text outputs print it byte for byte.
    ///
    /// # Errors
    /// If `out` cannot be written.
    pub fn line(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.lines += 1;
        if bytes.len() > LINE {
            return self.sink.copy(bytes);
        }
        let bare = bytes.strip_suffix(b"\n").unwrap_or(bytes);
        let line = self.reader.line(bare);
        let event = LogEvent::decode(&line);
        let sink = &mut self.sink;
        self.tracker.advance(line.times, |incident| sink.incident(incident))?;
        let Some(event) = event else { return sink.copy(bytes) };
        // What a line closes is reported behind it.
        let mut closed = Vec::new();
        let text = line.message.trim();
        let noted = self
            .tracker
            .note(&event, text, line.times, |incident| sink.render(incident, &mut closed))?;
        sink.copy(bytes)?;
        if noted.ours {
            if sink.output == Output::Json {
                let object = json::log(self.lines, &line, &event, &noted)?;
                writeln!(sink.out, "{object}")?;
            } else if let Output::Text { colour } = sink.output {
                let mut under = Vec::new();
                text::explanation(&mut under, &explain::explain(&event, &noted), colour)?;
                sink.add(&under)?;
            }
        }
        sink.add(&closed)
    }

    /// Tells that a live log has been silent for this long: what would be over by the log's clock is over.
    ///
    /// # Errors
    /// If `out` cannot be written.
    pub fn quiet(&mut self, silence: Duration) -> io::Result<()> {
        let ns = i64::try_from(silence.as_nanos()).unwrap_or(i64::MAX);
        let sink = &mut self.sink;
        self.tracker.quiet(ns, |incident| sink.incident(incident))
    }

    /// The log ends: reports the incidents still open. Another log may follow; incidents are counted on.
    ///
    /// # Errors
    /// If `out` cannot be written.
    pub fn finish(&mut self) -> io::Result<()> {
        let sink = &mut self.sink;
        self.tracker.finish(|incident| sink.incident(incident))?;
        self.tracker.topology.forget();
        self.reader = Reader::default();
        self.lines = 0;
        self.flush()
    }

    /// Hands on what was printed so far.
    ///
    /// # Errors
    /// If `out` cannot be written.
    pub fn flush(&mut self) -> io::Result<()> {
        self.sink.out.flush()
    }
}

/// The incidents of a whole log, diagnosed, in the order they were over.
///
/// # Errors
/// If the log cannot be read; what was read until then is in `out`.
pub fn explain_log(
    input: impl io::BufRead,
    mut out: impl FnMut(explained::Incident),
) -> io::Result<()> {
    let mut reader = Reader::default();
    let mut tracker = Tracker::new();
    let mut tell = |incident: &Incident| {
        if let Some(explained) = incident.explained() {
            out(explained);
        }
        Ok(())
    };
    let mut input = input;
    let mut bytes = Vec::new();
    let result = loop {
        bytes.clear();
        match input.read_until(b'\n', &mut bytes) {
            Ok(0) => break Ok(()),
            Ok(_) if bytes.len() > LINE => continue,
            Ok(_) => {}
            Err(error) => break Err(error),
        }
        let bare = bytes.strip_suffix(b"\n").unwrap_or(&bytes);
        let line = reader.line(bare);
        tracker.advance(line.times, &mut tell)?;
        if let Some(event) = LogEvent::decode(&line) {
            tracker.note(&event, line.message.trim(), line.times, &mut tell)?;
        }
    };
    tracker.finish(&mut tell)?;
    result
}

impl<W: Write> Sink<W> {
    fn copy(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self.output {
            Output::Text { .. } => {
                self.dangling = !bytes.ends_with(b"\n");
                self.out.write_all(bytes)
            }
            Output::Incidents { .. } | Output::Json | Output::JsonIncidents => Ok(()),
        }
    }

    /// Adds lines of ours; a log's last line may lack its newline, and ours must not continue it.
    fn add(&mut self, lines: &[u8]) -> io::Result<()> {
        if self.dangling && !lines.is_empty() {
            self.out.write_all(b"\n")?;
            self.dangling = false;
        }
        self.out.write_all(lines)
    }

    fn incident(&mut self, incident: &Incident) -> io::Result<()> {
        let mut lines = Vec::new();
        self.render(incident, &mut lines)?;
        self.add(&lines)
    }

    fn render(&self, incident: &Incident, lines: &mut Vec<u8>) -> io::Result<()> {
        match self.output {
            Output::Text { colour } | Output::Incidents { colour } => {
                text::block(lines, &report::report(incident), colour)
            }
            Output::Json | Output::JsonIncidents => {
                writeln!(lines, "{}", json::incident(incident)?)
            }
        }
    }
}
