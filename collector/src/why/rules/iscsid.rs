//! The kernel needed iscsid, and it was not there.

use super::Diagnosis;
use crate::model::finding::Duration;
use crate::why::Cause;
use crate::why::case::Case;
use crate::why::incident::{Confidence, Fact};

/// `ISCSI_ERR_CONN_FAILED`.
const CONN_FAILED: u32 = 1011;

/// iscsi_tcp raises 1011 when a PDU for iscsid cannot be delivered; the other reasons are a task management request
/// that could not be sent, and want of memory. Adapters use the code for much more.
pub fn rule(case: &Case<'_>) -> Option<Diagnosis> {
    let error = case.ledger.error.as_ref()?;
    if case.code() != Some(CONN_FAILED) {
        return None;
    }
    let code = Fact::at(error.stamp, "error 1011: a PDU for iscsid could not be delivered to it");
    let raised = error.raised_by.as_deref();
    // What a driver says is about its adapter.
    if error.detail.is_some() {
        return None;
    }
    let by_delivery = raised.is_some_and(|function| {
        ["__iscsi_complete_pdu", "iscsi_complete_pdu", "iscsi_recv_pdu", "iscsi_nop_out_rsp"]
            .contains(&function)
    });
    if raised.is_some() && !by_delivery {
        return None;
    }
    let function = raised.map(|function| Fact::new(format!("the kernel found it in {function}")));
    let asked = case.ledger.orders.asynchronous.map(|(stamp, event)| {
        Fact::at(stamp, format!("it was an Async Message of the target, event {event}"))
    });
    let quiet = case.session.netlink.filter(|_| case.ledger.sees.kernel).map(|last| {
        let ago = Duration(error.stamp.time.since(last.time));
        Fact::at(last, format!("the last command of iscsid for this session was {ago} before"))
    });
    let sure = match (by_delivery, asked.is_some()) {
        (true, _) => Confidence::Certain,
        (false, true) => Confidence::Likely,
        (false, false) => Confidence::Possible,
    };
    Some(
        Diagnosis::new(Cause::IscsidMissing, sure)
            .because(code)
            .and(function)
            .and(asked)
            .and(quiet)
            .certain_if("`pidof iscsid` at that time, or `iscsi-trace live`: it names the function that failed"),
    )
}
