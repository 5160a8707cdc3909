//! The session model: what the PDUs of a capture, recording or live kernel add up to.
//!
//! Stream events go in, [`Record`]s come out: the same events with what only the whole conversation tells (the
//! task a PDU belongs to, how long it took), and [`Finding`]s where the conversation breaks a rule.

mod categories;
mod cdb;
mod commands;
mod connection;
mod ending;
mod exchange;
pub mod finding;
mod kernel;
mod keys;
mod login;
mod negotiation;
mod pings;
mod sequence;
mod session;
mod task;
#[cfg(test)]
pub(crate) mod tests;

use iscsi_decoders::isns::Route;
use iscsi_decoders::pdu::Direction;
use iscsi_decoders::stream::{self, ConnectionId, Ends, Pdu, Stamp};
use iscsi_decoders::{Timestamp, dhcp, isns};

use crate::category::Categories;
use crate::event::{KernelEvent, What};
use crate::source::Event;
pub use commands::{CommandKey, CommandStats};
pub use connection::Connection;
use connection::Place;
pub use finding::Finding;
use kernel::Kernel;
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
    /// The name of the target, if it is known.
    pub target: Option<&'a str>,
    /// The debug categories that show it.
    pub categories: Categories,
}

/// An event of the kernel with what else is known.
#[derive(Clone, Copy, Debug)]
pub struct KernelRecord<'a> {
    /// The event.
    pub event: &'a KernelEvent,
    /// The name of its session's target, if it is known.
    pub target: Option<&'a str>,
}

/// What the model says of one event.
#[derive(Clone, Copy, Debug)]
pub enum Record<'a> {
    /// A connection carries iSCSI; its first PDU follows.
    Opened {
        /// The connection.
        connection: ConnectionId,
        /// Its ends.
        ends: Ends,
        /// Where its first PDU ends.
        stamp: Stamp,
        /// Whether its handshake was captured.
        from_start: bool,
    },
    /// A PDU.
    Pdu(PduRecord<'a>),
    /// Bytes that could not be decoded.
    Skipped {
        /// The connection.
        connection: ConnectionId,
        /// Which way they travelled.
        direction: Direction,
        /// Where decoding goes on.
        stamp: Stamp,
        /// How many.
        bytes: u64,
    },
    /// A connection ended.
    Closed {
        /// The connection.
        connection: ConnectionId,
        /// From whom the FIN or RST came.
        direction: Direction,
        /// The packet that closed it.
        stamp: Stamp,
        /// RST rather than FIN.
        reset: bool,
    },
    /// Something is wrong.
    Finding(&'a Finding),
    /// A message to or from a name server.
    Isns {
        /// When and where.
        stamp: Stamp,
        /// Between whom.
        route: Route,
        /// The message.
        message: &'a isns::Message<'a>,
    },
    /// A DHCP message about name servers.
    Dhcp {
        /// When and where.
        stamp: Stamp,
        /// Between whom.
        route: Route,
        /// The message.
        message: &'a dhcp::Message<'a>,
    },
    /// What the kernel told besides PDUs.
    Kernel(KernelRecord<'a>),
}

impl Record<'_> {
    /// The debug categories that show this record.
    pub fn categories(&self) -> Categories {
        match self {
            Self::Opened { .. } | Self::Closed { .. } => Categories::CONN | Categories::TCP,
            Self::Skipped { .. } => Categories::TCP | Categories::ERRORS,
            Self::Pdu(record) => record.categories,
            Self::Finding(finding) => finding.kind.categories(),
            Self::Isns { .. } | Self::Dhcp { .. } => Categories::SESSION,
            Self::Kernel(record) => categories::of_kernel(&record.event.what),
        }
    }

    /// The connection it is about; name service messages are about none.
    pub fn connection(&self) -> Option<ConnectionId> {
        match self {
            Self::Opened { connection, .. }
            | Self::Skipped { connection, .. }
            | Self::Closed { connection, .. } => Some(*connection),
            Self::Pdu(record) => Some(record.pdu.connection),
            Self::Finding(finding) => Some(finding.connection),
            Self::Isns { .. } | Self::Dhcp { .. } => None,
            Self::Kernel(record) => record.event.connection,
        }
    }

    /// When and where in the capture it happened.
    pub fn stamp(&self) -> Stamp {
        match self {
            Self::Opened { stamp, .. }
            | Self::Skipped { stamp, .. }
            | Self::Closed { stamp, .. }
            | Self::Isns { stamp, .. }
            | Self::Dhcp { stamp, .. } => *stamp,
            Self::Pdu(record) => record.pdu.stamp,
            Self::Finding(finding) => finding.stamp,
            Self::Kernel(record) => record.event.stamp,
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
    kernel: Kernel,
    /// Findings of the event under way; kept for reuse.
    findings: Vec<Finding>,
}

impl Model {
    /// Takes one event; `out` gets what it means.
    pub fn observe(&mut self, event: &Event<'_>, out: &mut impl Sink) {
        match *event {
            Event::Stream(ref event) => self.stream(event, out),
            Event::Isns { stamp, route, message } => out(&Record::Isns { stamp, route, message }),
            Event::Dhcp { stamp, route, message } => out(&Record::Dhcp { stamp, route, message }),
            // Below iSCSI.
            Event::Segment { .. } => {}
            Event::Kernel(event) => {
                self.kernel(event);
                let target = self.kernel.target(event.session);
                out(&Record::Kernel(KernelRecord { event, target }));
            }
        }
    }

    fn kernel(&mut self, event: &KernelEvent) {
        self.kernel.take(event);
        if matches!(&event.what, What::Began(began) if began.is_selective) {
            self.kernel.lost(Timestamp(i64::MAX));
        }
        if let What::Loss(loss) = &event.what
            && loss.is_of_pdus()
        {
            self.kernel.lost(Timestamp(event.stamp.time.0.saturating_add(loss.during)));
            self.connections.iter_mut().for_each(Connection::doubt);
        }
    }

    fn stream(&mut self, event: &stream::Event<'_>, out: &mut impl Sink) {
        let Self { connections, sessions, kernel, findings } = self;
        match *event {
            stream::Event::Opened { connection, ends, stamp, from_start } => {
                connections.push(Connection::new(connection, ends, stamp, from_start));
                out(&Record::Opened { connection, ends, stamp, from_start });
            }
            stream::Event::Pdu(ref pdu) => {
                let Some(connection) = at(connections, pdu.connection) else { return };
                let doubtful = pdu.origin.is_some() && kernel.doubts(pdu.stamp.time);
                let ending = connection.pdu(pdu, Place { sessions, kernel }, findings, out);
                if doubtful {
                    connection.doubt();
                }
                if let (Some(ending), Some(session)) = (ending, connection.session) {
                    connection.end(ending);
                    // The other connections of the session have tasks of the same logical units.
                    for &id in sessions.get(session).map_or(&[][..], |session| session.open()) {
                        if let Some(other) = at(connections, id) {
                            other.end(ending);
                        }
                    }
                }
            }
            stream::Event::Skipped { connection: id, direction, stamp, bytes } => {
                out(&Record::Skipped { connection: id, direction, stamp, bytes });
                if let Some(connection) = at(connections, id) {
                    connection.lost(direction, bytes);
                }
            }
            stream::Event::Closed { connection: id, direction, stamp, reset } => {
                out(&Record::Closed { connection: id, direction, stamp, reset });
                if let Some(connection) = at(connections, id) {
                    connection.close(direction, stamp, reset, sessions, findings);
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
