//! Runs the session model over a source and tells what comes of it.

use iscsi_decoders::Timestamp;
use iscsi_decoders::pdu::Opcode;
use iscsi_decoders::scsi::{Cdb, OpClass};
use iscsi_decoders::stream::{self, ConnectionId, Stamp};

use super::{Class, ConnectionFact, Done, Fact, Gauges, Kept, LoginFact, LoginKey, SessionFact};
use crate::category::Categories;
use crate::filter::Filter;
use crate::model::{Connection, PduRecord, Record, Stage};
use crate::output::get;
use crate::source::Event;
use crate::why::{Driver, Told};

/// Records kept until [`Watch::keep_again`]: more than this nobody can read as they pass.
const KEPT_MAX: u32 = 1000;

/// The model and the engine, and what is to be told of them.
#[derive(Debug, Default)]
pub struct Watch {
    driver: Driver,
    connections: Vec<Followed>,
    /// Connections with something new since the last batch.
    changed: Vec<ConnectionId>,
    /// What was told of each session, to tell it again only when it changed.
    sessions: Vec<SessionFact>,
    facts: Vec<Fact>,
    /// Facts of the event under way: who it is about comes before them.
    pending: Vec<Fact>,
    tail: Tail,
}

/// What is remembered of a connection.
#[derive(Clone, Copy, Debug, Default)]
struct Followed {
    told: Option<(Option<usize>, Stage, (bool, bool))>,
    is_changed: bool,
    next_cmd_sn: Option<u32>,
    max_cmd_sn: Option<u32>,
}

/// Which records are kept.
#[derive(Debug)]
struct Tail {
    filter: Option<Filter>,
    categories: Categories,
    kept: u32,
    left: u64,
}

impl Default for Tail {
    fn default() -> Self {
        Self { filter: None, categories: Categories::all(), kept: 0, left: 0 }
    }
}

impl Watch {
    /// Keeps only records of these categories, and only those the filter holds for.
    pub fn keep(&mut self, categories: Categories, filter: Option<Filter>) {
        self.tail.categories = categories;
        self.tail.filter = filter;
    }

    /// Takes one event.
    pub fn observe(&mut self, event: &Event<'_>) {
        let Self { driver, pending, tail, .. } = self;
        driver.observe(event, &mut |told: Told<'_, '_>| take(&told, pending, tail));
        if let Event::Stream(event) = event {
            self.follow(event);
        }
        self.facts.append(&mut self.pending);
    }

    /// The source has ended: what is still open has no answer.
    pub fn finish(&mut self, last: Stamp) {
        let Self { driver, facts, tail, .. } = self;
        driver.finish(last, &mut |told: Told<'_, '_>| take(&told, facts, tail));
        self.facts.push(Fact::Time(last.time));
        self.gauges();
        self.facts.push(Fact::End);
    }

    /// Some time has passed: as many records are kept again as one can read.
    pub fn keep_again(&mut self) {
        self.tail.kept = 0;
    }

    /// Takes what there is to tell up to a time.
    pub fn batch(&mut self, now: Timestamp) -> Vec<Fact> {
        self.gauges();
        if self.tail.left > 0 {
            self.facts.push(Fact::NotKept(self.tail.left));
        }
        self.tail.left = 0;
        self.facts.push(Fact::Time(now));
        // The next batch will be about as long.
        let room = self.facts.len();
        std::mem::replace(&mut self.facts, Vec::with_capacity(room))
    }

    /// Facts that wait to be taken.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.facts.len()
    }

    fn follow(&mut self, event: &stream::Event<'_>) {
        let id = event.connection();
        let Some(place) = (id.0 as usize).checked_sub(1) else { return };
        if self.connections.len() <= place {
            self.connections.resize(place + 1, Followed::default());
        }
        let Some(connection) = self.driver.model().connections().get(place) else { return };
        let Some(followed) = self.connections.get_mut(place) else { return };
        if !followed.is_changed {
            followed.is_changed = true;
            self.changed.push(id);
        }
        let mut is_login = false;
        if let stream::Event::Pdu(pdu) = event {
            let opcode = pdu.header.opcode();
            is_login = matches!(opcode, Opcode::LOGIN_REQUEST | Opcode::LOGIN_RESPONSE);
            if let Some(sn) = pdu.header.cmd_sn().filter(|_| pdu.header.immediate() == Some(false))
            {
                followed.next_cmd_sn = Some(sn.wrapping_add(1));
            }
            followed.max_cmd_sn = pdu.header.max_cmd_sn().or(followed.max_cmd_sn);
        }
        let now = (connection.session, connection.login.stage, connection.digests);
        if followed.told != Some(now) || is_login {
            followed.told = Some(now);
            self.facts.push(Fact::Time(time_of(event)));
            let session = connection.session.and_then(|index| self.session(index));
            self.facts.extend(session.map(|session| Fact::Session(Box::new(session))));
            // Again, as the model cannot be borrowed meanwhile.
            let Some(connection) = self.driver.model().connections().get(place) else { return };
            self.facts.push(Fact::Connection(introduce(connection)));
            if is_login {
                self.facts.push(Fact::Login(Box::new(login(connection))));
            }
        }
    }

    /// What is new about a session.
    fn session(&mut self, index: usize) -> Option<SessionFact> {
        let session = self.driver.model().sessions().get(index)?;
        let fact = SessionFact {
            index,
            sid: session.sid,
            target: session.target.clone(),
            initiator: session.initiator.clone(),
            isid: session.isid,
            tsih: session.tsih,
            discovery: session.discovery,
        };
        if self.sessions.len() <= index {
            self.sessions
                .resize(index + 1, SessionFact { index: usize::MAX, ..SessionFact::default() });
        }
        let told = self.sessions.get_mut(index)?;
        if *told == fact {
            return None;
        }
        told.clone_from(&fact);
        Some(fact)
    }

    fn gauges(&mut self) {
        for id in self.changed.drain(..) {
            let Some(place) = (id.0 as usize).checked_sub(1) else { continue };
            let followed = self.connections.get_mut(place);
            let connection = self.driver.model().connections().get(place);
            let (Some(followed), Some(connection)) = (followed, connection) else { continue };
            followed.is_changed = false;
            let (outstanding, oldest) = connection.outstanding();
            let window = followed.max_cmd_sn.zip(followed.next_cmd_sn);
            // MaxCmdSN is the last that is taken; less than that is a closed window (RFC 7143, section 4.2.2.1).
            let window = window
                .map(|(max, next)| max.wrapping_sub(next).wrapping_add(1))
                .map(|free| if free > u32::MAX / 2 { 0 } else { free });
            let pdus = connection.pdus;
            self.facts.push(Fact::Gauges(Gauges {
                connection: id,
                pdus,
                outstanding,
                oldest,
                window,
            }));
        }
    }
}

