//! A ping timed out although the connection was working: the classic false alarm.

use iscsi_decoders::pdu::Direction;

use super::Diagnosis;
use crate::model::finding::Duration;
use crate::why::Cause;
use crate::why::case::Case;
use crate::why::incident::{Confidence, Fact};

/// `ISCSI_ERR_NOP_TIMEDOUT`.
const NOP_TIMEDOUT: u32 = 1022;
/// Data that still moves this shortly before the timeout is not that of a dead path.
const LATELY: i64 = 1_500_000_000;
/// No initiator gives up sooner (`noop_out_timeout` counts in seconds).
const PATIENCE_MIN: i64 = 900_000_000;
/// Headers given to the socket after the ping: more than the few that a dead path's send buffer still takes.
const MANY: u32 = 8;

/// A NOP-Out waits in line behind data that was sent before it. On a slow path that takes longer than the timeout,
/// while TCP acknowledges more and more of the data.
pub fn rule(case: &Case<'_>) -> Option<Diagnosis> {
    let ledger = case.ledger;
    let gave_up = case.closed().is_some_and(|(by, _)| by == Direction::ToTarget);
    if case.code() != Some(NOP_TIMEDOUT) && !gave_up {
        return None;
    }
    let Some(ping) = ledger.ping else { return ping_not_sent(case).filter(|_| gave_up) };
    let waited = case.now().since(ping.stamp.time);
    let unanswered =
        Fact::at(ping.stamp, format!("a ping was not answered in {}", Duration(waited)))
            .duration("ping_waited_us", waited);
    let diagnosis = |sure, fact| {
        let advice = "a capture: it shows whether TCP acknowledged data after the ping was sent";
        let found = Diagnosis::new(Cause::PingBehindData, sure);
        Some(found.because(unanswered.clone()).because(fact).and(case.waiting()).certain_if(advice))
    };
    let heard = ledger.last_heard().filter(|heard| heard.time > ping.stamp.time);
    if let Some(heard) = heard.filter(|_| ping.received_since > 0) {
        let text =
            format!("{} PDUs came from the target after the ping was sent", ping.received_since);
        let fact = Fact::at(heard, text).number("pdus_since_ping", ping.received_since.into());
        return diagnosis(Confidence::Certain, fact);
    }
    let ours = ledger.wire.half(Direction::ToTarget);
    if ledger.sees.segments {
        let progress = ours.progress.filter(|at| at.time > ping.stamp.time)?;
        let lately = case.now().since(progress.time) < LATELY;
        // What is still on its way is the queue the ping stands in.
        let queued = ours.outstanding();
        if !lately || queued == 0 {
            return None;
        }
        let text = format!(
            "TCP acknowledged data until {} before the timeout; {queued} bytes were still on their way",
            Duration(case.now().since(progress.time))
        );
        let fact = Fact::at(progress, text).number("queued_bytes", queued.into());
        return diagnosis(Confidence::Certain, fact);
    }
    let sent = ledger.last(Direction::ToTarget)?;
    let lately = case.now().since(sent.stamp.time) < LATELY;
    if ping.sent_since >= MANY && lately && ledger.socket.retransmits.is_none() {
        let text = format!(
            "{} PDUs were given to TCP after the ping, the last {} before the timeout: it went on sending",
            ping.sent_since,
            Duration(case.now().since(sent.stamp.time))
        );
        let fact = Fact::at(sent.stamp, text).number("pdus_since_ping", ping.sent_since.into());
        return diagnosis(Confidence::Likely, fact);
    }
    None
}

/// The ping may wait so far behind that a capture never has it: it has the initiator give up in the middle of its own
/// data, which TCP acknowledges, while the target had no turn to say anything.
fn ping_not_sent(case: &Case<'_>) -> Option<Diagnosis> {
    let ours = case.ledger.wire.half(Direction::ToTarget);
    let progress = ours.progress?;
    let lately = case.now().since(progress.time) < LATELY;
    let silent = case.ledger.silent_for(case.now())?;
    let sends = case.ledger.tasks.commands().any(|task| task.sends());
    if !lately || silent < PATIENCE_MIN || !sends {
        return None;
    }
    let text = format!(
        "the initiator gave up in the middle of its data, which TCP acknowledged until {} before",
        Duration(case.now().since(progress.time))
    );
    let fact = Fact::at(progress, text);
    Some(
        Diagnosis::new(Cause::PingBehindData, Confidence::Likely)
            .because(fact)
            .and(case.silence())
            .and(case.waiting())
            .certain_if(
                "the initiator's kernel log: 1022 in `detected conn error` is a ping's timeout",
            ),
    )
}
