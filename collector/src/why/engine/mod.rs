//! From records to incidents: when something failed, the rules are asked; when more is known, they are asked again.

mod memory;
mod outage;
mod picture;
mod portal;
mod trouble;

use iscsi_decoders::net::TcpSegment;
use iscsi_decoders::pdu::Direction;
use iscsi_decoders::stream::{ConnectionId, Ends, Stamp};
use rustc_hash::FxHashMap;

use super::incident::{Incident, What};
use super::ledger::Ledger;
use super::ledger::session::Session;
use super::ledger::wire::Wire;
use crate::model::Record;

/// What is told of an incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It is new.
    New,
    /// More is known, or it is over.
    Changed,
}

/// Receives incidents; a closure will do.
pub trait Sink: FnMut(&Incident, Change) {}
impl<F: FnMut(&Incident, Change)> Sink for F {}

/// What makes connections the same session.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Key {
    /// `iscsi_cls_session.sid`.
    Sid(u32),
    /// InitiatorName, TargetName, ISID.
    Nexus(Box<str>, Box<str>, [u8; 6]),
    /// Nothing but the initiator's address and the portal is known.
    Pair(std::net::IpAddr, std::net::SocketAddr),
}

/// Connections, sessions and incidents remembered; more at once are an attack, and the oldest is forgotten.
const REMEMBERED: usize = 4096;
/// An incident without the end of a connection is over after this long.
const SETTLED: i64 = 30_000_000_000;
/// An answer this long after the source's end was due.
const UNANSWERED_MIN: i64 = 5_000_000_000;

/// An incident under way.
#[derive(Debug)]
struct Open {
    key: Key,
    connection: Option<ConnectionId>,
    /// The connection is gone, or never came to be: only a login ends it.
    down: bool,
    /// The session was logged in when it began.
    was_up: bool,
    /// It is about a login that failed.
    is_login: bool,
    /// When something was last seen of it.
    last: Stamp,
    told: bool,
    incident: Incident,
}

/// Watches records and tells of incidents.
#[derive(Debug, Default)]
pub struct Engine {
    pub(super) ledgers: FxHashMap<ConnectionId, Box<Ledger>>,
    pub(super) wires: FxHashMap<Ends, Wire>,
    pub(super) by_ends: FxHashMap<Ends, ConnectionId>,
    pub(super) sessions: FxHashMap<Key, Session>,
    pub(super) keys: FxHashMap<ConnectionId, Key>,
    /// Only some PDUs are shown: what is not there proves nothing.
    pub(super) selective: bool,
    /// The source shows TCP.
    pub(super) segments: bool,
    open: Vec<Open>,
    numbers: u32,
}

impl Engine {
    /// Takes a record.
    pub fn observe(&mut self, record: &Record<'_>, sink: &mut impl Sink) {
        match record {
            Record::Opened { connection, ends, stamp, .. } => {
                self.opened(*connection, *ends, *stamp)
            }
            Record::Pdu(record) => self.pdu(record, sink),
            Record::Skipped { connection, direction, stamp, bytes } => {
                self.skipped(*connection, *direction, *stamp, *bytes, sink);
            }
            Record::Closed { connection, direction, stamp, reset } => {
                self.closed(*connection, *direction, *stamp, *reset, sink);
            }
            Record::Finding(finding) => self.finding(finding, sink),
            Record::Kernel(record) => self.kernel(record, sink),
            Record::Isns { .. } | Record::Dhcp { .. } => {}
        }
    }

    /// Takes a TCP segment. Call it before the records of what the segment completes.
    pub fn segment(
        &mut self,
        segment: &TcpSegment<'_>,
        ends: Ends,
        direction: Direction,
        stamp: Stamp,
        sink: &mut impl Sink,
    ) {
        self.take_segment(segment, ends, direction, stamp, sink);
    }

    /// The source ended at `last`.
    pub fn finish(&mut self, last: Stamp, sink: &mut impl Sink) {
        let mut ids: Vec<ConnectionId> = self.ledgers.keys().copied().collect();
        ids.sort();
        for id in ids {
            let Some(ledger) = self.ledgers.get(&id) else { continue };
            if ledger.closed.is_some() || ledger.orders.is_leaving() || ledger.error.is_some() {
                continue;
            }
            let oldest = ledger.tasks.oldest().map(|task| task.began);
            let since = [oldest, ledger.ping.map(|ping| ping.stamp), ledger.login.unanswered];
            let waited = since.into_iter().flatten().map(|at| last.time.since(at.time)).max();
            if let Some(waited) = waited.filter(|&waited| waited >= UNANSWERED_MIN) {
                self.trouble(id, What::Unanswered { waited }, last, sink);
            }
        }
        self.portals_at_end(last, sink);
        self.end(last, sink);
    }

    /// The session of a connection.
    pub(super) fn key(&self, id: ConnectionId) -> Key {
        self.keys.get(&id).cloned().unwrap_or_else(|| {
            let ends = self.ledgers.get(&id).and_then(|ledger| ledger.place.ends);
            match ends {
                Some(ends) => Key::Pair(ends.initiator.ip(), ends.target),
                None => Key::Sid(u32::MAX),
            }
        })
    }
}
