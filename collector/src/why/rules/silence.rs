//! Answers stopped: is the path gone, or does the target's process no longer run?

use iscsi_decoders::pdu::Direction;

use super::{Diagnosis, PATIENCE_MIN};
use crate::model::finding::Duration;
use crate::why::Cause;
use crate::why::case::Case;
use crate::why::incident::{Confidence, Fact, What};
use crate::why::ledger::wire::LARGE;

/// TCP gives up waiting for an acknowledgement after 200 ms at the earliest (`TCP_RTO_MIN`).
const RTO_MIN: i64 = 200_000_000;
/// `ISCSI_ERR_NOP_TIMEDOUT` and `ISCSI_ERR_SCSI_EH_SESSION_RST`.
const GAVE_UP: [u32; 2] = [1022, 1021];

/// TCP lives in the target's kernel, iSCSI in its process: acknowledged but unanswered is the process, not even
/// acknowledged is the path.
pub fn rule(case: &Case<'_>) -> Option<Diagnosis> {
    initiator_vanished(case).or_else(|| answers_lost(case)).or_else(|| target_silent(case))
}

/// Seen from the target's side: its answers are never acknowledged, although the initiator's packets arrive.
fn answers_lost(case: &Case<'_>) -> Option<Diagnosis> {
    let theirs = case.ledger.wire.half(Direction::ToInitiator);
    let ended = case.closed().is_some_and(|(by, _)| by == Direction::ToTarget);
    let waiting = theirs.waiting.filter(|_| ended)?;
    let (_, _, count) = theirs.again.filter(|(_, _, count)| *count >= 2)?;
    let waited = case.now().since(waiting.time);
    // What is not in the capture did not come here either.
    if waited < PATIENCE_MIN || theirs.hole.is_some() {
        return None;
    }
    // Where nothing as long was ever acknowledged, it may be the length.
    let is_long = theirs.again_length > LARGE.max(theirs.largest_acked);
    let sure = if is_long { Confidence::Possible } else { Confidence::Certain };
    let text = format!(
        "{} bytes of the target's answers were not acknowledged for {}; TCP sent again {count} times, while packets of \
         the initiator arrived",
        theirs.outstanding(),
        Duration(waited)
    );
    let fact = Fact::at(waiting, text)
        .number("unacknowledged_bytes", theirs.outstanding().into())
        .number("retransmits", count.into());
    Some(Diagnosis::new(Cause::LinkLost, sure).because(fact).and(case.waiting()))
}

/// Seen from the target's side: what it sends is never acknowledged.
fn initiator_vanished(case: &Case<'_>) -> Option<Diagnosis> {
    let wire = &case.ledger.wire;
    let (ours, theirs) = (wire.half(Direction::ToTarget), wire.half(Direction::ToInitiator));
    let ended = case.closed().is_some_and(|(by, _)| by == Direction::ToInitiator);
    if !case.ledger.sees.segments || !ended || theirs.outstanding() == 0 || ours.is_unseen() {
        return None;
    }
    let waiting = theirs.waiting?;
    let (_, _, count) = theirs.again.filter(|(_, _, count)| *count >= 2)?;
    if ours.last.is_some_and(|last| last.time > waiting.time) {
        return None;
    }
    let text = format!(
        "{} bytes of the target were never acknowledged; TCP sent again {count} times, and not one packet came from \
         the initiator",
        theirs.outstanding()
    );
    let fact = Fact::at(waiting, text)
        .number("unacknowledged_bytes", theirs.outstanding().into())
        .number("retransmits", count.into());
    Some(Diagnosis::new(Cause::LinkLost, Confidence::Certain).because(fact).and(case.waiting()))
}

fn target_silent(case: &Case<'_>) -> Option<Diagnosis> {
    let ledger = case.ledger;
    let gave_up = case.code().is_some_and(|code| GAVE_UP.contains(&code));
    let closed = case.closed().is_some_and(|(by, _)| by == Direction::ToTarget);
    let waits = case
        .what
        .iter()
        .any(|what| matches!(what, What::Unanswered { .. } | What::TaskManagement(_)));
    if !(gave_up || closed || waits) || ledger.login.stage().is_some() || ledger.orders.is_leaving()
    {
        return None;
    }
    let since = case.waiting_since();
    if waits && !gave_up && !closed && !ledger.sees.pdus && !ledger.sees.segments {
        return None;
    }
    // Whoever leaves at once did not wait in vain.
    let at_once = since.is_some_and(|since| case.now().since(since.time) < PATIENCE_MIN);
    if at_once && !gave_up {
        return None;
    }
    // A PDU that came after the oldest question proves that target and path lived.
    let heard =
        ledger.last_heard().zip(since).is_some_and(|(heard, since)| heard.time > since.time);
    // What it said before its window closed is no sign of life since.
    let closed_window = ledger.wire.half(Direction::ToInitiator).window_closed;
    let heard = heard && closed_window.is_none_or(|at| case.now().since(at.time) < PATIENCE_MIN);
    let pinged = ledger.ping.is_some() || case.code() == Some(1022);
    if !pinged && (since.is_none() || heard) {
        return None;
    }
    if heard && ledger.ping.is_some_and(|ping| ping.received_since > 0) {
        return None;
    }
    let ping = ledger.ping.map(|ping| {
        let waited = case.now().since(ping.stamp.time);
        Fact::at(ping.stamp, format!("a ping was not answered in {}", Duration(waited)))
            .duration("ping_waited_us", waited)
    });
    let log = ledger.log_silence.map(|silent| {
        let text = format!("a ping was not answered; nothing had come for {}", Duration(silent));
        Fact::new(text).duration("silent_us", silent)
    });
    let (cause, sure, fact) = told_by_tcp(case, since.map(|since| since.time))?;
    Some(
        Diagnosis::new(cause, sure)
            .and(ping)
            .and(log)
            .and(fact)
            .and(case.silence().filter(|_| ledger.log_silence.is_none()))
            .and(case.waiting())
            .certain_if("a capture of TCP: acknowledged but unanswered is the target, not acknowledged is the path"),
    )
}

