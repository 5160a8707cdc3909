//! The portal took no TCP connection.

use super::Diagnosis;
use crate::why::Cause;
use crate::why::case::Case;
use crate::why::incident::{Confidence, Fact, What};

/// RST is an answer, nothing is none.
pub fn rule(case: &Case<'_>) -> Option<Diagnosis> {
    let refused = case.what.iter().find_map(|what| match *what {
        What::NoConnection { refused } => Some(refused),
        _ => None,
    })?;
    let (first, count) = case.ledger.wire.syn.unwrap_or((case.at, 1));
    let (cause, text) = if refused {
        (Cause::PortalRefused, "the SYN was answered with RST".to_owned())
    } else {
        (Cause::PortalSilent, format!("{count} SYNs were sent, and nothing came back"))
    };
    let fact = Fact::at(first, text).number("syns", count.into());
    Some(Diagnosis::new(cause, Confidence::Certain).because(fact))
}