fn time_of(event: &stream::Event<'_>) -> Timestamp {
    match event {
        stream::Event::Pdu(pdu) => pdu.stamp.time,
        stream::Event::Opened { stamp, .. }
        | stream::Event::Skipped { stamp, .. }
        | stream::Event::Closed { stamp, .. } => stamp.time,
    }
}

/// What the driver tells, to whoever watches.
fn take(told: &Told<'_, '_>, facts: &mut Vec<Fact>, tail: &mut Tail) {
    let record = match *told {
        Told::Record(record) => record,
        Told::Incident(incident, _) => {
            facts.push(Fact::Incident(Box::new(incident.clone())));
            return;
        }
    };
    match *record {
        Record::Pdu(ref pdu) => facts.extend(done(pdu).map(Fact::Done)),
        Record::Finding(finding) => facts.push(Fact::Finding(Box::new(finding.clone()))),
        Record::Kernel(ref kernel) => facts.push(Fact::Kernel(Box::new(kernel.event.clone()))),
        Record::Closed { connection, direction, stamp, reset } => {
            facts.push(Fact::Closed { connection, stamp, by: direction, reset });
        }
        Record::Skipped { connection, bytes, .. } => {
            facts.push(Fact::Skipped { connection, bytes });
        }
        Record::Opened { .. } | Record::Isns { .. } | Record::Dhcp { .. } => {}
    }
    let is_wanted = tail.categories.intersects(record.categories())
        && tail.filter.as_ref().is_none_or(|filter| filter.matches(|id| get(record, id)));
    if !is_wanted {
        return;
    }
    if tail.kept < KEPT_MAX {
        tail.kept += 1;
        facts.push(Fact::Kept(Box::new(Kept::new(record))));
    } else {
        tail.left += 1;
    }
}

fn done(record: &PduRecord<'_>) -> Option<Done> {
    let (timing, task) = (record.timing?, record.task?);
    if !task.is_scsi() {
        return None;
    }
    let lun = task.lun?;
    Some(Done {
        connection: record.pdu.connection,
        time: record.pdu.stamp.time,
        lun: lun.to_number().unwrap_or_else(|| lun.to_linux()),
        class: task.cdb().map_or(Class::Other, |cdb| class(&cdb)),
        service: timing.service.max(0),
        bytes_read: task.data_in,
        bytes_written: task.data_out,
        failed: record.pdu.header.status().is_some_and(|status| status != 0),
    })
}

/// The class of a command, as the probes tell them apart.
fn class(cdb: &Cdb<'_>) -> Class {
    match cdb.class() {
        OpClass::Read => Class::Read,
        OpClass::Write => Class::Write,
        OpClass::Flush => Class::Sync,
        OpClass::Unmap => Class::Unmap,
        _ => Class::Other,
    }
}

fn introduce(connection: &Connection) -> ConnectionFact {
    ConnectionFact {
        id: connection.id,
        session: connection.session,
        ends: connection.ends,
        opened: connection.opened,
        stage: connection.login.stage,
        digests: connection.digests,
    }
}

fn login(connection: &Connection) -> LoginFact {
    let login = &connection.login;
    let key = |entry: &crate::model::Negotiated| LoginKey {
        name: entry.key.clone(),
        requested: entry.requested.clone(),
        offered: entry.offered.clone(),
        in_force: entry.result().map(str::to_owned),
        default: entry.default(),
    };
    LoginFact {
        connection: connection.id,
        steps: login.steps.iter().map(|step| (step.stage, step.requests, step.duration)).collect(),
        keys: login.negotiation.entries().map(key).collect(),
    }
}
