//! Writes wait for the target to ask for their data.

use super::Diagnosis;
use crate::model::finding::Duration;
use crate::why::Cause;
use crate::why::case::{Case, name};
use crate::why::incident::{Confidence, Fact, What};

/// `ISCSI_ERR_NOP_TIMEDOUT`.
const NOP_TIMEDOUT: u32 = 1022;
/// Targets ask within milliseconds.
const STALLED: i64 = 900_000_000;

/// The target lives and has taken the command, but asks for no data.
pub fn rule(case: &Case<'_>) -> Option<Diagnosis> {
    let ledger = case.ledger;
    let gave_up = case.is_down() && case.ended_by_target().is_none();
    let waits = case
        .what
        .iter()
        .any(|what| matches!(what, What::Unanswered { .. } | What::TaskManagement(_)));
    // A target that stalls answers pings. One that waits in the initiator's own queue was not seen as a PDU yet.
    let unanswered = ledger.ping.is_some() || case.code() == Some(NOP_TIMEDOUT);
    if !(gave_up || waits) || unanswered {
        return None;
    }
    let (task, waited) = ledger.tasks.stalled(case.now())?;
    if waited < STALLED {
        return None;
    }
    // What waits may be our own data, on a slow path: the target has not seen it yet.
    if ledger.socket.retransmits.is_some() && ledger.socket.unacknowledged > Some(0) {
        return None;
    }
    // A target that says nothing at all is silent, not stalled.
    let heard = ledger.last_heard().filter(|heard| heard.time > task.began.time);
    let text = format!("{} has waited {} for an R2T", name(task), Duration(waited));
    let fact = Fact::at(task.began, text).duration("waited_us", waited);
    let alive = heard.map(|heard| Fact::at(heard, "the target was heard of since"));
    let sure = if alive.is_some() { Confidence::Certain } else { Confidence::Likely };
    // Without a sign of life the path comes first.
    let tcp = ledger.wire.half(iscsi_decoders::pdu::Direction::ToTarget);
    let taken = ledger.sees.segments && tcp.is_acknowledged();
    if alive.is_none() && !taken && !ledger.sees.kernel {
        return None;
    }
    let acknowledged =
        taken.then(|| Fact::new("TCP on the target's side had acknowledged the command"));
    let sure = if alive.is_none() && !taken { Confidence::Possible } else { sure };
    Some(
        Diagnosis::new(Cause::R2tStall, sure)
            .because(fact)
            .and(alive)
            .and(acknowledged)
            .and(case.waiting())
            .certain_if("a ping of the target meanwhile: whether it answers anything at all"),
    )
}
