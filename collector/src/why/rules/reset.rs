//! The connection was reset: by the target's machine, or by something in between that speaks in its name.

use iscsi_decoders::pdu::Direction;

use super::Diagnosis;
use crate::why::Cause;
use crate::why::case::Case;
use crate::why::incident::{Confidence, Fact};

/// RST has no signature, but its packet tells: the hops it has left are those of its real sender, and a target that
/// goes on sending did not send it.
pub fn rule(case: &Case<'_>) -> Option<Diagnosis> {
    let ledger = case.ledger;
    if case.ended_by_target() != Some(true) || ledger.orders.is_leaving() {
        return None;
    }
    if ledger.login.stage().is_some() {
        return None;
    }
    let stamp = ledger.closed.map_or(case.at, |closed| closed.stamp);
    let unsure =
        "a capture with whole IP headers: the RST's hop count against that of the target's packets";
    let half = ledger.wire.half(Direction::ToInitiator);
    let reset = half.ended.filter(|ending| ending.reset);
    let (Some(reset), true) = (reset, ledger.sees.segments) else {
        return Some(
            Diagnosis::new(Cause::ConnectionReset, Confidence::Likely)
                .because(Fact::at(stamp, "a RST came from the target's address"))
                .and(case.waiting())
                .certain_if(unsure),
        );
    };
    let came = Fact::at(reset.stamp, "a RST came from the target's address");
    let other =
        |&hops: &u8| hops != 0 && reset.hops != 0 && travelled(hops) != travelled(reset.hops);
    if let Some(usual) = half.hops.filter(other) {
        let text = format!(
            "the RST had {} hops left, the target's other packets {usual}: another machine sent it",
            reset.hops
        );
        // Packets of one machine may come by different ways, but hardly the last one alone.
        let sure = if half.after_reset > 0 { Confidence::Certain } else { Confidence::Likely };
        let hops = Fact::at(reset.stamp, text)
            .number("hops_of_reset", reset.hops.into())
            .number("hops_of_target", usual.into());
        return Some(
            Diagnosis::new(Cause::ResetInBetween, sure)
                .because(came)
                .because(hops)
                .and(case.waiting())
                .certain_if("the log of the firewall that many hops away"),
        );
    }
    if half.after_reset > 0 {
        let text = format!(
            "the target went on sending after it: {} more packets, so it did not send the RST",
            half.after_reset
        );
        return Some(
            Diagnosis::new(Cause::ResetInBetween, Confidence::Likely)
                .because(came)
                .because(
                    Fact::at(reset.stamp, text).number("packets_after", half.after_reset.into()),
                )
                .and(case.waiting())
                .certain_if(unsure),
        );
    }
    let same = match half.hops {
        Some(hops) => format!("the RST had {hops} hops left, as the target's other packets"),
        None => "the RST is the only packet seen of the target".to_owned(),
    };
    Some(
        Diagnosis::new(Cause::ResetByTarget, Confidence::Likely)
            .because(came)
            .because(Fact::at(reset.stamp, same))
            .and(case.waiting())
            .certain_if(
                "a capture on the target's side that shows the RST leaving, or the target's log",
            ),
    )
}

/// Hops behind a packet: machines begin with 64, 128 or 255.
fn travelled(left: u8) -> u8 {
    let begin = [64, 128, 255].into_iter().find(|&begin| begin >= left).unwrap_or(u8::MAX);
    begin - left
}
