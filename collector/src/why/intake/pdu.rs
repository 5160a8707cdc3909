//! PDUs.

use iscsi_decoders::pdu::{Digest, Direction, Opcode, RESERVED_TAG};
use iscsi_decoders::stream::{Pdu, Stamp};

use crate::model::PduRecord;
use crate::why::engine::{Engine, Key, Sink};
use crate::why::incident::{Flown, What};
use crate::why::ledger::login::Phase;
use crate::why::ledger::recovery::Step;
use crate::why::ledger::{BadDigest, LastPdu, Ledger, Ping, index};
use iscsi_decoders::catalogue::{self, Space};
use iscsi_decoders::pdu::keys;

/// A command that takes longer is worth telling.
const SLOW: i64 = 1_000_000_000;
/// TASK REASSIGN moves a task and ends nothing.
const TASK_REASSIGN: u8 = 8;

impl Engine {
    pub(in crate::why) fn pdu(&mut self, record: &PduRecord<'_>, sink: &mut impl Sink) {
        let pdu = record.pdu;
        let id = pdu.connection;
        let Some(ledger) = self.ledgers.get_mut(&id) else { return };
        let was_up = ledger.login.done.is_some();
        ledger.sees.pdus = !self.selective;
        let trouble = take(ledger, record);
        let is_up = !was_up && ledger.login.done.is_some();
        if pdu.header.opcode() == Opcode::LOGIN_REQUEST || !self.keys.contains_key(&id) {
            self.introduce(record);
            self.reinstates(pdu);
        }
        if is_up {
            self.is_up(id, pdu.stamp, sink);
        }
        match trouble {
            None => {}
            // Only answers may explain more of what is under way.
            Some(Trouble::More) => self.look_again(id, sink),
            Some(Trouble::What(what)) => self.trouble(id, what, pdu.stamp, sink),
            Some(Trouble::Slow(took)) => self.slow(id, took, pdu.stamp, sink),
        }
    }

    /// Learns whose connection it is.
    fn introduce(&mut self, record: &PduRecord<'_>) {
        let pdu = record.pdu;
        let Some(ledger) = self.ledgers.get_mut(&pdu.connection) else { return };
        if let Some(origin) = pdu.origin {
            ledger.place.session = origin.session;
            ledger.place.cid = origin.cid;
        }
        if ledger.place.target.is_none() {
            ledger.place.target = record.target.map(Box::from);
        }
        if pdu.header.opcode() == Opcode::LOGIN_REQUEST {
            for (key, value) in keys::pairs(pdu.text) {
                match key {
                    "InitiatorName" => ledger.place.initiator = Some(value.into()),
                    "TargetName" => ledger.place.target = Some(value.into()),
                    _ => {}
                }
            }
        }
        let place = &ledger.place;
        let nexus = || {
            let initiator = place.initiator.clone()?;
            let target = place.target.clone().unwrap_or_default();
            Some(Key::Nexus(initiator, target, ledger.login.isid?))
        };
        if let Some(key) = place.session.map(Key::Sid).or_else(nexus) {
            self.keys.insert(pdu.connection, key);
        }
    }

    /// A login with the names and ISID of a session that is up on another connection replaces it. LIO ends that one
    /// before it answers.
    fn reinstates(&mut self, pdu: &Pdu<'_>) {
        let id = pdu.connection;
        let Some(ledger) = self.ledgers.get(&id) else { return };
        if ledger.login.began != Some(pdu.stamp) || ledger.login.joins || ledger.login.discovery {
            return;
        }
        let key = self.key(id);
        let Some(old) = self.sessions.get(&key).and_then(|session| session.current) else { return };
        let is_open = self.ledgers.get(&old).is_some_and(|old| {
            old.closed.is_none() && old.error.is_none() && !old.orders.is_leaving()
        });
        if old != id
            && is_open
            && let Some(session) = self.sessions.get_mut(&key)
        {
            session.replaced_by = Some((pdu.stamp, pdu.ends.initiator.ip()));
        }
    }

    fn slow(
        &mut self,
        id: iscsi_decoders::stream::ConnectionId,
        took: i64,
        stamp: Stamp,
        sink: &mut impl Sink,
    ) {
        let Some(ledger) = self.ledgers.get_mut(&id) else { return };
        ledger.slow.0 += 1;
        ledger.slow.1 = ledger.slow.1.max(took);
        let (commands, longest) = ledger.slow;
        self.trouble(id, What::Slow { commands, longest }, stamp, sink);
    }
}

/// What a PDU leads to.
enum Trouble {
    What(What),
    Slow(i64),
    More,
}

