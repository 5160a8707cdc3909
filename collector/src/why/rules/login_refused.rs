//! The target answered a login with a status other than success.

use iscsi_decoders::catalogue::{self, Space};
use iscsi_decoders::pdu::Direction;

use super::Diagnosis;
use crate::why::Cause;
use crate::why::case::Case;
use crate::why::incident::{Confidence, Fact, What};

/// The cause of a status (RFC 7143, section 11.13.5).
pub fn cause(class: u8, detail: u8) -> Cause {
    match (class, detail) {
        (2, 1) => Cause::LoginRefusedAuthentication,
        (2, 2) => Cause::LoginRefusedAccess,
        (2, 3 | 4) => Cause::LoginRefusedUnknownTarget,
        (2, 5) => Cause::LoginRefusedVersion,
        (2, 6) => Cause::LoginRefusedTooManyConnections,
        (3, 0) => Cause::LoginRefusedTargetError,
        (3, 1) => Cause::LoginRefusedUnavailable,
        (3, 2) => Cause::LoginRefusedOutOfResources,
        _ => Cause::LoginRefused,
    }
}

/// The status is the target's own word.
pub fn rule(case: &Case<'_>) -> Option<Diagnosis> {
    case.what.iter().find_map(|what| match *what {
        What::LoginRefused(class, detail) => {
            let code = u32::from(class) << 8 | u32::from(detail);
            let name =
                catalogue::get(Space::Login, code).map_or("no known status", |entry| entry.symbol);
            let text = format!("the target's answer was status {class:02x}{detail:02x}, {name}");
            let fact = Fact::at(case.at, text).number("status", code.into());
            let key = case.ledger.login.refused_key.as_ref();
            let refused = key.map(|(key, side)| {
                let who = if *side == Direction::ToTarget { "initiator" } else { "target" };
                Fact::new(format!("before it the {who} answered {key}"))
            });
            // "Initiator error" names none; the key does.
            let cause = match (class, detail, key) {
                (2, 0, Some(_)) => Cause::NegotiationFailed,
                _ => cause(class, detail),
            };
            Some(Diagnosis::new(cause, Confidence::Certain).because(fact).and(refused))
        }
        What::Redirected { permanently } => {
            let cause = if permanently {
                Cause::TargetMovedPermanently
            } else {
                Cause::TargetMovedTemporarily
            };
            let moved = case.ledger.violation.as_ref();
            let text = moved.map_or("the target sent the initiator elsewhere", |moved| &moved.text);
            let fact = Fact::at(case.at, text);
            Some(Diagnosis::new(cause, Confidence::Certain).because(fact))
        }
        _ => None,
    })
}