fn told_by_tcp(
    case: &Case<'_>,
    since: Option<iscsi_decoders::Timestamp>,
) -> Option<(Cause, Confidence, Option<Fact>)> {
    let ledger = case.ledger;
    if ledger.sees.segments {
        return told_by_wire(case, since?);
    }
    let socket = &ledger.socket;
    let told = ledger.error.as_ref().and_then(|error| error.since_acknowledged);
    let last = told.map(|ago| format!("; its last acknowledgement came {} before", Duration(ago)));
    let last = last.as_deref().unwrap_or_default();
    let answered = told.zip(since).map(|(ago, since)| ago < case.now().since(since));
    // A FIN that is being sent counts as one byte.
    let acknowledged = socket.unacknowledged.map(|bytes| bytes <= 1);
    if let Some((first, _, count)) = socket.retransmits
        && acknowledged != Some(true)
    {
        let text = format!("TCP sent again {count} times, and nothing acknowledged it{last}");
        let fact = Fact::at(first, text).number("retransmits", count.into());
        // Of something long it may be the length.
        let is_short = socket.unacknowledged.is_some_and(|bytes| bytes <= LARGE);
        let is_lost = answered == Some(false) && is_short;
        let sure = if is_lost { Confidence::Certain } else { Confidence::Likely };
        return Some((Cause::LinkLost, sure, Some(fact)));
    }
    if acknowledged == Some(true) && socket.retransmits.is_none() {
        let text =
            format!("TCP on the target's side had acknowledged everything that was sent{last}");
        let sure = if answered == Some(true) { Confidence::Certain } else { Confidence::Likely };
        return Some((Cause::TargetFrozen, sure, Some(Fact::new(text))));
    }
    let sure = match case.code() {
        Some(1022) => Confidence::Likely,
        _ => Confidence::Possible,
    };
    Some((Cause::TargetSilent, sure, None))
}

fn told_by_wire(
    case: &Case<'_>,
    since: iscsi_decoders::Timestamp,
) -> Option<(Cause, Confidence, Option<Fact>)> {
    let ours = case.ledger.wire.half(Direction::ToTarget);
    let theirs = case.ledger.wire.half(Direction::ToInitiator);
    if let Some(closed) =
        theirs.window_closed.filter(|closed| case.now().since(closed.time) > PATIENCE_MIN)
    {
        let text = format!(
            "the target's TCP window is closed: its process reads nothing; {} bytes wait",
            ours.outstanding()
        );
        return Some((Cause::TargetFrozen, Confidence::Certain, Some(Fact::at(closed, text))));
    }
    if ours.is_acknowledged() {
        if theirs.hole.is_some() {
            return Some((Cause::TargetSilent, Confidence::Possible, None));
        }
        // Keepalives and window updates of the target prove the same later on.
        let proof = theirs.last.filter(|last| last.time >= since)?;
        let text = "TCP on the target's side acknowledged everything, but no PDU followed";
        let sure = if waits_for_large(case) { Confidence::Likely } else { Confidence::Certain };
        return Some((Cause::TargetFrozen, sure, Some(Fact::at(proof, text))));
    }
    let waiting = ours.waiting?;
    let waited = case.now().since(waiting.time);
    let heard = theirs.last.is_some_and(|last| last.time > waiting.time);
    let unacknowledged = ours.outstanding();
    if heard {
        // Its TCP lives: the path loses in one direction only.
        return Some((Cause::TargetSilent, Confidence::Possible, None));
    }
    let (sure, count) = match ours.again {
        // Where nothing as long was ever acknowledged, it may be the length.
        Some((_, _, count @ 2..)) if ours.again_length > LARGE.max(ours.largest_acked) => {
            (Confidence::Likely, count)
        }
        Some((_, _, count @ 2..)) => (Confidence::Certain, count),
        Some((_, _, count)) => (Confidence::Likely, count),
        None if waited > RTO_MIN => (Confidence::Possible, 0),
        None => return Some((Cause::TargetSilent, Confidence::Possible, None)),
    };
    let text = format!(
        "{unacknowledged} bytes sent {} before were never acknowledged; TCP sent again {count} times, \
         and not one packet came from the target",
        Duration(waited)
    );
    let fact = Fact::at(waiting, text)
        .number("unacknowledged_bytes", unacknowledged.into())
        .number("retransmits", count.into())
        .duration("unacknowledged_us", waited);
    Some((Cause::LinkLost, sure, Some(fact)))
}

/// Whether all that is waited for is long, and nothing long of the target ever came: that might be the path's doing.
fn waits_for_large(case: &Case<'_>) -> bool {
    let theirs = case.ledger.wire.half(Direction::ToInitiator);
    let mut commands = case.ledger.tasks.commands().peekable();
    let any = commands.peek().is_some();
    let all = commands.all(|task| task.request.read() == Some(true) && task.length() > LARGE);
    any && all && case.ledger.ping.is_none() && theirs.largest_acked <= LARGE
}
