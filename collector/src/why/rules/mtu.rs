//! Large packets vanish while small ones pass.

use iscsi_decoders::pdu::Direction;

use super::Diagnosis;
use crate::model::finding::Duration;
use crate::why::Cause;
use crate::why::case::Case;
use crate::why::incident::{Confidence, Fact, What};
use crate::why::ledger::wire::LARGE;

/// Sent again this often without success, while other packets came back.
const TRIES: u32 = 2;

/// Small segments were acknowledged, before and after; a large one never was, however often it was sent.
pub fn rule(case: &Case<'_>) -> Option<Diagnosis> {
    let ledger = case.ledger;
    let waits = case
        .what
        .iter()
        .any(|what| matches!(what, What::Unanswered { .. } | What::TaskManagement(_)));
    if !ledger.sees.segments || !(case.is_down() || waits) {
        return None;
    }
    ours(case).or_else(|| theirs(case))
}

fn ours(case: &Case<'_>) -> Option<Diagnosis> {
    let wire = &case.ledger.wire;
    let (ours, theirs) = (wire.half(Direction::ToTarget), wire.half(Direction::ToInitiator));
    let (first, _, count) = ours.again.filter(|(_, _, count)| *count >= TRIES)?;
    let (stuck, passed) = (ours.again_length, ours.largest_acked);
    if stuck <= LARGE || passed >= stuck || passed == 0 {
        return None;
    }
    let text = format!(
        "a segment of {stuck} bytes was sent {} times and never acknowledged; none longer than {passed} bytes ever was",
        count + 1
    );
    let fact = Fact::at(first, text)
        .number("stuck_bytes", stuck.into())
        .number("largest_acknowledged_bytes", passed.into())
        .number("retransmits", count.into());
    let alive =
        theirs.last.filter(|last| ours.waiting.is_some_and(|waiting| last.time > waiting.time));
    let alive = alive.map(|last| {
        let ago = Duration(case.now().since(last.time));
        Fact::at(
            last,
            format!("meanwhile the target's TCP was heard of, last {ago} before the end"),
        )
    });
    let sure = if alive.is_some() { Confidence::Certain } else { Confidence::Possible };
    Some(
        Diagnosis::new(Cause::MtuBlackHole, sure)
            .because(fact)
            .and(alive)
            .and(case.waiting())
            .certain_if("ping -M do -s SIZE to the portal: a size from which on no answer comes"),
    )
}

fn theirs(case: &Case<'_>) -> Option<Diagnosis> {
    let half = case.ledger.wire.half(Direction::ToInitiator);
    let hole = half.hole?;
    // What comes behind the hole is small, the hole is not.
    if hole.length <= LARGE || hole.behind >= hole.length || hole.behind > LARGE {
        return None;
    }
    let text = format!(
        "{} bytes of the target never came, although packets of at most {} bytes behind them did",
        hole.length, hole.behind
    );
    let fact = Fact::at(hole.stamp, text)
        .number("missing_bytes", hole.length.into())
        .number("largest_behind_bytes", hole.behind.into());
    Some(
        Diagnosis::new(Cause::MtuBlackHole, Confidence::Likely)
            .because(fact)
            .and(case.waiting())
            .certain_if("ping -M do -s SIZE to the portal: a size from which on no answer comes"),
    )
}
