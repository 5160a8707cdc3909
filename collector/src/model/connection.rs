//! One connection: its login, its open tasks, its numbers.

use iscsi_decoders::Timestamp;
use iscsi_decoders::pdu::ahs::{self, Ahs};
use iscsi_decoders::pdu::{Digest, Direction, Opcode, RESERVED_TAG};
use iscsi_decoders::scsi::{DeviceType, Lun};
use iscsi_decoders::stream::{ConnectionId, Ends, Pdu, Stamp};

use super::exchange;
use super::finding::{Finding, Kind};
use super::login::{Login, Stage};
use super::sequence::Numbers;
use super::session::Sessions;
use super::task::{Task, Tasks};
use super::{PduRecord, Record, Sink};
use crate::category::Categories;

/// Unanswered for this long at the end of a capture is a finding; less may just be the capture's end.
const UNANSWERED_MIN: i64 = 5_000_000_000;

/// Of the tasks a dying connection takes with it, this many are listed one by one.
const LISTED_TASKS: usize = 32;

/// Pings of the target waiting for an answer; more are not remembered.
const PINGS_MAX: usize = 64;

/// A TCP connection that carries iSCSI.
#[derive(Debug)]
pub struct Connection {
    /// Its number.
    pub id: ConnectionId,
    /// Its ends.
    pub ends: Ends,
    /// Its first PDU.
    pub opened: Stamp,
    /// Its end, who closed it, and whether by reset.
    pub closed: Option<(Stamp, Direction, bool)>,
    /// The session it belongs to, by position; unknown until the login names it or the first task needs one.
    pub session: Option<usize>,
    /// Its login.
    pub login: Login,
    /// PDUs seen.
    pub pdus: u64,
    /// Bytes that could not be decoded.
    pub skipped: u64,
    /// Whether digests were seen: header, data.
    pub digests: (bool, bool),
    from_start: bool,
    tasks: Tasks,
    pings: Vec<(u32, Stamp)>,
    numbers: Numbers,
    /// A CDB longer than the header's 16 bytes; kept for reuse.
    long_cdb: Vec<u8>,
}

impl Connection {
    pub(super) fn new(id: ConnectionId, ends: Ends, opened: Stamp, from_start: bool) -> Self {
        Self {
            id,
            ends,
            opened,
            closed: None,
            session: None,
            login: Login::default(),
            pdus: 0,
            skipped: 0,
            digests: (false, false),
            from_start,
            tasks: Tasks::default(),
            pings: Vec::new(),
            numbers: Numbers::default(),
            long_cdb: Vec::new(),
        }
    }

    /// Whether every PDU from the first on was decoded, so that something absent was never sent.
    fn is_whole(&self) -> bool {
        self.from_start && self.skipped == 0
    }

