//! A ping timed out although the connection was working: the classic false alarm.

use iscsi_decoders::pdu::Direction;
use iscsi_decoders::stream::Stamp;

use super::{Diagnosis, LATELY, PATIENCE_MIN};
use crate::model::finding::Duration;
use crate::why::Cause;
use crate::why::case::Case;
use crate::why::incident::{Confidence, Fact};

/// `ISCSI_ERR_NOP_TIMEDOUT`.
const NOP_TIMEDOUT: u32 = 1022;
/// Headers given to the socket after the ping: more than the few that a dead path's send buffer still takes.
const MANY: u32 = 8;

/// A NOP-Out waits in line behind data that was sent before it. On a slow path that takes longer than the timeout,
/// while TCP acknowledges more and more of the data.
pub fn rule(case: &Case<'_>) -> Option<Diagnosis> {
    let ledger = case.ledger;
    let timed_out = case.code() == Some(NOP_TIMEDOUT);
    let gave_up = case.closed().is_some_and(|(by, _)| by == Direction::ToTarget);
    if !timed_out && !gave_up {
        return None;
    }
    let asked = ledger.ping_asked.filter(|_| timed_out);
    let Some(since) = asked.or(ledger.ping.map(|ping| ping.stamp)) else {
        return ping_not_sent(case).filter(|_| gave_up);
    };
    let (sure, fact) = target_heard(case).or_else(|| {
        if ledger.sees.segments { told_by_wire(case) } else { told_by_kernel(case, since) }
    })?;
    let waited = case.now().since(since.time);
    let unanswered = Fact::at(since, format!("a ping was not answered in {}", Duration(waited)))
        .duration("ping_waited_us", waited);
    Some(
        Diagnosis::new(Cause::PingBehindData, sure)
            .because(unanswered)
            .because(fact)
            .and(case.waiting())
            .certain_if(
                "a capture: it shows whether TCP acknowledged data after the ping was sent",
            ),
    )
}

/// Something came after the ping was sent.
fn target_heard(case: &Case<'_>) -> Option<(Confidence, Fact)> {
    let ping = case.ledger.ping.filter(|ping| ping.received_since > 0)?;
    let heard = case.ledger.last_heard().filter(|heard| heard.time > ping.stamp.time)?;
    let text = format!("{} PDUs came from the target after the ping was sent", ping.received_since);
    let fact = Fact::at(heard, text).number("pdus_since_ping", ping.received_since.into());
    Some((Confidence::Certain, fact))
}

fn told_by_wire(case: &Case<'_>) -> Option<(Confidence, Fact)> {
    let ping = case.ledger.ping?;
    let ours = case.ledger.wire.half(Direction::ToTarget);
    let progress = ours.progress.filter(|at| at.time > ping.stamp.time)?;
    let lately = case.now().since(progress.time);
    // What is still on its way is the queue the ping stands in.
    let queued = ours.outstanding();
    (lately < LATELY && queued > 0).then(|| {
        let fact = Fact::at(progress, acknowledged(lately, queued));
        (Confidence::Certain, fact.number("queued_bytes", queued.into()))
    })
}

/// `asked` is when the kernel decided to ping.
fn told_by_kernel(case: &Case<'_>, asked: Stamp) -> Option<(Confidence, Fact)> {
    let ledger = case.ledger;
    let waited = case.now().since(asked.time);
    let error = ledger.error.as_ref()?;
    let queued = ledger.socket.unacknowledged.filter(|&bytes| bytes > 0);
    // A closed window is asked about again and again, and every answer is an acknowledgement.
    if let Some((lately, queued)) = error.since_acknowledged.zip(queued)
        && ledger.socket.zero_window.is_none()
    {
        // What was acknowledged right after the ping may be all that ever came.
        return (lately < waited / 2).then(|| {
            let fact = Fact::at(case.at, acknowledged(lately, queued));
            (Confidence::Certain, fact.number("queued_bytes", queued.into()))
        });
    }
    let sent = ledger.last(Direction::ToTarget)?;
    let ago = case.now().since(sent.stamp.time);
    let went_on = match ledger.ping {
        Some(ping) => ping.sent_since >= MANY && ago < LATELY,
        // TCP took data and had no room for the ping.
        None => ago < waited,
    };
    (went_on && ledger.socket.retransmits.is_none()).then(|| {
        let text = format!(
            "TCP took data after the kernel had decided to ping, the last {} before the timeout: it went on sending",
            Duration(ago)
        );
        (Confidence::Likely, Fact::at(sent.stamp, text))
    })
}

fn acknowledged(lately: i64, queued: u32) -> String {
    format!(
        "TCP acknowledged data until {} before the timeout; {queued} bytes were still on their way",
        Duration(lately)
    )
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
