//! The target rejected a PDU.

use iscsi_decoders::catalogue::{self, Space};

use super::Diagnosis;
use crate::why::Cause;
use crate::why::case::Case;
use crate::why::incident::{Confidence, Fact, What};

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
    // If the connection ended as well, that has a cause of its own.
    let sure = if case.is_down() { Confidence::Possible } else { Confidence::Certain };
    Some(Diagnosis::new(Cause::PduRejected, sure).because(fact))
}
