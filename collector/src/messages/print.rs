use std::{
    io::{self, Write},
    time::{SystemTime, UNIX_EPOCH},
};

use iscsi_decoders::Timestamp;
use rustix::time::{ClockId, clock_gettime};
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
    /// Unix time at which the kernel's clock was 0.
    epoch: i64,
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
        Self { out, format, epoch: unix_now().saturating_sub(kernel_now()) }
    }

    /// Prints a message.
    ///
    /// # Errors
    /// If `out` does not take it.
    pub fn print(&mut self, message: &Message) -> io::Result<()> {
        let time = Timestamp(self.epoch.saturating_add(message.time));
        let (source, tracepoint) = match &message.origin {
            Origin::Log => ("kernel-log", None),
            Origin::Trace(event) => ("trace", Some(event.as_str())),
        };
        match self.format {
            Format::Text => {
                let place = tracepoint.unwrap_or("kernel log");
                writeln!(self.out, "{} {place}: {}", Clock(time), Plain(&message.text))?;
                match message.meaning {
                    Some(meaning) => writeln!(self.out, "    └ {meaning}"),
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

    /// Hands on what was printed.
    ///
    /// # Errors
    /// If `out` does not take it.
    pub fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// The kernel's clock: it does not count the time the machine was suspended.
fn kernel_now() -> i64 {
    let now = clock_gettime(ClockId::Monotonic);
    now.tv_sec.saturating_mul(1_000_000_000).saturating_add(now.tv_nsec)
}

fn unix_now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_nanos()).unwrap_or(i64::MAX)
}
