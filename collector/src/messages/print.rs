use std::io::{self, Write};

use iscsi_decoders::Timestamp;
use serde::Serialize;

use super::{Message, Origin};
use crate::{
    cli::Format,
    output::{Clock, Plain},
};

/// Prints messages, one line each.
pub struct Printer<W> {
    out: W,
    format: Format,
}

/// A message in JSON.
#[derive(Serialize)]
struct Object<'a> {
    time: String,
    event: &'static str,
    source: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    tracepoint: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    session: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cid: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    host: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    function: Option<&'a str>,
    categories: String,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    meaning: Option<&'a str>,
}

impl<W: Write> Printer<W> {
    /// Prints to `out`.
    pub fn new(out: W, format: Format) -> Self {
        Self { out, format }
    }

    /// Prints a message.
    ///
    /// # Errors
    /// If `out` does not take it.
    pub fn print(&mut self, message: &Message) -> io::Result<()> {
        let time = Timestamp(message.time);
        let (source, tracepoint) = match &message.origin {
            Origin::Log => ("kernel-log", None),
            Origin::Trace(event) => ("trace", Some(event.as_str())),
        };
        match self.format {
            Format::Text => {
                let place = tracepoint.unwrap_or("kernel log");
                // Events of the probes, which may stand between, begin with a number in so many columns.
                writeln!(self.out, "{:7} {} {place}: {}", "", Clock(time), Plain(&message.text))?;
                match message.meaning {
                    Some(meaning) => writeln!(self.out, "{:7} └ {meaning}", ""),
                    None => Ok(()),
                }
            }
            Format::Json => {
                let object = Object {
                    time: time.to_string(),
                    event: "text",
                    source,
                    tracepoint,
                    session: message.session,
                    cid: message.connection,
                    host: message.host,
                    function: message.function.as_deref(),
                    categories: message.categories.to_string(),
                    message: &message.text,
                    meaning: message.meaning,
                };
                writeln!(self.out, "{}", serde_json::to_string(&object)?)
            }
        }
    }

    /// Prints what is text already.
    ///
    /// # Errors
    /// If `out` does not take it.
    pub fn print_text(&mut self, text: &[u8]) -> io::Result<()> {
        self.out.write_all(text)
    }

    /// Hands on what was printed.
    ///
    /// # Errors
    /// If `out` does not take it.
    pub fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