fn take(ledger: &mut Ledger, record: &PduRecord<'_>) -> Option<Trouble> {
    let pdu = record.pdu;
    let (header, stamp, direction) = (pdu.header, pdu.stamp, pdu.direction);
    ledger.sees.kernel |= pdu.origin.is_some();
    ledger.latest = direction;
    // Where packets are missing, a request may come out after its answer.
    let is_late = ledger.sees.segments && stamp.frame < ledger.newest;
    ledger.newest = ledger.newest.max(stamp.frame);
    ledger.history.header(Flown { stamp, direction, header: *header });
    damaged(ledger, pdu);
    ledger.header_digests |= matches!(pdu.header_digest, Digest::Good(_) | Digest::Unverified);
    if matches!(pdu.header_digest, Digest::Bad { .. }) {
        return None;
    }
    let opcode = header.opcode();
    if let Some(last) = ledger.last.get_mut(index(direction)) {
        *last = Some(LastPdu { stamp, opcode });
    }
    // What makes no sense and was read over ends no connection.
    ledger.undecodable.take_if(|lost| lost.direction == direction);
    if let Some(count) = ledger.pdus.get_mut(index(direction)) {
        *count += 1;
    }
    ledger.login.take(pdu);
    if direction == Direction::ToInitiator {
        ledger.socket.heard();
        if let Some(ping) = &mut ledger.ping {
            ping.received_since += 1;
        }
        if let (Some(exp), Some(max)) = (header.exp_cmd_sn(), header.max_cmd_sn())
            && ledger.login.is_over()
        {
            ledger.window.take(exp, max, stamp);
        }
    } else if let Some(ping) = &mut ledger.ping {
        ping.sent_since += 1;
    }
    match opcode {
        Opcode::SCSI_COMMAND | Opcode::TEXT_REQUEST | Opcode::NOP_OUT if is_late => {}
        Opcode::SCSI_COMMAND | Opcode::TEXT_REQUEST => ledger.tasks.open(*header, stamp),
        Opcode::NOP_OUT => {
            let itt = header.initiator_task_tag();
            if itt != RESERVED_TAG {
                ledger.ping = Some(Ping { stamp, itt, received_since: 0, sent_since: 0 });
            }
        }
        Opcode::NOP_IN => {
            pong(ledger, header.initiator_task_tag(), stamp);
            // Commands that are held back meet no timeout: nobody else would tell while it lasts.
            let duration = ledger.window.stuck(stamp.time)?;
            return Some(Trouble::What(What::WindowClosed { duration }));
        }
        Opcode::DATA_OUT | Opcode::R2T => ledger.tasks.moves(header, stamp),
        Opcode::DATA_IN if !header.carries_status() => ledger.tasks.moves(header, stamp),
        Opcode::DATA_IN | Opcode::SCSI_RESPONSE | Opcode::TEXT_RESPONSE => {
            let task = ledger.tasks.close(header.initiator_task_tag(), stamp)?;
            let took = stamp.time.since(task.began.time);
            return (task.is_command() && took >= SLOW).then_some(Trouble::Slow(took));
        }
        Opcode::TMF_REQUEST if header.function() != Some(TASK_REASSIGN) => {
            return task_management(ledger, pdu).map(Trouble::What);
        }
        Opcode::TMF_RESPONSE => {
            answered(ledger, pdu);
            return Some(Trouble::More);
        }
        Opcode::LOGOUT_REQUEST => {
            ledger.orders.logout = Some((stamp, header.reason().unwrap_or(0)));
        }
        Opcode::LOGOUT_RESPONSE => {
            ledger.orders.logged_out = true;
            ledger.login.phase = Phase::LoggedOut;
        }
        Opcode::REJECT => {
            let reason = header.reason().unwrap_or(0);
            ledger.orders.rejected = Some((stamp, reason));
            return Some(Trouble::What(What::Rejected(reason)));
        }
        Opcode::ASYNC_MESSAGE => {
            let event = header.async_event().unwrap_or(0);
            // 0 brings SCSI sense data: nothing of the connection.
            if event != 0 {
                ledger.orders.asynchronous = Some((stamp, event));
                return Some(Trouble::What(What::Async(event)));
            }
        }
        _ => {}
    }
    None
}

fn damaged(ledger: &mut Ledger, pdu: &Pdu<'_>) {
    let length = pdu.header.data_segment_length() as usize;
    let header = iscsi_decoders::pdu::BHS_LEN + pdu.ahs.len();
    let digests =
        [(false, pdu.header_digest, header), (true, pdu.data_digest, length.next_multiple_of(4))];
    for (data, digest, covered) in digests {
        if let Digest::Bad { sent, computed } = digest {
            let (stamp, direction) = (pdu.stamp, pdu.direction);
            ledger.digest = Some(BadDigest { stamp, data, direction, sent, computed, covered });
        }
    }
}

fn pong(ledger: &mut Ledger, itt: u32, stamp: Stamp) {
    if let Some(ping) = ledger.ping.filter(|ping| ping.itt == itt) {
        let (count, longest) = ledger.pongs;
        ledger.pongs = (count + 1, longest.max(stamp.time.since(ping.stamp.time)));
        ledger.ping = None;
    }
}

fn task_management(ledger: &mut Ledger, pdu: &Pdu<'_>) -> Option<What> {
    let (header, stamp) = (pdu.header, pdu.stamp);
    let function = header.function()?;
    let about = header.referenced_task_tag().filter(|&tag| tag != RESERVED_TAG && function == 1);
    let age =
        about.and_then(|tag| ledger.tasks.get(tag)).map(|task| stamp.time.since(task.began.time));
    ledger.recovery.begin(Step {
        began: stamp,
        name: "task management",
        function: Some(function),
        itt: Some(header.initiator_task_tag()),
        about,
        age,
        ended: None,
    });
    Some(What::TaskManagement(function))
}

fn answered(ledger: &mut Ledger, pdu: &Pdu<'_>) {
    let (header, stamp) = (pdu.header, pdu.stamp);
    let itt = header.initiator_task_tag();
    let response = header.response().unwrap_or(0);
    let name = catalogue::get(Space::TmfResponse, response.into()).map_or("answered", |e| e.symbol);
    let step = ledger.recovery.steps().iter().rev().find(|step| step.itt == Some(itt)).cloned();
    ledger.recovery.end(|step| step.itt == Some(itt), stamp, name);
    let Some(step) = step else { return };
    // What is aborted gets no answer of its own; that a task does not exist says the same.
    match (step.function, response) {
        (Some(1), 0 | 1) => {
            if let Some(tag) = step.about {
                ledger.tasks.close(tag, stamp);
            }
        }
        (Some(2 | 4 | 5 | 6 | 7 | 11), 0) => {
            ledger.tasks.forget(|task| task.began.time <= step.began.time)
        }
        _ => {}
    }
}
