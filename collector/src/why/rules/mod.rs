//! The rules: each looks at a case and says what it would be, how sure, and why, or nothing. They do not know of each
//! other. The surest wins; among equals the one further up in the table.

mod asynchronous;
mod busy_path;
mod closed;
mod command;
mod digest;
mod initiator;
mod iscsid;
mod login;
pub(super) mod login_refused;
mod mtu;
mod portal;
mod protocol;
mod r2t;
mod reinstated;
mod rejected;
mod replacement;
mod reset;
mod silence;
mod slow;
#[cfg(test)]
mod tests;
mod window;

use super::Cause;
use super::case::Case;
use super::incident::{Confidence, Diagnosis};

/// No initiator gives up sooner, nanoseconds (`noop_out_timeout` counts in seconds).
const PATIENCE_MIN: i64 = 900_000_000;
/// Data that moved this shortly before, nanoseconds, still moves: its path is not dead.
const LATELY: i64 = 1_500_000_000;

/// A rule.
pub type Rule = fn(&Case<'_>) -> Option<Diagnosis>;

/// Every rule, those whose evidence is closest to the cause first.
pub const RULES: &[(&str, Rule)] = &[
    ("replacement", replacement::rule),
    ("portal", portal::rule),
    ("login-refused", login_refused::rule),
    ("login", login::rule),
    ("asynchronous", asynchronous::rule),
    ("iscsid", iscsid::rule),
    ("digest", digest::rule),
    ("protocol", protocol::rule),
    ("reinstated", reinstated::rule),
    ("mtu", mtu::rule),
    ("busy-path", busy_path::rule),
    ("window", window::rule),
    ("r2t", r2t::rule),
    ("silence", silence::rule),
    ("command", command::rule),
    ("rejected", rejected::rule),
    ("reset", reset::rule),
    ("closed", closed::rule),
    ("slow", slow::rule),
    ("initiator", initiator::rule),
];

/// The best diagnosis, and the others, best first. None if there is nothing to explain.
pub fn diagnose(case: &Case<'_>) -> Option<(Diagnosis, Vec<(Cause, Confidence)>)> {
    let mut found: Vec<Diagnosis> = RULES.iter().filter_map(|(_, rule)| rule(case)).collect();
    // Stable: among equals the order of the table stays.
    found.sort_by_key(|diagnosis| std::cmp::Reverse(diagnosis.confidence));
    let mut found = found.into_iter();
    let best = found.next()?;
    let mut others = Vec::new();
    if best.confidence < Confidence::Certain {
        let differ = found.filter(|other| other.cause != best.cause);
        others.extend(differ.map(|other| (other.cause, other.confidence)));
    }
    Some((best, others))
}
