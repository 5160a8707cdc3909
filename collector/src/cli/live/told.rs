//! Incidents, told the moment they are made.

use std::io::{self, Write};

use iscsi_decoders::stream::Stamp;

use crate::cli::Format;
use crate::model::Record;
use crate::why::{Change, Engine, Incident, json, line};

/// Watches the records and prints what the rules conclude.
#[derive(Debug)]
pub(super) struct Told {
    engine: Engine,
    format: Format,
    /// Where single PDUs are not looked at, there is nothing to conclude from.
    watches: bool,
    pending: Vec<u8>,
}

impl Told {
    pub fn new(format: Format, watches: bool) -> Self {
        Self { engine: Engine::default(), format, watches, pending: Vec::new() }
    }

    pub fn record(&mut self, record: &Record<'_>, out: &mut impl Write) -> io::Result<()> {
        if !self.watches {
            return Ok(());
        }
        let Self { engine, format, pending, .. } = self;
        engine.observe(record, &mut |incident: &Incident, change| {
            print(pending, *format, incident, change);
        });
        self.hand_on(out)
    }

    pub fn finish(&mut self, last: Stamp, out: &mut impl Write) -> io::Result<()> {
        if !self.watches {
            return Ok(());
        }
        let Self { engine, format, pending, .. } = self;
        engine.finish(last, &mut |incident: &Incident, change| {
            print(pending, *format, incident, change);
        });
        self.hand_on(out)
    }

    fn hand_on(&mut self, out: &mut impl Write) -> io::Result<()> {
        if !self.pending.is_empty() {
            out.write_all(&self.pending)?;
            self.pending.clear();
        }
        Ok(())
    }
}

fn print(out: &mut Vec<u8>, format: Format, incident: &Incident, change: Change) {
    let text = match format {
        Format::Text => line::line(incident, change),
        Format::Json => json::value(incident).to_string(),
    };
    out.extend_from_slice(text.as_bytes());
    out.push(b'\n');
}
