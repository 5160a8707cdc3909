//! What the initiator did by itself.

use iscsi_decoders::pdu::Direction;

use super::Diagnosis;
use super::command::ladder;
use crate::why::Cause;
use crate::why::case::Case;
use crate::why::incident::{Confidence, Fact, What};

/// Logouts with commands under way, resets nobody needed, and connections dropped without a word.
pub fn rule(case: &Case<'_>) -> Option<Diagnosis> {
    logout(case).or_else(|| reset(case)).or_else(|| reconnect(case)).or_else(|| closed(case))
}

fn logout(case: &Case<'_>) -> Option<Diagnosis> {
    let (stamp, reason) = case.ledger.orders.logout?;
    // With nothing under way a logout is how sessions end.
    if reason == 2 || !case.is_down() || case.open_commands() == 0 {
        return None;
    }
    let fact = Fact::at(stamp, "a Logout Request was sent").number("reason", reason.into());
    let found = Diagnosis::new(Cause::UserspaceLogout, Confidence::Certain).because(fact);
    Some(found.and(case.waiting()))
}

fn reset(case: &Case<'_>) -> Option<Diagnosis> {
    let asked = case.what.iter().any(|what| matches!(what, What::TaskManagement(_)));
    if !asked {
        return None;
    }
    let kernel = case.ledger.sees.kernel && case.ledger.recovery.timed_out.is_none();
    let sure = if kernel { Confidence::Likely } else { Confidence::Possible };
    let of_those = if case.ledger.is_partial() { " that was seen" } else { "" };
    let text = format!("no command{of_those} had waited as long as a timeout takes");
    let mut found = Diagnosis::new(Cause::ResetByInitiator, sure).because(Fact::new(text));
    for step in case.ledger.recovery.steps() {
        found = found.because(ladder(step));
    }
    Some(found.certain_if("the initiator's log, or who ran sg_reset"))
}

fn reconnect(case: &Case<'_>) -> Option<Diagnosis> {
    let ledger = case.ledger;
    let stopped = case.session.stopped?;
    let own = case.closed().is_some_and(|(by, _)| by == Direction::ToTarget);
    if !own || ledger.error.is_some() || !ledger.is_up() {
        return None;
    }
    let fact =
        Fact::at(stopped, "iscsid told the kernel to stop the connection; no error came before");
    let found = Diagnosis::new(Cause::UserspaceReconnect, Confidence::Certain).because(fact);
    Some(found.and(case.waiting()))
}

fn closed(case: &Case<'_>) -> Option<Diagnosis> {
    let ledger = case.ledger;
    let (by, reset) = case.closed()?;
    if by != Direction::ToTarget || case.code().is_some() || !ledger.is_up() {
        return None;
    }
    let how = if reset { "RST" } else { "FIN" };
    let fact = Fact::at(case.at, format!("the initiator sent {how} without a logout"));
    Some(
        Diagnosis::new(Cause::InitiatorClosed, Confidence::Possible)
            .because(fact)
            .and(case.waiting())
            .and(case.silence())
            .certain_if("the initiator's kernel log: the code in `detected conn error`"),
    )
}
