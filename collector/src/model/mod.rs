//! The session model: what the PDUs of a capture, recording or live kernel add up to.
//!
//! Stream events go in, [`Record`]s come out: the same events with what only the whole conversation tells (the
//! task a PDU belongs to, how long it took), and [`Finding`]s where the conversation breaks a rule.

mod commands;
mod connection;
mod exchange;
pub mod finding;
mod keys;
mod login;
mod negotiation;
mod sequence;
mod session;
mod task;

use iscsi_decoders::pdu::Direction;
use iscsi_decoders::stream::{ConnectionId, Ends, Event, Pdu, Stamp};

use crate::category::Categories;
pub use commands::{CommandKey, CommandStats};
pub use connection::Connection;
pub use finding::Finding;
pub use keys::rule_of;
pub use login::Stage;
pub use negotiation::{Negotiated, Negotiation};
pub use session::Session;
use session::Sessions;
pub use task::{Task, Timing};

/// A PDU with its place in the conversation.
#[derive(Clone, Copy, Debug)]
pub struct PduRecord<'a> {
    /// The PDU.
    pub pdu: &'a Pdu<'a>,
    /// The task it belongs to: for a request the one it opens, for an answer the one it answers.
    pub task: Option<&'a Task>,
    /// A SCSI command's whole CDB: the 16 bytes of the header and what an AHS adds.
    pub cdb: Option<&'a [u8]>,
    /// For the answer that ends a task: where the time went.
    pub timing: Option<Timing>,
    /// The debug categories that show it.
    pub categories: Categories,
}

/// What the model says of one event.
#[derive(Clone, Copy, Debug)]
pub enum Record<'a> {
    /// A connection carries iSCSI; its first PDU follows.
    Opened { connection: ConnectionId, ends: Ends, stamp: Stamp, from_start: bool },
    /// A PDU.
    Pdu(PduRecord<'a>),
    /// Bytes that could not be decoded.
    Skipped { connection: ConnectionId, direction: Direction, stamp: Stamp, bytes: u64 },
    /// A connection ended.
    Closed { connection: ConnectionId, direction: Direction, stamp: Stamp, reset: bool },
    /// Something is wrong.
    Finding(&'a Finding),
}

impl Record<'_> {
    /// The debug categories that show this record.
    pub fn categories(&self) -> Categories {
        match self {
            Self::Opened { .. } | Self::Closed { .. } => Categories::CONN | Categories::TCP,
            Self::Skipped { .. } => Categories::TCP | Categories::ERRORS,
            Self::Pdu(record) => record.categories,
            Self::Finding(finding) => finding.kind.categories(),
        }
    }

    /// The connection it is about.
    pub fn connection(&self) -> ConnectionId {
        match self {
            Self::Opened { connection, .. }
            | Self::Skipped { connection, .. }
            | Self::Closed { connection, .. } => *connection,
            Self::Pdu(record) => record.pdu.connection,
            Self::Finding(finding) => finding.connection,
        }
    }

    /// When and where in the capture it happened.
    pub fn stamp(&self) -> Stamp {
        match self {
            Self::Opened { stamp, .. }
            | Self::Skipped { stamp, .. }
            | Self::Closed { stamp, .. } => *stamp,
            Self::Pdu(record) => record.pdu.stamp,
            Self::Finding(finding) => finding.stamp,
        }
    }
}

/// Receives records; a closure will do.
pub trait Sink: FnMut(&Record<'_>) {}
impl<F: FnMut(&Record<'_>)> Sink for F {}

/// Everything known about all connections and sessions.
#[derive(Debug, Default)]
pub struct Model {
    connections: Vec<Connection>,
    sessions: Sessions,
    /// Findings of the event under way; kept for reuse.
    findings: Vec<Finding>,
}

impl Model {
    /// Takes one event; `out` gets what it means.
    pub fn observe(&mut self, event: &Event<'_>, out: &mut impl Sink) {
        let Self { connections, sessions, findings } = self;
        match *event {
            Event::Opened { connection, ends, stamp, from_start } => {
                connections.push(Connection::new(connection, ends, stamp, from_start));
                out(&Record::Opened { connection, ends, stamp, from_start });
            }
            Event::Pdu(ref pdu) => {
                if let Some(connection) = at(connections, pdu.connection) {
                    connection.pdu(pdu, sessions, findings, out);
                }
            }
            Event::Skipped { connection: id, direction, stamp, bytes } => {
                out(&Record::Skipped { connection: id, direction, stamp, bytes });
                if let Some(connection) = at(connections, id) {
                    connection.lost(bytes);
                }
            }
            Event::Closed { connection: id, direction, stamp, reset } => {
                out(&Record::Closed { connection: id, direction, stamp, reset });
                if let Some(connection) = at(connections, id) {
                    connection.close(direction, stamp, reset, findings);
                }
            }
        }
        report(findings, out);
    }

    /// The source ended at `last`: what is still open has no answer.
    pub fn finish(&mut self, last: Stamp, out: &mut impl Sink) {
        for connection in &mut self.connections {
            connection.finish(last, &mut self.findings);
            report(&mut self.findings, out);
        }
    }

    /// All connections, by number.
    pub fn connections(&self) -> &[Connection] {
        &self.connections
    }

    /// All sessions, in the order of their first login.
    pub fn sessions(&self) -> &[Session] {
        self.sessions.all()
    }
}

/// Connections are numbered from 1 in the order they open.
fn at(connections: &mut [Connection], id: ConnectionId) -> Option<&mut Connection> {
    connections.get_mut((id.0 as usize).checked_sub(1)?)
}

fn report(findings: &mut Vec<Finding>, out: &mut impl Sink) {
    for finding in findings.drain(..) {
        out(&Record::Finding(&finding));
    }
}
