//! The connection ended before its login did.

use iscsi_decoders::pdu::Direction;

use super::Diagnosis;
use crate::model::finding::Duration;
use crate::why::Cause;
use crate::why::case::Case;
use crate::why::incident::{Confidence, Fact, What};

/// Less than any login timeout in use.
const TIMEOUT_MIN: i64 = 1_000_000_000;

/// Who left, and what had been said last, tells why.
pub fn rule(case: &Case<'_>) -> Option<Diagnosis> {
    if let Some(found) = disagreed(case) {
        return Some(found);
    }
    let login = &case.ledger.login;
    let stage = login.stage()?;
    let waited = login.unanswered.map(|request| (request, case.now().since(request.time)));
    let unanswered = case.what.iter().any(|what| matches!(what, What::Unanswered { .. }));
    let (by, reset) = match case.closed() {
        Some(closed) => closed,
        None if unanswered => (Direction::ToTarget, false),
        None => return None,
    };
    let [requests, responses] = login.pdus;
    let place = Fact::new(format!(
        "the login was in {stage}, after {requests} requests and {responses} responses"
    ))
    .number("requests", requests.into())
    .number("responses", responses.into());
    if by == Direction::ToInitiator {
        let how = if reset { "reset" } else { "closed" };
        return Some(
            Diagnosis::new(Cause::LoginCutOff, Confidence::Likely)
                .because(Fact::at(case.at, format!("the target's side {how} the connection")))
                .because(place)
                .certain_if("the target's log"),
        );
    }
    if let Some((request, waited)) = waited {
        if waited < TIMEOUT_MIN {
            return Some(
                Diagnosis::new(Cause::LoginCutOff, Confidence::Possible)
                    .because(Fact::at(case.at, "the initiator left without waiting for the answer"))
                    .because(place)
                    .certain_if("the initiator's log"),
            );
        }
        let text = format!("a Login Request was not answered in {}", Duration(waited));
        return Some(
            Diagnosis::new(Cause::LoginTimedOut, Confidence::Certain)
                .because(Fact::at(request, text).duration("waited_us", waited))
                .because(place),
        );
    }
    let left = Fact::at(case.at, "the initiator left the login after an answer of the target");
    if let Some((key, side)) = &login.refused_key {
        let who = if *side == Direction::ToTarget { "initiator" } else { "target" };
        return Some(
            Diagnosis::new(Cause::NegotiationFailed, Confidence::Likely)
                .because(Fact::new(format!("the {who} answered {key}")))
                .because(left)
                .because(place)
                .certain_if("the initiator's log"),
        );
    }
    if login.challenged
        && let Some(proof) = login.proved
    {
        return Some(
            Diagnosis::new(Cause::TargetNotAuthenticated, Confidence::Likely)
                .because(Fact::at(proof, "the target answered the initiator's CHAP challenge"))
                .because(left)
                .because(place)
                .certain_if("the initiator's log: whether it found the target's answer wrong"),
        );
    }
    Some(
        Diagnosis::new(Cause::LoginCutOff, Confidence::Possible)
            .because(left)
            .because(place)
            .certain_if("the initiator's log"),
    )
}

/// An answer that was not on offer, after which the initiator left without another word.
fn disagreed(case: &Case<'_>) -> Option<Diagnosis> {
    let ledger = case.ledger;
    let broken = ledger.violation.as_ref().filter(|broken| broken.name == "key-violated")?;
    let (by, _) = case.closed()?;
    let [sent, _] = ledger.pdus;
    let [requests, _] = ledger.login.pdus;
    if by != Direction::ToTarget || sent > u64::from(requests) {
        return None;
    }
    Some(
        Diagnosis::new(Cause::NegotiationFailed, Confidence::Certain)
            .because(Fact::at(broken.stamp, &*broken.text))
            .because(Fact::at(
                case.at,
                "the initiator left the login after this answer of the target",
            )),
    )
}
