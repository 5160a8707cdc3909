//! From records to incidents: when something failed, the rules are asked; when more is known, they are asked again.

use iscsi_decoders::Timestamp;
use iscsi_decoders::net::TcpSegment;
use iscsi_decoders::pdu::Direction;
use iscsi_decoders::stream::{ConnectionId, Ends, Stamp};
use rustc_hash::FxHashMap;

use super::Cause;
use super::case::Case;
use super::incident::{Confidence, Diagnosis, Incident, LedTo, Moment, MomentKind, What};
use super::ledger::session::{Life, Session};
use super::ledger::wire::Wire;
use super::ledger::{Ledger, history};
use super::rules;
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
/// Headers shown before an incident without `-v`.
const SHOWN_HEADERS: usize = 6;
/// Entries of a timeline after which only the end is added to.
const TIMELINE: usize = 96;
/// An answer this long after the source's end was due.
const UNANSWERED_MIN: i64 = 5_000_000_000;

/// A SYN is sent again after a second.
const SYN_MIN: i64 = 1_000_000_000;

/// An incident under way.
#[derive(Debug)]
struct Open {
    key: Key,
    connection: Option<ConnectionId>,
    /// The connection is gone: only a login ends it.
    down: bool,
    last: Timestamp,
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
            Record::Skipped { connection, direction, bytes, .. } => {
                self.skipped(*connection, *direction, *bytes);
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
        for open in std::mem::take(&mut self.open) {
            if !open.told {
                sink(&open.incident, Change::Changed);
            }
        }
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

    /// Something failed, or more is known of what failed.
    pub(super) fn trouble(
        &mut self,
        id: ConnectionId,
        what: What,
        at: Stamp,
        sink: &mut impl Sink,
    ) {
        let key = self.key(id);
        self.settle(at.time);
        let Some(mut ledger) = self.ledgers.remove(&id) else { return };
        if let Some(wire) = ledger.place.ends.and_then(|ends| self.wires.get(&ends)) {
            ledger.wire = *wire;
        }
        ledger.sees.segments |= self.segments;
        let same = self.open.iter().position(|open| {
            open.connection == Some(id) && open.incident.led_to.recovered.is_none()
        });
        match same {
            Some(place) => self.more(place, what, at, &ledger, sink),
            None => self.new_incident(&key, id, what, at, &ledger, sink),
        }
        self.ledgers.insert(id, ledger);
    }

    /// Something failed that is a matter of its own, whatever else is under way.
    pub(super) fn trouble_of_session(
        &mut self,
        id: ConnectionId,
        what: What,
        at: Stamp,
        sink: &mut impl Sink,
    ) {
        let key = self.key(id);
        let Some(ledger) = self.ledgers.remove(&id) else { return };
        self.new_incident(&key, id, what, at, &ledger, sink);
        self.ledgers.insert(id, ledger);
    }

    /// A portal took no connection, and no session is known to suffer from it.
    pub(super) fn no_connection(
        &mut self,
        ends: Ends,
        refused: bool,
        at: Stamp,
        sink: &mut impl Sink,
    ) {
        let key = Key::Pair(ends.initiator.ip(), ends.target);
        // Tried again and again it is still one incident.
        if self.open.iter().any(|open| open.key == key) {
            return;
        }
        let mut ledger = Ledger::default();
        ledger.place.ends = Some(ends);
        ledger.wire = self.wires.get(&ends).copied().unwrap_or_default();
        ledger.sees.segments = true;
        let what = What::NoConnection { refused };
        self.new_incident(&key, ConnectionId(0), what, at, &ledger, sink);
        if let Some(open) = self.open.last_mut().filter(|open| open.key == key) {
            open.down = true;
            open.connection = None;
        }
    }

    /// SYNs that nothing came back for.
    fn portals_at_end(&mut self, last: Stamp, sink: &mut impl Sink) {
        let tried = self.wires.iter().filter(|(_, wire)| {
            let old = |first: Stamp| last.time.since(first.time) >= SYN_MIN;
            let half = wire.half(Direction::ToInitiator);
            !wire.accepted
                && half.ended.is_none()
                && wire.syn.is_some_and(|(first, count)| count > 1 && old(first))
        });
        let mut tried: Vec<(Ends, Stamp)> =
            tried.filter_map(|(ends, wire)| Some((*ends, wire.syn?.0))).collect();
        tried.sort_by_key(|(_, first)| (first.time, first.frame));
        for (ends, first) in tried {
            let text: Box<str> = format!("{} does not answer SYNs", ends.target).into();
            let moment = Moment { stamp: first, kind: MomentKind::Tcp, text };
            if !self.is_part_of_outage(ends, &moment) {
                self.no_connection(ends, false, first, sink);
            }
        }
    }

    fn new_incident(
        &mut self,
        key: &Key,
        id: ConnectionId,
        what: What,
        at: Stamp,
        ledger: &Ledger,
        sink: &mut impl Sink,
    ) {
        let session = self.sessions.entry(key.clone()).or_default();
        let case = Case { what: &[what], at, ledger, session };
        // A login that fails during an outage is part of the outage.
        let relogin = !matches!(what, What::RecoveryTimedOut { .. })
            && ledger.login.done.is_none()
            && ledger.login.began.is_some();
        if relogin
            && let Some(open) = self.open.iter_mut().find(|open| open.down && open.key == *key)
        {
            open.incident.led_to.failed_logins += 1;
            let text = case_of(&case).map_or_else(
                || "a login failed".to_owned(),
                |(found, _)| format!("a login failed: {}", found.cause.name()),
            );
            note(
                &mut open.incident,
                Moment { stamp: at, kind: MomentKind::Incident, text: text.into() },
            );
            open.last = at.time;
            open.told = false;
            return;
        }
        let Some((diagnosis, alternatives)) = case_of(&case) else { return };
        self.numbers += 1;
        let led_to = LedTo { commands_open: ledger.tasks.open_commands(), ..LedTo::default() };
        let incident = Incident {
            number: self.numbers,
            began: at,
            since_boot: false,
            what: vec![what],
            place: place(ledger),
            diagnosis,
            alternatives,
            led_to,
            timeline: timeline(ledger),
            flight: ledger.history.headers().copied().collect(),
        };
        sink(&incident, Change::New);
        if self.open.len() >= REMEMBERED {
            self.open.remove(0);
        }
        let down = case.is_down();
        let connection = (!matches!(what, What::RecoveryTimedOut { .. })).then_some(id);
        self.open.push(Open {
            key: key.clone(),
            connection,
            down,
            last: at.time,
            told: true,
            incident,
        });
    }

    fn more(&mut self, place: usize, what: What, at: Stamp, ledger: &Ledger, sink: &mut impl Sink) {
        let Some(open) = self.open.get_mut(place) else { return };
        let session = self.sessions.entry(open.key.clone()).or_default();
        let known = open
            .incident
            .what
            .iter_mut()
            .find(|known| std::mem::discriminant(*known) == std::mem::discriminant(&what));
        match known {
            // A second error of a connection that failed is a consequence.
            Some(What::ConnectionError(_)) => {}
            Some(known) => *known = what,
            None => open.incident.what.push(what),
        }
        open.last = at.time;
        let what = open.incident.what.clone();
        let case = Case { what: &what, at, ledger, session };
        open.down |= case.is_down();
        refresh(&mut open.incident, &case, ledger, sink);
    }

    /// More is known of a connection whose incident is under way: the rules look again.
    pub(super) fn look_again(&mut self, id: ConnectionId, at: Stamp, sink: &mut impl Sink) {
        let same = self.open.iter().position(|open| {
            open.connection == Some(id) && open.incident.led_to.recovered.is_none()
        });
        let Some(open) = same.and_then(|place| self.open.get_mut(place)) else { return };
        let handled = open.incident.what.iter().any(|what| matches!(what, What::TaskManagement(_)));
        if !open.down && !handled {
            return;
        }
        let Some(mut ledger) = self.ledgers.remove(&id) else { return };
        if let Some(wire) = ledger.place.ends.and_then(|ends| self.wires.get(&ends)) {
            ledger.wire = *wire;
        }
        let session = self.sessions.entry(open.key.clone()).or_default();
        let at = Stamp { time: Timestamp(open.last.0.max(open.incident.began.time.0)), ..at };
        let what = open.incident.what.clone();
        let case = Case { what: &what, at, ledger: &ledger, session };
        refresh(&mut open.incident, &case, &ledger, sink);
        self.ledgers.insert(id, ledger);
    }

    /// A session is logged in (again).
    pub(super) fn is_up(&mut self, id: ConnectionId, at: Stamp, sink: &mut impl Sink) {
        let key = self.key(id);
        let ends = self.ledgers.get(&id).and_then(|ledger| ledger.place.ends);
        let pair = ends.map(|ends| Key::Pair(ends.initiator.ip(), ends.target));
        let session = self.sessions.entry(key.clone()).or_default();
        session.current = Some(id);
        session.stopped = None;
        for open in &mut self.open {
            let same = open.key == key || Some(&open.key) == pair.as_ref();
            let is_over = open.down && open.connection != Some(id);
            if same && is_over && open.incident.led_to.recovered.is_none() {
                let lasted = at.time.since(open.incident.began.time);
                open.incident.led_to.recovered = Some((at, lasted));
                let text = "logged in again".into();
                note(&mut open.incident, Moment { stamp: at, kind: MomentKind::Incident, text });
                open.told = true;
                sink(&open.incident, Change::Changed);
            }
        }
        self.open.retain(|open| open.incident.led_to.recovered.is_none());
    }

    /// A session was logged out or removed on purpose.
    pub(super) fn is_gone(&mut self, key: &Key, at: Stamp, sink: &mut impl Sink) {
        for open in self.open.iter_mut().filter(|open| open.key == *key && open.down) {
            if open.incident.led_to.removed.is_none() {
                open.incident.led_to.removed = Some(at);
                let text = "the session was removed".into();
                note(&mut open.incident, Moment { stamp: at, kind: MomentKind::Incident, text });
                sink(&open.incident, Change::Changed);
            }
        }
        self.open.retain(|open| open.key != *key || !open.down);
    }

    /// Adds to what came of the outage of a session.
    pub(super) fn during(&mut self, key: &Key, add: impl Fn(&mut LedTo)) {
        if let Some(open) = self.open.iter_mut().rev().find(|open| open.key == *key && open.down) {
            add(&mut open.incident.led_to);
            open.told = false;
        }
    }

    /// Adds an entry to the timelines of a session's incidents.
    pub(super) fn note(&mut self, key: &Key, moment: &Moment) {
        for open in self.open.iter_mut().filter(|open| open.key == *key) {
            note(&mut open.incident, moment.clone());
            open.told = false;
        }
    }

    /// Whether a session of this key has an outage under way.
    pub(super) fn is_down(&self, key: &Key) -> bool {
        self.open.iter().any(|open| open.key == *key && open.down)
    }

    /// A connection ended.
    pub(super) fn life_ended(&mut self, id: ConnectionId, down: Stamp, by_target: bool) {
        let key = self.key(id);
        let up = self.ledgers.get(&id).and_then(|ledger| ledger.login.done);
        let session = self.sessions.entry(key).or_default();
        if session.lives.iter().all(|life| life.connection != id) {
            session.ended(Life { connection: id, up, down, by_target });
        }
    }

    /// Keeps memory bounded: what is over is forgotten.
    pub(super) fn forget(&mut self) {
        if self.ledgers.len() > REMEMBERED {
            let closed = self.ledgers.iter().filter(|(_, ledger)| ledger.closed.is_some());
            let oldest = closed.map(|(id, _)| *id).min();
            if let Some(id) = oldest.or_else(|| self.ledgers.keys().copied().min()) {
                self.ledgers.remove(&id);
                self.keys.remove(&id);
            }
        }
        for map_is_full in [self.wires.len() > REMEMBERED, self.by_ends.len() > REMEMBERED] {
            if map_is_full {
                let known: Vec<Ends> =
                    self.ledgers.values().filter_map(|ledger| ledger.place.ends).collect();
                self.wires.retain(|ends, _| known.contains(ends));
                self.by_ends.retain(|ends, _| known.contains(ends));
            }
        }
        if self.sessions.len() > REMEMBERED {
            self.sessions.clear();
        }
    }

    fn settle(&mut self, now: Timestamp) {
        self.open.retain(|open| open.down || now.since(open.last) < SETTLED);
    }
}

fn case_of(case: &Case<'_>) -> Option<(Diagnosis, Vec<(Cause, Confidence)>)> {
    if let Some(found) = rules::diagnose(case) {
        return Some(found);
    }
    // Only a failure that somebody reported, or that ended a connection in use, deserves an unexplained incident.
    let reported = case.code().is_some();
    let ended = case.ended_by_target().is_some() && case.ledger.is_up();
    let stuck = case.what.iter().any(|what| matches!(what, What::Unanswered { .. }));
    let leaving = case.ledger.orders.is_leaving();
    ((reported || ended || stuck) && !leaving).then(|| {
        let diagnosis = Diagnosis::new(Cause::Unknown, Confidence::Possible);
        (diagnosis.and(case.silence()).and(case.waiting()), Vec::new())
    })
}

fn refresh(incident: &mut Incident, case: &Case<'_>, ledger: &Ledger, sink: &mut impl Sink) {
    let Some((diagnosis, alternatives)) = rules::diagnose(case) else { return };
    let old = &incident.diagnosis;
    let better = diagnosis.confidence > old.confidence
        || diagnosis.confidence == old.confidence && diagnosis.cause != old.cause
        || old.cause == Cause::Unknown
        || diagnosis.cause == old.cause && diagnosis.evidence != old.evidence;
    let changed = diagnosis.cause != old.cause || diagnosis.confidence != old.confidence;
    if better {
        incident.diagnosis = diagnosis;
        incident.alternatives = alternatives;
        let open = ledger.tasks.open_commands();
        incident.led_to.commands_open = incident.led_to.commands_open.max(open);
        for moment in timeline(ledger) {
            if incident.timeline.last().is_none_or(|last| moment.stamp.time > last.stamp.time) {
                note(incident, moment);
            }
        }
    }
    if changed && better {
        sink(incident, Change::Changed);
    }
}

fn note(incident: &mut Incident, moment: Moment) {
    if incident.timeline.len() < TIMELINE {
        incident.timeline.push(moment);
    } else if let Some(last) = incident.timeline.last_mut() {
        *last = moment;
    }
}

fn place(ledger: &Ledger) -> super::incident::Place {
    let mut place = ledger.place.clone();
    let mut units: Vec<String> = ledger
        .tasks
        .commands()
        .filter_map(|task| Some(format!("LUN {}", task.request.lun()?)))
        .collect();
    units.sort();
    units.dedup();
    units.truncate(8);
    place.devices = units.into_iter().map(String::into_boxed_str).collect();
    place
}

/// The last headers and everything else that is remembered, in order.
fn timeline(ledger: &Ledger) -> Vec<Moment> {
    let headers = ledger.history.headers().rev().take(SHOWN_HEADERS).map(history::moment);
    let mut moments: Vec<Moment> = headers.collect();
    let from = moments.last().map_or(i64::MIN, |moment| moment.stamp.time.0);
    // What happened long before the last headers is another story.
    let notes =
        ledger.history.notes().filter(|note| note.stamp.time.0 >= from.saturating_sub(SETTLED));
    moments.extend(notes.cloned());
    moments.sort_by_key(|moment| (moment.stamp.time, moment.stamp.frame));
    moments
}
