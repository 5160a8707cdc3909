//! One connection: its login, its open tasks, its numbers.

use iscsi_decoders::Timestamp;
use iscsi_decoders::pdu::{Bhs, Digest, Direction, Opcode, RESERVED_TAG};
use iscsi_decoders::scsi::{DeviceType, Lun};
use iscsi_decoders::stream::{ConnectionId, Ends, Pdu, Stamp};

use super::ending::Ending;
use super::exchange::{self, Rules};
use super::finding::{Finding, Kind};
use super::kernel::Kernel;
use super::login::{Login, Stage};
use super::pings::Pings;
use super::sequence::{Numbers, Sharing};
use super::session::{Session, Sessions};
use super::task::{Task, Tasks};
use super::{PduRecord, Record, Sink, categories, cdb};

/// Unanswered for this long at the end of a capture is a finding; less may just be the capture's end.
const UNANSWERED_MIN: i64 = 5_000_000_000;

/// Of the tasks a dying connection takes with it, this many are listed one by one.
const LISTED_TASKS: usize = 32;

/// Where connections belong.
pub(super) struct Place<'m> {
    pub sessions: &'m mut Sessions,
    pub kernel: &'m mut Kernel,
}

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
    /// Some of its PDUs are not seen: lost by the probes, or moved by an adapter.
    partial: bool,
    /// The target's name, if it is known.
    target: Option<Box<str>>,
    /// The last packet a PDU ended in.
    latest: Stamp,
    /// Nothing was sent again, moved here from another connection or damaged, so that numbers only go on.
    orderly: bool,
    tasks: Tasks,
    pings: Pings,
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
            partial: false,
            target: None,
            latest: opened,
            orderly: true,
            tasks: Tasks::default(),
            pings: Pings::default(),
            numbers: Numbers::default(),
            long_cdb: Vec::new(),
        }
    }

    /// SCSI commands without an answer, and since when the oldest of them waits.
    pub fn outstanding(&self) -> (u32, Option<Timestamp>) {
        self.tasks.outstanding()
    }

    /// Whether every PDU from the first on was decoded and sent once, so that something absent was never sent.
    fn is_whole(&self) -> bool {
        self.from_start && !self.partial && self.skipped == 0 && self.orderly
    }

    /// Follows a PDU. Answers what it ends besides its own task.
    pub(super) fn pdu(
        &mut self,
        pdu: &Pdu<'_>,
        mut place: Place<'_>,
        findings: &mut Vec<Finding>,
        out: &mut impl Sink,
    ) -> Option<Ending> {
        self.pdus += 1;
        let mut found = Vec::new();
        self.digests(pdu, &mut found);
        let tag = Some(pdu.header.initiator_task_tag()).filter(|&tag| tag != RESERVED_TAG);
        let mut ending = None;
        if matches!(pdu.header_digest, Digest::Bad { .. }) {
            // None of the header's fields can be believed; its receiver drops the PDU.
            self.orderly = false;
            self.numbers.forget();
            self.show(pdu, None, out);
        } else {
            self.login(pdu, &mut place, &mut found);
            let sessions = place.sessions;
            self.segment(pdu, &mut found);
            self.notices(pdu, &mut found);
            if !self.tasks.is_retry(pdu.header) {
                self.numbers(pdu, sessions, &mut found);
                self.open(pdu, tag, sessions, &mut found);
            }
            let done = self.task(pdu, tag, &mut found);
            self.show(pdu, done.as_ref(), out);
            self.learn(pdu, done.as_ref(), sessions);
            self.pings.take(pdu);
            if let Some(task) = done {
                ending = self.complete(task, pdu, sessions, &mut found);
            }
        }
        if !self.is_late(pdu.stamp) {
            self.latest = pdu.stamp;
        }
        findings.extend(found.into_iter().map(|kind| self.finding(pdu.stamp, tag, kind)));
        ending
    }

    /// Whether a later packet than this PDU's has been seen.
    fn is_late(&self, stamp: Stamp) -> bool {
        stamp.frame < self.latest.frame
    }

    fn digests(&mut self, pdu: &Pdu<'_>, found: &mut Vec<Kind>) {
        for (data, digest) in [(false, pdu.header_digest), (true, pdu.data_digest)] {
            if let Digest::Bad { sent, computed } = digest {
                found.push(Kind::DigestBad { data, direction: pdu.direction, sent, computed });
            }
        }
        self.digests.0 |= pdu.header_digest != Digest::None;
        self.digests.1 |= pdu.data_digest != Digest::None;
    }

    /// Login, and where the connection belongs.
    fn login(&mut self, pdu: &Pdu<'_>, place: &mut Place<'_>, found: &mut Vec<Kind>) {
        let Place { sessions, kernel } = place;
        let sid = pdu.origin.and_then(|origin| origin.session);
        match pdu.header.opcode() {
            Opcode::LOGIN_REQUEST | Opcode::LOGIN_RESPONSE => {
                let named = self.login.take(pdu, self.id, sessions, found);
                if let Some(index) = named {
                    self.belongs_to(index, sid, sessions, kernel);
                }
                if self.login.stage == Stage::FullFeature
                    && pdu.header.opcode() == Opcode::LOGIN_RESPONSE
                    && let Some(session) = self.session
                {
                    let Login { limits, joins, .. } = self.login;
                    self.login.limits =
                        sessions.logged_in(session, pdu.header.tsih(), limits, joins);
                }
            }
            opcode => {
                if self.session.is_none() {
                    let known = sid.and_then(|sid| kernel.session(sid));
                    let index = sessions.unintroduced(known, self.id);
                    self.belongs_to(index, sid, sessions, kernel);
                }
                if matches!(opcode, Opcode::TEXT_REQUEST | Opcode::TEXT_RESPONSE) {
                    self.login.text(pdu);
                }
            }
        }
    }

    fn belongs_to(
        &mut self,
        index: usize,
        sid: Option<u32>,
        sessions: &mut Sessions,
        kernel: &mut Kernel,
    ) {
        self.session = Some(index);
        if let Some(sid) = sid {
            self.partial |= kernel.session(sid).is_some_and(|known| known.partial);
            kernel.place(sid, index);
        }
        let session = sessions.get(index);
        if let Some(session) = session {
            session.sid = sid.or(session.sid);
            self.target = session.target.as_deref().map(Box::from);
        }
    }

    /// PDUs were lost on their way out of the kernel: what seems to be missing may have been among them.
    pub(super) fn doubt(&mut self) {
        self.partial = true;
        self.numbers.forget();
        self.tasks.doubt();
        self.pings.forget();
    }

    /// CmdSN, StatSN and the command window.
    fn numbers(&mut self, pdu: &Pdu<'_>, sessions: &Sessions, found: &mut Vec<Kind>) {
        let session = self.session.and_then(|session| sessions.all().get(session));
        let sharing = session.map_or_else(Sharing::default, Session::sharing);
        match pdu.direction {
            Direction::ToTarget => self.numbers.request(pdu.header, sharing, found),
            Direction::ToInitiator => {
                self.numbers.answer(pdu, sharing, self.orderly, found);
            }
        }
    }

    fn segment(&self, pdu: &Pdu<'_>, found: &mut Vec<Kind>) {
        // What was declared holds from full feature phase on.
        if matches!(pdu.header.opcode(), Opcode::LOGIN_REQUEST | Opcode::LOGIN_RESPONSE) {
            return;
        }
        let length = pdu.header.data_segment_length();
        if let Some(limit) = self.login.segment_limit(pdu.direction)
            && u64::from(length) > limit
        {
            found.push(Kind::SegmentTooLong { length, limit });
        }
    }

    /// PDUs that say themselves that something is out of the ordinary.
    fn notices(&mut self, pdu: &Pdu<'_>, found: &mut Vec<Kind>) {
        /// DataACK only says what has arrived; the other types ask for it again.
        const DATA_ACK: u8 = 2;
        const TASK_REASSIGN: u8 = 8;
        let header = pdu.header;
        let opcode = header.opcode();
        if !opcode.is_known() || opcode.direction() != pdu.direction {
            found.push(Kind::BadOpcode { opcode: opcode.0, direction: pdu.direction });
        }
        match opcode {
            Opcode::REJECT => {
                found.extend(header.reason().map(|reason| Kind::Rejected { reason }));
                let rejected = Bhs::parse(pdu.data);
                if let Some(request) = rejected
                    && let Some(task) = self.tasks.get(request.initiator_task_tag())
                {
                    task.rejected |= task.request.opcode() == request.opcode();
                }
            }
            Opcode::ASYNC_MESSAGE => {
                found.extend(header.async_event().map(|event| Kind::AsyncEvent { event }));
            }
            Opcode::SNACK_REQUEST => self.orderly &= header.snack_type() == Some(DATA_ACK),
            // The tasks of a lost connection go on here.
            Opcode::TMF_REQUEST => self.orderly &= header.function() != Some(TASK_REASSIGN),
            _ => {}
        }
    }

    /// Opens the task of a request that will be answered.
    fn open(
        &mut self,
        pdu: &Pdu<'_>,
        tag: Option<u32>,
        sessions: &Sessions,
        found: &mut Vec<Kind>,
    ) {
        let header = pdu.header;
        let opens = matches!(
            header.opcode(),
            Opcode::NOP_OUT
                | Opcode::SCSI_COMMAND
                | Opcode::TMF_REQUEST
                | Opcode::LOGIN_REQUEST
                | Opcode::TEXT_REQUEST
                | Opcode::LOGOUT_REQUEST
        );
        // A NOP-Out without a tag wants no answer.
        if !opens || tag.is_none() {
            return;
        }
        let device = |lun: Lun| sessions.all().get(self.session?)?.device(lun);
        let mut task = Task::new(*header, pdu.ahs, pdu.stamp, header.lun().and_then(device));
        // Where decoding had to wait for more, what answers the request may have come out before it.
        task.whole = !self.is_late(pdu.stamp);
        exchange::request(&task, pdu, self.rules(), found);
        let Some(old) = self.tasks.open(task) else { return };
        // Each request of a login or text exchange carries the same tag; that is no loss.
        let goes_on = matches!(header.opcode(), Opcode::LOGIN_REQUEST | Opcode::TEXT_REQUEST);
        if !goes_on && old.is_owed_answer() && self.is_whole() {
            found.push(no_response(&old, pdu.stamp.time));
        }
        self.tasks.recycle(old);
    }

    /// Follows the PDU in its task; answers the task if that is its end.
    fn task(&mut self, pdu: &Pdu<'_>, tag: Option<u32>, found: &mut Vec<Kind>) -> Option<Task> {
        let tag = tag?;
        let opcode = pdu.header.opcode();
        let rules = self.rules();
        if let Some(task) = self.tasks.get(tag) {
            let known = found.len();
            exchange::data(task, pdu, rules, found);
            if !task.whole {
                found.truncate(known);
            }
        } else if self.is_whole() && self.closed.is_none() && exchange::expects_task(opcode) {
            found.push(Kind::ResponseWithoutTask { what: opcode.title().unwrap_or("PDU") });
        }
        if exchange::ends_task(pdu.header) { self.tasks.close(tag) } else { None }
    }

    fn rules(&self) -> Rules {
        Rules { limits: self.login.limits, orderly: self.orderly }
    }

    fn show(&mut self, pdu: &Pdu<'_>, done: Option<&Task>, out: &mut impl Sink) {
        let timing = done.map(|task| task.phases.timing(task.started.time, pdu.stamp.time));
        let tag = pdu.header.initiator_task_tag();
        let is_believed = !matches!(pdu.header_digest, Digest::Bad { .. });
        let task = match done {
            None if is_believed => self.tasks.get(tag).map(|task| &*task),
            done => done,
        };
        let cdb = cdb::whole(pdu, &mut self.long_cdb);
        let (target, categories) = (self.target.as_deref(), categories::of(pdu));
        out(&Record::Pdu(PduRecord { pdu, task, cdb, timing, target, categories }));
    }

    /// What an answer that ends its task settles.
    fn complete(
        &mut self,
        task: Task,
        pdu: &Pdu<'_>,
        sessions: &mut Sessions,
        found: &mut Vec<Kind>,
    ) -> Option<Ending> {
        if task.is_scsi() {
            if self.is_whole() && task.whole {
                exchange::residual(&task, pdu, found);
            }
            if let Some(session) = self.session.and_then(|session| sessions.get(session)) {
                let timing = task.phases.timing(task.started.time, pdu.stamp.time);
                session.commands.complete(&task, timing, categories::failed(pdu));
            }
        }
        let ending = Ending::of(&task.request, pdu.header);
        self.tasks.recycle(task);
        ending
    }

    /// Tasks of this connection may have ended by an answer here or on another connection of the session.
    pub(super) fn end(&mut self, ending: Ending) {
        let cid = self.login.cid;
        self.tasks.forget(|task| ending.ends(task, cid));
        if ending.logs_out(cid) {
            self.login.stage = Stage::LoggedOut;
            self.pings.forget();
            self.numbers.forget();
        }
    }

    /// An INQUIRY's data tells what kind of device answers.
    fn learn(&mut self, pdu: &Pdu<'_>, done: Option<&Task>, sessions: &mut Sessions) {
        const INQUIRY: u8 = 0x12;
        if pdu.header.opcode() != Opcode::DATA_IN || pdu.header.buffer_offset() != Some(0) {
            return;
        }
        let open = self.tasks.get(pdu.header.initiator_task_tag());
        if let Some(task) = done.or(open.map(|task| &*task))
            && task.request.cdb().is_some_and(|cdb| cdb.first() == Some(&INQUIRY))
            && let (Some(lun), Some(device)) = (task.lun, DeviceType::from_inquiry(pdu.data))
            && let Some(session) = self.session.and_then(|session| sessions.get(session))
        {
            session.learn_device(lun, device);
        }
    }

    /// Bytes are missing: what was expected may have been among them.
    pub(super) fn lost(&mut self, direction: Direction, bytes: u64) {
        self.skipped += bytes;
        self.numbers.forget();
        match direction {
            // A lost request may use the tag of one whose answer is lost as well.
            Direction::ToTarget => self.tasks.forget(|_| true),
            Direction::ToInitiator => self.tasks.doubt(),
        }
        self.pings.forget();
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
            sessions.closed(session, self.id);
        }
        if let Some(stage) = self.login.unfinished() {
            self.tasks.forget(|_| true);
            findings.push(self.finding(stamp, None, Kind::LoginUnfinished { stage }));
        }
        if !reset && direction == Direction::ToTarget {
            // An initiator that has said goodbye may leave before it hears the answer.
            self.tasks.forget(|task| task.request.opcode() == Opcode::LOGOUT_REQUEST);
        }
        let tasks = self.tasks.waiting();
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
        let tasks = tasks.iter().filter(|task| old(task.started.time) && task.is_owed_answer());
        for task in tasks.take(LISTED_TASKS) {
            let tag = Some(task.request.initiator_task_tag());
            findings.push(self.finding(stamp, tag, no_response(task, now)));
        }
        for kind in self.pings.unanswered(now, UNANSWERED_MIN) {
            findings.push(self.finding(stamp, None, kind));
        }
        if let Some(kind) = self.numbers.end_of_window(now) {
            findings.push(self.finding(stamp, None, kind));
        }
    }

    #[cfg(test)]
    pub(super) fn open_tasks(&self) -> usize {
        self.tasks.open_count()
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