    pub(super) fn pdu(
        &mut self,
        pdu: &Pdu<'_>,
        sessions: &mut Sessions,
        findings: &mut Vec<Finding>,
        out: &mut impl Sink,
    ) {
        self.pdus += 1;
        let header = pdu.header;
        let mut found = Vec::new();
        if matches!(header.opcode(), Opcode::LOGIN_REQUEST | Opcode::LOGIN_RESPONSE) {
            let named = self.login.take(pdu, self.id, sessions, &mut found);
            self.session = named.or(self.session);
        }
        let session = *self.session.get_or_insert_with(|| sessions.nameless(self.id));
        if self.login.stage == Stage::FullFeature && header.opcode() == Opcode::LOGIN_RESPONSE {
            sessions.logged_in(session, header.tsih());
        }
        self.transport_checks(pdu, sessions, session, &mut found);

        let tag = header.initiator_task_tag();
        if let Some(task) = self.opened_by(pdu, sessions, session) {
            exchange::request(&task, pdu, self.login.limits, &mut found);
            // Each request of a login or text exchange carries the same tag; that is no loss.
            let goes_on = matches!(header.opcode(), Opcode::LOGIN_REQUEST | Opcode::TEXT_REQUEST);
            if let Some(old) = self.tasks.open(task).filter(|_| !goes_on && self.is_whole()) {
                found.push(no_response(&old, pdu.stamp.time));
            }
        }
        let open = tag != RESERVED_TAG;
        if let Some(task) = self.tasks.get(tag).filter(|_| open) {
            exchange::data(task, pdu, self.login.limits, &mut found);
        } else if open && self.is_whole() && expects_task(header.opcode()) {
            found
                .push(Kind::ResponseWithoutTask { what: header.opcode().title().unwrap_or("PDU") });
        }
        let done = if open && exchange::ends_task(header) { self.tasks.close(tag) } else { None };
        let timing =
            done.as_ref().map(|task| task.phases.timing(task.started.time, pdu.stamp.time));
        {
            let task = match &done {
                Some(task) => Some(task),
                None if open => self.tasks.get(tag).map(|task| &*task),
                None => None,
            };
            let categories = categories(pdu);
            let cdb = whole_cdb(pdu, &mut self.long_cdb);
            out(&Record::Pdu(PduRecord { pdu, task, cdb, timing, categories }));
        }
        if let (Some(task), Some(timing)) = (done, timing) {
            self.complete(&task, pdu);
            if self.is_whole() {
                exchange::residual(&task, pdu, &mut found);
            }
            if task.is_scsi()
                && let Some(session) = sessions.get(session)
            {
                session.commands.complete(&task, timing, failed(pdu));
            }
            self.tasks.recycle(task);
        }
        self.pings(pdu);
        self.learn(pdu, sessions, session);
        let stamp = pdu.stamp;
        let tag = open.then_some(tag);
        findings.extend(found.into_iter().map(|kind| Finding {
            connection: self.id,
            stamp,
            initiator_task_tag: tag,
            kind,
        }));
    }

    /// What holds for every PDU, whatever it says.
    fn transport_checks(
        &mut self,
        pdu: &Pdu<'_>,
        sessions: &mut Sessions,
        session: usize,
        found: &mut Vec<Kind>,
    ) {
        for (data, digest) in [(false, pdu.header_digest), (true, pdu.data_digest)] {
            if let Digest::Bad { sent, computed } = digest {
                found.push(Kind::DigestBad { data, direction: pdu.direction, sent, computed });
            }
        }
        self.digests.0 |= pdu.header_digest != Digest::None;
        self.digests.1 |= pdu.data_digest != Digest::None;
        let length = pdu.header.data_segment_length();
        if let Some(limit) = self.login.segment_limit(pdu.direction)
            && u64::from(length) > limit
        {
            found.push(Kind::SegmentTooLong { length, limit });
        }
        let alone = sessions.get(session).is_some_and(|session| session.open == 1);
        found.extend(self.numbers.check(pdu.header, pdu.stamp.time, alone));
        match pdu.header.opcode() {
            Opcode::REJECT => {
                found.extend(pdu.header.reason().map(|reason| Kind::Rejected { reason }));
            }
            Opcode::ASYNC_MESSAGE => {
                found.extend(pdu.header.async_event().map(|event| Kind::AsyncEvent { event }));
            }
            _ => {}
        }
    }

    /// The task this PDU opens, if it is a request that will be answered.
    fn opened_by(&self, pdu: &Pdu<'_>, sessions: &mut Sessions, session: usize) -> Option<Task> {
        let header = pdu.header;
        let opens = match header.opcode() {
            Opcode::NOP_OUT => header.initiator_task_tag() != RESERVED_TAG,
            Opcode::SCSI_COMMAND
            | Opcode::TMF_REQUEST
            | Opcode::LOGIN_REQUEST
            | Opcode::TEXT_REQUEST
            | Opcode::LOGOUT_REQUEST => true,
            _ => false,
        };
        let device = |lun: Lun| sessions.get(session)?.device(lun);
        opens.then(|| Task::new(*header, pdu.stamp, header.lun().and_then(device)))
    }

