//! Something failed: a new incident, or more of one that is under way.

use iscsi_decoders::pdu::Direction;
use iscsi_decoders::stream::{ConnectionId, Stamp};

use super::picture::{note, place, timeline};
use super::{Change, Engine, Key, Open, REMEMBERED, Sink};
use crate::why::case::Case;
use crate::why::incident::{
    Confidence, Diagnosis, Epoch, Incident, LedTo, Moment, MomentKind, What,
};
use crate::why::ledger::Ledger;
use crate::why::{Cause, rules};

impl Engine {
    /// Something failed, or more is known of what failed.
    pub(in crate::why) fn trouble(
        &mut self,
        id: ConnectionId,
        what: What,
        at: Stamp,
        sink: &mut impl Sink,
    ) {
        let key = self.key(id);
        self.settle(at.time, sink);
        let Some(mut ledger) = self.ledgers.remove(&id) else { return };
        if let Some(wire) = ledger.place.ends.and_then(|ends| self.wires.get(&ends)) {
            ledger.wire = *wire;
        }
        ledger.sees.segments |= self.segments;
        // Of a capture without the target's packets, what did not come proves nothing.
        if ledger.sees.segments && ledger.wire.half(Direction::ToInitiator).is_unseen() {
            self.ledgers.insert(id, ledger);
            return;
        }
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
    pub(in crate::why) fn trouble_of_session(
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

    pub(super) fn new_incident(
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
        let found = case_of(&case);
        let cause = found.as_ref().map(|(found, _)| found.cause);
        // A login that fails during an outage is part of the outage, and one that fails as the one before is no news.
        let is_login = !matches!(what, What::RecoveryTimedOut { .. })
            && ledger.login.done.is_none()
            && ledger.login.began.is_some();
        let continues = |open: &Open| {
            let is_same = Some(open.incident.diagnosis.cause) == cause;
            let began = ledger.login.began.unwrap_or(at);
            let is_later = began.time >= open.incident.began.time;
            open.down && open.key == *key && is_later && (!open.is_login || is_same)
        };
        if is_login && let Some(open) = self.open.iter_mut().find(|open| continues(open)) {
            open.incident.led_to.failed_logins += 1;
            let differs = cause.filter(|&cause| cause != open.incident.diagnosis.cause);
            open.incident.led_to.failed_login = differs;
            let text = cause.map_or_else(
                || "a login failed".to_owned(),
                |cause| format!("a login failed: {}", cause.name()),
            );
            note(
                &mut open.incident,
                Moment { stamp: at, kind: MomentKind::Incident, text: text.into() },
            );
            open.last = at;
            open.told = false;
            return;
        }
        let Some((diagnosis, alternatives)) = found else { return };
        self.numbers += 1;
        let led_to = LedTo { commands_open: ledger.tasks.open_commands(), ..LedTo::default() };
        let incident = Incident {
            number: self.numbers,
            began: at,
            epoch: Epoch::Utc,
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
        let down = case.is_down() || is_login;
        let connection = (!matches!(what, What::RecoveryTimedOut { .. })).then_some(id);
        self.open.push(Open {
            key: key.clone(),
            connection,
            down,
            was_up: ledger.is_up(),
            is_login,
            last: at,
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
        open.last = at;
        let what = open.incident.what.clone();
        let case = Case { what: &what, at, ledger, session };
        open.down |= case.is_down();
        refresh(&mut open.incident, &case, ledger, sink);
    }

    /// More is known of a connection whose incident is under way: the rules look again.
    pub(in crate::why) fn look_again(&mut self, id: ConnectionId, sink: &mut impl Sink) {
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
        // What is told late is no reason to count from then.
        let at = open.last;
        let what = open.incident.what.clone();
        let case = Case { what: &what, at, ledger: &ledger, session };
        refresh(&mut open.incident, &case, &ledger, sink);
        self.ledgers.insert(id, ledger);
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
