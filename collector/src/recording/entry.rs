//! Events other than PDUs as journal entries.

use std::borrow::Cow;
use std::io::{self, Write};
use std::net::SocketAddr;

use iscsi_decoders::Timestamp;
use iscsi_decoders::pdu::Direction;
use iscsi_decoders::stream;
use serde::{Deserialize, Serialize};

use crate::event::{KernelEvent, What};
use crate::model::KernelRecord;
use crate::output::kernel_message;

/// The field with our event.
pub(super) const FIELD: &str = "ISCSI_EVENT";

/// Priorities of syslog.
const PRIORITY_ERROR: u8 = 3;
const PRIORITY_INFO: u8 = 6;

/// An event as it is stored.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Entry<'a> {
    /// Nanoseconds since the Unix epoch.
    pub time: i64,
    /// The connection's number.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub connection: Option<u32>,
    /// What happened.
    pub event: Stored<'a>,
}

/// What happened.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Stored<'a> {
    Opened { initiator: SocketAddr, target: SocketAddr, from_start: bool },
    Skipped { sent: bool, bytes: u64 },
    Closed { sent: bool, reset: bool },
    Kernel(Cow<'a, KernelEvent>),
}

impl<'a> Entry<'a> {
    /// An event of a connection; PDUs are no entries.
    pub fn of_stream(event: &stream::Event<'_>) -> Option<Self> {
        let (stamp, event_stored) = match *event {
            stream::Event::Pdu(_) => return None,
            stream::Event::Opened { ends, stamp, from_start, .. } => {
                let stream::Ends { initiator, target } = ends;
                (stamp, Stored::Opened { initiator, target, from_start })
            }
            stream::Event::Skipped { direction, stamp, bytes, .. } => {
                (stamp, Stored::Skipped { sent: direction == Direction::ToTarget, bytes })
            }
            stream::Event::Closed { direction, stamp, reset, .. } => {
                (stamp, Stored::Closed { sent: direction == Direction::ToTarget, reset })
            }
        };
        let connection = Some(event.connection().0);
        Some(Self { time: stamp.time.0, connection, event: event_stored })
    }

    pub fn of_kernel(event: &'a KernelEvent) -> Self {
        let connection = event.connection.map(|connection| connection.0);
        Self { time: event.stamp.time.0, connection, event: Stored::Kernel(Cow::Borrowed(event)) }
    }

    /// Reads the value of [`FIELD`].
    pub fn parse(text: &str) -> Option<Entry<'static>> {
        serde_json::from_str(text).ok()
    }

    pub fn time(&self) -> Timestamp {
        Timestamp(self.time)
    }

    /// Writes the entry's fields.
    pub fn write(&self, out: &mut Vec<u8>) -> io::Result<()> {
        let (message, is_error) = match &self.event {
            Stored::Opened { initiator, target, .. } => {
                (format!("connection {initiator} → {target}"), false)
            }
            Stored::Skipped { bytes, .. } => (format!("{bytes} bytes skipped"), true),
            Stored::Closed { reset, .. } => {
                let how = if *reset { "reset" } else { "closed" };
                (format!("connection {how}"), false)
            }
            Stored::Kernel(event) => {
                let is_error = matches!(event.what, What::ConnectionError(_) | What::Loss(_));
                (kernel_message(&KernelRecord { event, target: None }), is_error)
            }
        };
        let priority = if is_error { PRIORITY_ERROR } else { PRIORITY_INFO };
        writeln!(out, "__REALTIME_TIMESTAMP={}", self.time.max(0) / 1000)?;
        writeln!(out, "SYSLOG_IDENTIFIER=iscsi-trace")?;
        writeln!(out, "PRIORITY={priority}")?;
        writeln!(out, "MESSAGE={message}")?;
        write!(out, "{FIELD}=")?;
        serde_json::to_writer(&mut *out, self)?;
        out.push(b'\n');
        Ok(())
    }
}