    /// What else an answer settles.
    fn complete(&mut self, task: &Task, pdu: &Pdu<'_>) {
        match (task.request.function(), pdu.header.response()) {
            (Some(1), Some(0 | 1)) => {
                let aborted = task.request.referenced_task_tag();
                self.tasks.forget(|other| aborted == Some(other.request.initiator_task_tag()));
            }
            (Some(2 | 4 | 5), Some(0)) => {
                self.tasks.forget(|other| other.is_scsi() && other.lun == task.lun);
            }
            (Some(6 | 7 | 11), Some(0)) => self.tasks.forget(Task::is_scsi),
            _ => {}
        }
        if pdu.header.opcode() == Opcode::LOGOUT_RESPONSE && pdu.header.response() == Some(0) {
            self.login.stage = Stage::LoggedOut;
        }
    }

    /// Pings of the target and the initiator's answers.
    fn pings(&mut self, pdu: &Pdu<'_>) {
        let Some(tag) = pdu.header.target_transfer_tag().filter(|&tag| tag != RESERVED_TAG) else {
            return;
        };
        match pdu.header.opcode() {
            Opcode::NOP_IN if self.pings.len() < PINGS_MAX => self.pings.push((tag, pdu.stamp)),
            Opcode::NOP_OUT => self.pings.retain(|(ping, _)| *ping != tag),
            _ => {}
        }
    }

    /// An INQUIRY's data tells what kind of device answers.
    fn learn(&mut self, pdu: &Pdu<'_>, sessions: &mut Sessions, session: usize) {
        if pdu.header.opcode() != Opcode::DATA_IN || pdu.header.buffer_offset() != Some(0) {
            return;
        }
        const INQUIRY: u8 = 0x12;
        let task = self.tasks.get(pdu.header.initiator_task_tag());
        if let Some(task) = task
            && task.request.cdb().is_some_and(|cdb| cdb.first() == Some(&INQUIRY))
            && let (Some(lun), Some(device)) = (task.lun, DeviceType::from_inquiry(pdu.data))
            && let Some(session) = sessions.get(session)
        {
            session.learn_device(lun, device);
        }
    }

    /// Bytes are missing: what was expected may have been among them.
    pub(super) fn lost(&mut self, bytes: u64) {
        self.skipped += bytes;
        self.numbers.forget();
        self.tasks.forget(|_| true);
        self.pings.clear();
    }

    pub(super) fn close(
        &mut self,
        direction: Direction,
        stamp: Stamp,
        reset: bool,
        sessions: &mut Sessions,
        findings: &mut Vec<Finding>,
    ) {
        self.closed = Some((stamp, direction, reset));
        if let Some(session) = self.session {
            sessions.closed(session);
        }
        if let Some(stage) = self.login.unfinished() {
            self.tasks.forget(|_| true);
            findings.push(self.finding(stamp, None, Kind::LoginUnfinished { stage }));
        }
        let tasks = self.tasks.len();
        if tasks > 0 {
            let kind = Kind::ClosedWithTasks { by: direction, reset, tasks };
            findings.push(self.finding(stamp, None, kind));
        }
        self.unanswered(stamp, 0, findings);
    }

    pub(super) fn finish(&mut self, last: Stamp, findings: &mut Vec<Finding>) {
        self.unanswered(last, UNANSWERED_MIN, findings);
    }

    fn unanswered(&mut self, stamp: Stamp, at_least: i64, findings: &mut Vec<Finding>) {
        let now = stamp.time;
        let old = |since: Timestamp| now.since(since) >= at_least;
        let tasks = self.tasks.drain();
        for task in tasks.iter().filter(|task| old(task.started.time)).take(LISTED_TASKS) {
            let tag = Some(task.request.initiator_task_tag());
            findings.push(self.finding(stamp, tag, no_response(task, now)));
        }
        for (_, since) in std::mem::take(&mut self.pings) {
            let waited = now.since(since.time);
            if waited >= UNANSWERED_MIN {
                let kind = Kind::NopUnanswered { from: Direction::ToInitiator, waited };
                findings.push(self.finding(stamp, None, kind));
            }
        }
        if let Some(kind) = self.numbers.end_of_window(now) {
            findings.push(self.finding(stamp, None, kind));
        }
    }

