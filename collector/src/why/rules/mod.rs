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

/// What a rule concludes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum From {
    /// Something that happened.
    Presence,
    /// That something did not happen, of which a source with gaps cannot be certain.
    Absence,
}

/// Every rule, those whose evidence is closest to the cause first.
pub const RULES: &[(&str, From, Rule)] = &[
    ("replacement", From::Presence, replacement::rule),
    ("portal", From::Presence, portal::rule),
    ("login-refused", From::Presence, login_refused::rule),
    ("login", From::Absence, login::rule),
    ("asynchronous", From::Presence, asynchronous::rule),
    ("iscsid", From::Presence, iscsid::rule),
    ("digest", From::Presence, digest::rule),
    ("protocol", From::Presence, protocol::rule),
    ("reinstated", From::Absence, reinstated::rule),
    ("mtu", From::Absence, mtu::rule),
    ("busy-path", From::Absence, busy_path::rule),
    ("window", From::Presence, window::rule),
    ("r2t", From::Absence, r2t::rule),
    ("silence", From::Absence, silence::rule),
    ("command", From::Absence, command::rule),
    ("rejected", From::Presence, rejected::rule),
    ("reset", From::Presence, reset::rule),
    ("closed", From::Absence, closed::rule),
    ("slow", From::Absence, slow::rule),
    ("initiator", From::Absence, initiator::rule),
];

/// The best diagnosis, and the others, best first. None if there is nothing to explain.
pub fn diagnose(case: &Case<'_>) -> Option<(Diagnosis, Vec<(Cause, Confidence)>)> {
    let has_gaps = case.ledger.has_gaps();
    let found = RULES.iter().filter_map(|(_, from, rule)| {
        let found = rule(case)?;
        Some(if has_gaps && *from == From::Absence { found.of_a_source_with_gaps() } else { found })
    });
    let mut found: Vec<Diagnosis> = found.collect();
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
