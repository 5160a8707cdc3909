//! The target closed the connection with FIN.

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
        None => case.code() == Some(TCP_CONN_CLOSE) && case.closed().is_none(),
    };
    if !closed || ledger.login.stage().is_some() || ledger.orders.is_leaving() {
        return None;
    }
    let sure = match (by_target.is_some(), ledger.sees.pdus) {
        (true, true) => Confidence::Certain,
        (true, false) => Confidence::Likely,
        (false, _) => Confidence::Possible,
    };
    let stamp = ledger.closed.map_or(case.at, |closed| closed.stamp);
    let fin = if by_target.is_some() {
        Fact::at(stamp, "the target sent FIN; nobody had logged out")
    } else {
        Fact::at(stamp, "error 1020: the connection was ended from the target's side")
    };
    // A log shows no commands; that none is known to wait proves nothing then.
    let busy = case.open_commands() > 0 || !ledger.sees.pdus && by_target.is_none();
    let cause = if busy { Cause::TargetClosedBusy } else { Cause::TargetClosedIdle };
    let idle = ledger.silent_for(case.now()).filter(|_| !busy && ledger.sees.pdus);
    let idle = idle.map(|idle| {
        Fact::new(format!(
            "no command was waiting; the last PDU had come {} before",
            Duration(idle)
        ))
        .duration("idle_us", idle)
    });
    Some(
        Diagnosis::new(cause, sure).because(fin).and(case.waiting()).and(idle).certain_if(
            "a capture or `iscsi-trace live`: they show FIN or RST, and what was waiting",
        ),
    )
}

/// `ISCSI_ERR_TCP_CONN_CLOSE`.
const TCP_CONN_CLOSE: u32 = 1020;
