//! The target closed the connection with FIN.

use iscsi_decoders::pdu::Direction;

use super::Diagnosis;
use crate::model::finding::Duration;
use crate::why::Cause;
use crate::why::case::Case;
use crate::why::incident::{Confidence, Fact};

/// FIN from the target while commands wait is another matter than FIN out of the blue: the one is a reaction or a
/// death, the other usually a decision.
pub fn rule(case: &Case<'_>) -> Option<Diagnosis> {
    let ledger = case.ledger;
    let by_target = case.ended_by_target();
    let closed = match by_target {
        Some(false) => true,
        Some(true) => return None,
        // Without anything about TCP, 1020 says that the target's side ended it, but not how.
        None => {
            matches!(case.code(), Some(TCP_CONN_CLOSE | XMIT_FAILED)) && case.closed().is_none()
        }
    };
    if !closed || ledger.login.stage().is_some() || ledger.orders.is_leaving() {
        return None;
    }
    let advice = "a capture or `iscsi-trace live`: they show FIN or RST, and what was waiting";
    let stamp = ledger.closed.map_or(case.at, |closed| closed.stamp);
    if by_target.is_none() {
        let (text, sure) = match case.code() {
            Some(XMIT_FAILED) => {
                ("error 1019: TCP took no more data, its connection was gone", Confidence::Possible)
            }
            _ => {
                let text = "error 1020: the connection was ended from the target's side";
                (text, Confidence::Likely)
            }
        };
        let found = Diagnosis::new(Cause::ConnectionEnded, sure).because(Fact::at(stamp, text));
        return Some(found.and(case.waiting()).certain_if(advice));
    }
    if ledger.sees.segments && ledger.wire.half(Direction::ToTarget).is_unseen() {
        let text =
            "the target sent FIN; the capture has only its packets, so what waited is not known";
        return Some(
            Diagnosis::new(Cause::ConnectionEnded, Confidence::Likely)
                .because(Fact::at(stamp, text))
                .certain_if(advice),
        );
    }
    let fin = Fact::at(stamp, "the target sent FIN; nobody had logged out");
    let unseen = ledger.tasks.unseen().filter(|_| ledger.is_partial());
    let waits = case.open_commands() > 0 || unseen.is_some();
    let doubtful = ledger.tasks.doubtful().filter(|_| !waits);
    let busy = waits || doubtful.is_some();
    let cause = if busy { Cause::TargetClosedBusy } else { Cause::TargetClosedIdle };
    let is_all_seen = doubtful.is_none() && !ledger.is_partial();
    let sure = match (ledger.sees.pdus, waits || is_all_seen) {
        (true, true) => Confidence::Certain,
        (true, false) => Confidence::Likely,
        (false, _) => Confidence::Possible,
    };
    let unseen =
        unseen.map(|at| Fact::at(at, "data of a command had moved whose request was not seen"));
    let doubtful = doubtful.map(|task| {
        Fact::at(task.began, "a command was waiting, or its answer is among what the probes lost")
    });
    let idle = ledger.silent_for(case.now()).filter(|_| !busy && ledger.sees.pdus);
    let idle = idle.map(|idle| {
        let of_those = if ledger.is_partial() { " that was seen" } else { "" };
        let text = format!(
            "no command{of_those} was waiting; the last PDU had come {} before",
            Duration(idle)
        );
        Fact::new(text).duration("idle_us", idle)
    });
    let found = Diagnosis::new(cause, sure)
        .because(fin)
        .and(case.waiting())
        .and(unseen)
        .and(doubtful)
        .and(idle);
    Some(found.certain_if(advice))
}

/// `ISCSI_ERR_TCP_CONN_CLOSE` and `ISCSI_ERR_XMIT_FAILED`.
const TCP_CONN_CLOSE: u32 = 1020;
const XMIT_FAILED: u32 = 1019;
