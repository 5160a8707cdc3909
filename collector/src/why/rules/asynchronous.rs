//! The target announced what it does with an Async Message.

use iscsi_decoders::catalogue::{self, Space};

use super::Diagnosis;
use crate::why::Cause;
use crate::why::case::Case;
use crate::why::incident::{Confidence, Fact, What};

/// What follows an announcement by more than this has its own reason.
const FOLLOWS: i64 = 60_000_000_000;

/// The cause of an event (RFC 7143, section 11.9.1).
pub fn cause(event: u8) -> Option<Cause> {
    Some(match event {
        1 => Cause::AsyncLogoutRequest,
        2 => Cause::AsyncConnectionDrop,
        3 => Cause::AsyncSessionDrop,
        4 => Cause::AsyncRenegotiate,
        _ => return None,
    })
}

/// The target says so itself; the end of the connection that follows is only its effect.
pub fn rule(case: &Case<'_>) -> Option<Diagnosis> {
    let told = case.what.iter().any(|what| matches!(what, What::Async(_)));
    let (stamp, event) = case.ledger.orders.asynchronous?;
    let follows = case.is_down() && case.now().since(stamp.time) < FOLLOWS;
    if !told && !follows {
        return None;
    }
    let name = catalogue::get(Space::Async, event.into()).map_or("", |entry| entry.meaning);
    let fact = Fact::at(stamp, format!("the target's Async Message, event {event}: {name}"))
        .number("event", event.into());
    Some(Diagnosis::new(cause(event)?, Confidence::Certain).because(fact))
}
