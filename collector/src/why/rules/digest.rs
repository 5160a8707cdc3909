//! A digest did not match: whose bytes, and what kind of damage.

use iscsi_decoders::pdu::Direction;

use super::Diagnosis;
use crate::why::Cause;
use crate::why::case::Case;
use crate::why::damage::{Damage, damage};
use crate::why::incident::{Confidence, Fact};
use crate::why::ledger::BadDigest;

/// `ISCSI_ERR_HDR_DGST` and `ISCSI_ERR_DATA_DGST`.
const HDR_DGST: u32 = 1014;
const DATA_DGST: u32 = 1015;

/// Digest errors speak for themselves; what is left to say is which side's bytes they were.
pub fn rule(case: &Case<'_>) -> Option<Diagnosis> {
    let told = match case.code() {
        Some(HDR_DGST) => Some(false),
        Some(DATA_DGST) => Some(true),
        _ => None,
    };
    let seen = case.ledger.digest;
    let cause = |data| if data { Cause::DataDigestError } else { Cause::HeaderDigestError };
    if let Some(bad) = seen
        && told.is_none_or(|data| data == bad.data)
        && (told.is_some() || is_recent(case, &bad))
    {
        let sure = if told.is_some() { Confidence::Certain } else { Confidence::Likely };
        return Some(facts(Diagnosis::new(cause(bad.data), sure), &bad).and(case.waiting()));
    }
    let data = told?;
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
