//! The target rejected a PDU.

use iscsi_decoders::catalogue::{self, Space};

use super::Diagnosis;
use crate::why::Cause;
use crate::why::case::Case;
use crate::why::incident::{Confidence, Fact, What};
use crate::why::ledger::AT_ONCE;

/// A Reject names its reason itself (RFC 7143, section 11.17.1).
pub fn rule(case: &Case<'_>) -> Option<Diagnosis> {
    let reason = case.what.iter().find_map(|what| match *what {
        What::Rejected(reason) => Some(reason),
        _ => None,
    })?;
    let entry = catalogue::get(Space::Reject, reason.into());
    let name = entry.map_or("no known reason", |entry| entry.symbol);
    let stamp = case.ledger.orders.rejected.map_or(case.at, |(stamp, _)| stamp);
    let fact = Fact::at(stamp, format!("the target's Reject, reason 0x{reason:02x} {name}"))
        .number("reason", reason.into());
    // A connection that ended as well, and not by the target on the spot, has a cause of its own.
    let on_the_spot = case.ended_by_target().is_some() && case.now().since(stamp.time) < AT_ONCE;
    let is_all = !case.is_down() || on_the_spot;
    let sure = if is_all { Confidence::Certain } else { Confidence::Possible };
    Some(Diagnosis::new(Cause::PduRejected, sure).because(fact))
}
