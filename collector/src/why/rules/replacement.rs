//! The session was not back in time.

use super::Diagnosis;
use crate::why::Cause;
use crate::why::case::Case;
use crate::why::incident::{Confidence, Fact, What};

/// The kernel says so; what caused the outage is another incident.
pub fn rule(case: &Case<'_>) -> Option<Diagnosis> {
    let seconds = case.what.iter().find_map(|what| match *what {
        What::RecoveryTimedOut { seconds } => Some(seconds),
        _ => None,
    })?;
    let text =
        format!("the session was without a connection for {seconds} s, its replacement timeout");
    let fact = Fact::at(case.at, text).number("replacement_timeout_s", seconds.into());
    Some(Diagnosis::new(Cause::ReplacementTimeout, Confidence::Certain).because(fact))
}
