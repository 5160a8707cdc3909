//! The target broke the protocol, and the initiator ended the connection for it.

use iscsi_decoders::catalogue::{self, Space};
use iscsi_decoders::pdu::Direction;

use super::Diagnosis;
use crate::why::Cause;
use crate::why::case::Case;
use crate::why::incident::{Confidence, Fact, What};

/// Codes that libiscsi raises for what a target sent: DATASN to PROTO, BAD_ITT, R2TSN.
fn is_protocol(code: u32) -> bool {
    matches!(code, 1001..=1008 | 1010 | 1012)
}

/// The initiator reacts at once.
const AT_ONCE: i64 = 3_000_000_000;

/// The kernel's code says that; a violation on the wire right before the initiator ends the connection makes it
/// likely without.
pub fn rule(case: &Case<'_>) -> Option<Diagnosis> {
    let ledger = case.ledger;
    let broken = ledger.violation.as_ref().filter(|broken| {
        broken.by == Direction::ToInitiator
            && broken.name != "key-violated"
            && case.now().since(broken.stamp.time) < AT_ONCE
    });
    let fact =
        broken.map(|broken| Fact::at(broken.stamp, format!("the target's PDU: {}", broken.text)));
    if let Some(code) = case.code().filter(|&code| is_protocol(code)) {
        let name = catalogue::get(Space::Kernel, code).map_or("", |entry| entry.symbol);
        let raised = ledger.error.as_ref().and_then(|error| error.raised_by.as_deref());
        let by = raised.map_or_else(String::new, |function| format!(", in {function}"));
        let kernel = Fact::new(format!(
            "the initiator's kernel refused a PDU of the target: {code} {name}{by}"
        ))
        .number("code", code.into());
        return Some(
            Diagnosis::new(Cause::TargetProtocolError, Confidence::Certain)
                .because(kernel)
                .and(fact)
                .and(case.waiting()),
        );
    }
    // A ping that timed out, an end the target made, or one the error handler comes to, is another story.
    let own_end = case.closed().is_some_and(|(by, _)| by == Direction::ToTarget);
    let handled = case.what.iter().any(|what| matches!(what, What::TaskManagement(_)));
    if !own_end || handled || case.code().is_some() || ledger.orders.is_leaving() {
        return None;
    }
    Some(
        Diagnosis::new(Cause::TargetProtocolError, Confidence::Likely)
            .because(fact?)
            .because(Fact::at(case.at, "the initiator ended the connection right after it"))
            .and(case.waiting())
            .certain_if("the code in the initiator's kernel log"),
    )
}
