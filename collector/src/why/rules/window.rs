//! The target takes no new commands.

use super::Diagnosis;
use crate::model::finding::Duration;
use crate::why::Cause;
use crate::why::case::Case;
use crate::why::incident::{Confidence, Fact, What};

/// A window that is closed for less is a full queue doing its work.
const CLOSED_MIN: i64 = 900_000_000;

/// ExpCmdSN and MaxCmdSN say so.
pub fn rule(case: &Case<'_>) -> Option<Diagnosis> {
    for what in case.what {
        if let What::WindowClosed { duration } = *what {
            let text = format!("MaxCmdSN was ExpCmdSN - 1 for {}", Duration(duration));
            let fact = Fact::at(case.at, text).duration("closed_us", duration);
            let found = Diagnosis::new(Cause::WindowClosed, Confidence::Certain).because(fact);
            return Some(found.and(case.waiting()));
        }
    }
    let closed = case.ledger.window.closed?;
    let duration = case.now().since(closed.time);
    let stuck = case.what.iter().any(|what| {
        matches!(
            what,
            What::Unanswered { .. } | What::TaskManagement(_) | What::ConnectionError(1021 | 1022)
        )
    });
    if !stuck || duration < CLOSED_MIN {
        return None;
    }
    let text = format!("the command window has been closed for {}", Duration(duration));
    let fact = Fact::at(closed, text).duration("closed_us", duration);
    // A target that closed it and then fell silent has a reason for both that this does not tell.
    let alive = case.ledger.last_heard().is_some_and(|heard| heard.time > closed.time);
    let sure = if alive { Confidence::Certain } else { Confidence::Possible };
    let found = Diagnosis::new(Cause::WindowClosed, sure).because(fact).and(case.waiting());
    Some(found.certain_if("whether the target answers a ping meanwhile"))
}
