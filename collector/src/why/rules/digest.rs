//! A digest did not match: whose bytes, and what kind of damage.

use iscsi_decoders::pdu::Direction;

use super::Diagnosis;
use crate::why::Cause;
use crate::why::case::Case;
use crate::why::damage::{Damage, damage};
use crate::why::incident::{Confidence, Fact, What};
use crate::why::ledger::{AT_ONCE, BadDigest};

/// `ISCSI_ERR_HDR_DGST` and `ISCSI_ERR_DATA_DGST`.
const HDR_DGST: u32 = 1014;
const DATA_DGST: u32 = 1015;
/// Reject's reason 0x02, Data (payload) digest error (RFC 7143, section 11.17.1).
const DATA_DIGEST_ERROR: u8 = 2;
/// Digest errors speak for themselves; what is left to say is which side's bytes they were.
pub fn rule(case: &Case<'_>) -> Option<Diagnosis> {
    let told = match case.code() {
        Some(HDR_DGST) => Some(false),
        Some(DATA_DGST) => Some(true),
        _ => rejected(case).then_some(true),
    };
    let seen = case.ledger.digest;
    let cause = |data| if data { Cause::DataDigestError } else { Cause::HeaderDigestError };
    if let Some(bad) = seen
        && told.is_none_or(|data| data == bad.data)
        && (told.is_some() || is_recent(case, &bad))
    {
        let is_told = told.is_some() || ended_by_receiver(case, &bad);
        let sure = if is_told { Confidence::Certain } else { Confidence::Likely };
        return Some(facts(Diagnosis::new(cause(bad.data), sure), &bad).and(case.waiting()));
    }
    let Some(data) = told else { return unreadable(case) };
    if rejected(case) {
        let stamp = case.ledger.orders.rejected.map_or(case.at, |(stamp, _)| stamp);
        let found =
            "the target's Reject: it found the data digest of a PDU from the initiator wrong";
        return Some(
            Diagnosis::new(Cause::DataDigestError, Confidence::Certain)
                .because(Fact::at(stamp, found))
                .and(case.waiting()),
        );
    }
    let what = if data { "data" } else { "header" };
    let kernel = Fact::new(format!(
        "the initiator's kernel found the {what} digest of a PDU from the target wrong"
    ));
    let wire = (case.ledger.sees.segments && case.ledger.skipped == 0).then(|| {
        Fact::new(
            "on the wire every digest was right: the bytes were damaged behind the capture, in this machine",
        )
    });
    let found = Diagnosis::new(cause(data), Confidence::Certain).because(kernel).and(wire);
    Some(found.and(case.waiting()))
}

/// A header so damaged that it is none: with digests in use, the receiver leaves on the spot.
fn unreadable(case: &Case<'_>) -> Option<Diagnosis> {
    let ledger = case.ledger;
    let lost = ledger.unreadable(&ledger.wire, ledger.closed?, case.now())?;
    case.closed()?;
    let side = if lost.direction == Direction::ToTarget { "initiator" } else { "target" };
    let text = format!(
        "the {side}'s last {} bytes do not begin with a header that makes sense, and headers have digests here",
        lost.bytes
    );
    let fact = Fact::at(lost.stamp, text);
    Some(
        Diagnosis::new(Cause::HeaderDigestError, Confidence::Likely)
            .because(fact.number("bytes", i64::try_from(lost.bytes).unwrap_or(i64::MAX)))
            .and(case.waiting())
            .certain_if("the code in the initiator's kernel log, or the target's log"),
    )
}

/// The target says so itself.
fn rejected(case: &Case<'_>) -> bool {
    case.what.iter().any(|what| matches!(what, What::Rejected(DATA_DIGEST_ERROR)))
}

/// Whoever received it ended the connection on the spot.
fn ended_by_receiver(case: &Case<'_>, bad: &BadDigest) -> bool {
    let by_receiver = case.closed().is_some_and(|(by, _)| by != bad.direction);
    by_receiver && case.now().since(bad.stamp.time) < AT_ONCE
}

/// A bad digest ends the connection at once, if at all.
fn is_recent(case: &Case<'_>, bad: &BadDigest) -> bool {
    case.is_down() && case.now().since(bad.stamp.time) < 5_000_000_000
}

fn facts(diagnosis: Diagnosis, bad: &BadDigest) -> Diagnosis {
    let what = if bad.data { "data" } else { "header" };
    let side = if bad.direction == Direction::ToTarget { "initiator" } else { "target" };
    let text = format!(
        "a PDU of the {side} was on the wire with a wrong {what} digest: bits 0x{:08x} are not those its bytes make",
        bad.sent ^ bad.computed
    );
    let wrong = Fact::at(bad.stamp, text).number("difference", (bad.sent ^ bad.computed).into());
    let where_from = match damage(bad.sent, bad.computed, bad.covered) {
        Damage::Byte { offset, bits } => Fact::new(format!(
            "one damaged byte explains it (offset {offset}, bits 0x{bits:02x}): the {side} computed right, and the \
             bytes were damaged behind it and before this capture"
        ))
        .number("damaged_offset", i64::try_from(offset).unwrap_or(i64::MAX)),
        Damage::Digest => Fact::new(format!(
            "only bits of the digest itself differ: damaged on the way from the {side}"
        )),
        Damage::ByteOrder => Fact::new(format!(
            "it is the right digest in the wrong byte order: the {side} writes it wrongly"
        )),
        Damage::More => Fact::new(format!(
            "more than one byte differs: the {side} computed over other bytes, or many were damaged"
        )),
    };
    diagnosis.because(wrong).because(where_from)
}