    fn finding(&self, stamp: Stamp, initiator_task_tag: Option<u32>, kind: Kind) -> Finding {
        Finding { connection: self.id, stamp, initiator_task_tag, kind }
    }
}

fn no_response(task: &Task, now: Timestamp) -> Kind {
    let waited = now.since(task.started.time);
    match task.request.opcode() {
        Opcode::NOP_OUT => Kind::NopUnanswered { from: Direction::ToTarget, waited },
        _ => Kind::NoResponse { what: task.what(), waited },
    }
}

/// The CDB in one piece; `long` is where one that continues in an AHS is put together.
fn whole_cdb<'a>(pdu: &Pdu<'a>, long: &'a mut Vec<u8>) -> Option<&'a [u8]> {
    let head = pdu.header.cdb()?;
    let tail = ahs::segments(pdu.ahs).find_map(|segment| match segment {
        Ahs::ExtendedCdb(tail) => Some(tail),
        _ => None,
    });
    let Some(tail) = tail else { return Some(head) };
    long.clear();
    long.extend_from_slice(head);
    long.extend_from_slice(tail);
    Some(long)
}

/// PDUs that make sense only for a task that is open.
fn expects_task(opcode: Opcode) -> bool {
    matches!(
        opcode,
        Opcode::SCSI_RESPONSE
            | Opcode::DATA_IN
            | Opcode::R2T
            | Opcode::TMF_RESPONSE
            | Opcode::TEXT_RESPONSE
            | Opcode::LOGOUT_RESPONSE
            | Opcode::NOP_IN
    )
}

fn failed(pdu: &Pdu<'_>) -> bool {
    pdu.header.response().unwrap_or(0) != 0 || pdu.header.status().unwrap_or(0) != 0
}

/// The debug categories that show a PDU.
fn categories(pdu: &Pdu<'_>) -> Categories {
    let errors = |is_error: bool| if is_error { Categories::ERRORS } else { Categories::empty() };
    let header = pdu.header;
    Categories::PDUS
        | match header.opcode() {
            Opcode::LOGIN_RESPONSE if header.status_class() != Some(0) => {
                Categories::LOGIN | Categories::LOGIN_ERRS | Categories::ERRORS
            }
            Opcode::LOGIN_REQUEST
            | Opcode::LOGIN_RESPONSE
            | Opcode::TEXT_REQUEST
            | Opcode::TEXT_RESPONSE => Categories::LOGIN,
            Opcode::LOGOUT_REQUEST | Opcode::LOGOUT_RESPONSE => {
                Categories::LOGIN | Categories::SESSION
            }
            Opcode::SCSI_COMMAND => Categories::SCSI,
            Opcode::SCSI_RESPONSE => Categories::SCSI | errors(failed(pdu)),
            Opcode::DATA_IN if header.carries_status() => {
                Categories::DATA | Categories::SCSI | errors(failed(pdu))
            }
            Opcode::DATA_IN | Opcode::DATA_OUT | Opcode::R2T => Categories::DATA,
            Opcode::NOP_OUT | Opcode::NOP_IN => Categories::NOPS,
            Opcode::TMF_REQUEST | Opcode::TMF_RESPONSE => Categories::TMF | Categories::EH,
            Opcode::ASYNC_MESSAGE => Categories::SESSION | Categories::ERRORS,
            Opcode::REJECT | Opcode::SNACK_REQUEST => Categories::ERRORS,
            _ => Categories::empty(),
        }
}
