//! Connections come and go, and the model's findings.

use iscsi_decoders::pdu::Direction;
use iscsi_decoders::stream::{ConnectionId, Ends, Stamp};

use crate::model::Finding;
use crate::model::finding::{Kind, Sequence};
use crate::why::engine::{Engine, Sink};
use crate::why::incident::{MomentKind, What};
use crate::why::ledger::wire::LARGE;
use crate::why::ledger::{BadDigest, Closed, Ledger, Undecodable, Violation};

/// Nanoseconds without new commands that are worth an incident.
const WINDOW_CLOSED_MIN: i64 = 1_000_000_000;

impl Engine {
    pub(in crate::why) fn opened(&mut self, id: ConnectionId, ends: Ends, stamp: Stamp) {
        let mut ledger = Ledger::new(id, ends, stamp);
        ledger.sees.segments = self.segments;
        self.by_ends.insert(ends, id);
        self.ledgers.insert(id, Box::new(ledger));
        self.forget();
    }

    pub(in crate::why) fn skipped(
        &mut self,
        id: ConnectionId,
        direction: Direction,
        stamp: Stamp,
        bytes: u64,
        sink: &mut impl Sink,
    ) {
        let Some(ledger) = self.ledgers.get_mut(&id) else { return };
        ledger.skipped += bytes;
        // Answers may have been among them; requests too, and with them what is waited for.
        ledger.tasks.forget(|_| true);
        ledger.ping = None;
        if direction == Direction::ToInitiator {
            ledger.login.unanswered = None;
        }
        ledger.undecodable = Some(Undecodable { stamp, direction, bytes });
        // Where it begins is known only when nothing follows any more.
        if ledger.closed.is_some() {
            self.look_again(id, sink);
        }
    }

    pub(in crate::why) fn closed(
        &mut self,
        id: ConnectionId,
        by: Direction,
        stamp: Stamp,
        reset: bool,
        sink: &mut impl Sink,
    ) {
        let Some(ledger) = self.ledgers.get_mut(&id) else { return };
        let closed = Closed { stamp, by, reset };
        ledger.closed = Some(closed);
        let who = if by == Direction::ToTarget { "initiator" } else { "target" };
        let how = if reset { "reset" } else { "closed" };
        if !ledger.sees.segments {
            let text = format!("the connection was {how} by the {who}");
            ledger.history.note(stamp, MomentKind::Tcp, text);
        }
        // Bytes that never came are no loss of the capture as long as nobody acknowledged them.
        let wire = ledger.place.ends.and_then(|ends| self.wires.get(&ends));
        let hole = wire.and_then(|wire| wire.half(Direction::ToInitiator).hole);
        let missing = hole.filter(|hole| hole.length > LARGE);
        let unreadable = wire.and_then(|wire| ledger.unreadable(wire, closed, stamp.time));
        let is_quiet = is_quiet(ledger, by) && missing.is_none() && unreadable.is_none();
        let own_end = by == Direction::ToTarget;
        let leaving = ledger.orders.is_leaving();
        // What the target sends again and again although the initiator is there is lost on its way.
        let again = wire.and_then(|wire| wire.half(Direction::ToInitiator).again);
        let is_quiet = is_quiet && (leaving || again.is_none_or(|(_, _, count)| count < 2));
        self.life_ended(id, stamp, !own_end && !leaving);
        if !is_quiet {
            self.trouble(id, What::Closed { by, reset }, stamp, sink);
        }
        if leaving {
            let key = self.key(id);
            if !self.is_down(&key) {
                return;
            }
            self.is_gone(&key, stamp, sink);
        }
    }

    pub(in crate::why) fn finding(&mut self, finding: &Finding, sink: &mut impl Sink) {
        let (id, stamp) = (finding.connection, finding.stamp);
        let Some(ledger) = self.ledgers.get_mut(&id) else { return };
        let text = finding.kind.to_string();
        let what = match &finding.kind {
            Kind::LoginRefused { class, detail, .. } => Some(What::LoginRefused(*class, *detail)),
            Kind::LoginRedirected { permanently, .. } => {
                remember(ledger, finding, Direction::ToInitiator, &text);
                Some(What::Redirected { permanently: *permanently })
            }
            Kind::DigestBad { data, direction, sent, computed } => {
                // The PDU itself came just before and has left its length.
                let covered = ledger.digest.map_or(0, |bad| bad.covered);
                ledger.digest = Some(BadDigest {
                    stamp,
                    data: *data,
                    direction: *direction,
                    sent: *sent,
                    computed: *computed,
                    covered,
                });
                None
            }
            // A window that is closed for less is a full queue doing its work.
            Kind::WindowClosed { duration } => (*duration >= WINDOW_CLOSED_MIN)
                .then_some(What::WindowClosed { duration: *duration }),
            Kind::SequenceBroken { sequence, .. } => {
                let by = match sequence {
                    Sequence::CmdSn | Sequence::DataOutSn => Direction::ToTarget,
                    Sequence::StatSn | Sequence::DataInSn | Sequence::R2tSn => {
                        Direction::ToInitiator
                    }
                };
                remember(ledger, finding, by, &text);
                None
            }
            Kind::BadOpcode { direction, .. } => {
                remember(ledger, finding, *direction, &text);
                None
            }
            Kind::ResponseWithoutTask { .. }
            | Kind::TooManyR2t { .. }
            | Kind::BurstTooLong { .. }
            | Kind::ResidualWrong { .. } => {
                remember(ledger, finding, Direction::ToInitiator, &text);
                None
            }
            Kind::SegmentTooLong { .. } | Kind::OutsideBuffer { .. } | Kind::OutOfOrder { .. } => {
                let by = ledger.latest;
                remember(ledger, finding, by, &text);
                None
            }
            Kind::KeyViolated { .. } => {
                let by = ledger.latest;
                remember(ledger, finding, by, &text);
                None
            }
            Kind::BeyondWindow { .. }
            | Kind::FirstBurstExceeded { .. }
            | Kind::UnsolicitedData { .. } => {
                remember(ledger, finding, Direction::ToTarget, &text);
                None
            }
            // What the ledger sees itself.
            Kind::LoginUnfinished { .. }
            | Kind::NoResponse { .. }
            | Kind::NopUnanswered { .. }
            | Kind::Rejected { .. }
            | Kind::AsyncEvent { .. }
            | Kind::ClosedWithTasks { .. } => return,
        };
        ledger.history.note(stamp, MomentKind::Finding, text);
        if let Some(what) = what {
            self.trouble(id, what, stamp, sink);
        }
    }
}

fn remember(ledger: &mut Ledger, finding: &Finding, by: Direction, text: &str) {
    let name = finding.kind.name();
    ledger.violation = Some(Violation { stamp: finding.stamp, by, name, text: text.into() });
}

/// Whether an end is one that nobody needs to know of.
fn is_quiet(ledger: &Ledger, by: Direction) -> bool {
    let waiting = ledger.tasks.oldest().is_some();
    let logged_out = ledger.orders.is_leaving();
    let login_failed = ledger.login.phase == super::super::ledger::login::Phase::Refused;
    if logged_out && !waiting || login_failed {
        return true;
    }
    // A program that just ends is its own affair.
    let in_order =
        ledger.ping.is_none() && ledger.digest.is_none() && ledger.orders.asynchronous.is_none();
    let broken =
        ledger.violation.as_ref().is_some_and(|broken| broken.by == Direction::ToInitiator);
    let watched = ledger.sees.kernel;
    by == Direction::ToTarget && ledger.is_up() && !waiting && in_order && !broken && !watched
}
