//! Commands took long: in the target, or on the way?

use iscsi_decoders::pdu::Direction;

use super::{Diagnosis, LATELY};
use crate::model::finding::Duration;
use crate::why::Cause;
use crate::why::case::Case;
use crate::why::incident::{Confidence, Fact, What};

/// The network is to blame if it took this part of the time.
const PART: i64 = 4;

/// What TCP does while a command is under way is the network's; the rest is the target's.
pub fn rule(case: &Case<'_>) -> Option<Diagnosis> {
    took_long(case).or_else(|| under_way(case))
}

/// The source ends before the command does, whose data is still on its way.
fn under_way(case: &Case<'_>) -> Option<Diagnosis> {
    let unanswered = case.what.iter().any(|what| matches!(what, What::Unanswered { .. }));
    let write =
        case.ledger.tasks.commands().filter(|task| task.sends()).min_by_key(|task| task.began.time);
    let wire = &case.ledger.wire;
    let ours = wire.half(Direction::ToTarget);
    let (began, progress, last) = (write?.began, ours.progress?, ours.last?);
    let flowed = progress.time.since(began.time);
    let to_the_end = last.time.since(progress.time) < LATELY;
    let is_read = wire.half(Direction::ToInitiator).window_closed.is_none();
    if !unanswered || flowed < LATELY || !to_the_end || !is_read {
        return None;
    }
    let text = format!(
        "the data of a write was on its way for {}, and TCP acknowledged it up to the end",
        Duration(flowed)
    );
    let fact = Fact::at(progress, text).duration("under_way_us", flowed);
    Some(
        Diagnosis::new(Cause::SlowNetwork, Confidence::Possible)
            .because(fact)
            .and(case.waiting())
            .certain_if("how it ended: the initiator's kernel log, or a longer capture"),
    )
}

fn took_long(case: &Case<'_>) -> Option<Diagnosis> {
    let (commands, longest) = case.what.iter().find_map(|what| match *what {
        What::Slow { commands, longest } => Some((commands, longest)),
        _ => None,
    })?;
    let began = case.now().0.saturating_sub(longest);
    let took = Fact::at(
        case.at,
        format!("{commands} commands took long, the longest {}", Duration(longest)),
    )
    .number("commands", commands.into())
    .duration("longest_us", longest);
    let certain =
        "a capture taken on the initiator: round trips and retransmissions against service times";
    let wire = &case.ledger.wire;
    let halves = Direction::BOTH.map(|direction| wire.half(direction));
    if case.ledger.sees.segments {
        let again = halves.iter().filter_map(|half| half.last_again).find(|at| at.time.0 >= began);
        let [ours, theirs] = halves;
        let round_trip =
            halves.iter().filter_map(|half| half.round_trip).map(|(_, last)| last).max();
        let window = theirs.window_closed_for.max(ours.window_closed_for);
        let network = match (again, round_trip) {
            (Some(again), _) => {
                let sent = ours.retransmits + theirs.retransmits;
                let count = i64::try_from(sent).unwrap_or(i64::MAX);
                Some(
                    Fact::at(again, format!("TCP sent segments again meanwhile, {sent} in all"))
                        .number("retransmits", count),
                )
            }
            (None, Some(round_trip)) if round_trip > longest / PART => Some(
                Fact::new(format!("TCP's round trip was {}", Duration(round_trip)))
                    .duration("round_trip_us", round_trip),
            ),
            _ if window > longest / PART => Some(
                Fact::new(format!("a TCP window was closed for {}", Duration(window)))
                    .duration("window_closed_us", window),
            ),
            _ => None,
        };
        return Some(match network {
            Some(fact) => Diagnosis::new(Cause::SlowNetwork, Confidence::Likely)
                .because(took)
                .because(fact)
                .certain_if(certain),
            None => {
                let round_trip = round_trip.map(|round_trip| {
                    Fact::new(format!(
                        "TCP's round trip was {}, nothing was sent again",
                        Duration(round_trip)
                    ))
                    .duration("round_trip_us", round_trip)
                });
                let sure =
                    if round_trip.is_some() { Confidence::Certain } else { Confidence::Likely };
                Diagnosis::new(Cause::SlowTarget, sure)
                    .because(took)
                    .and(round_trip)
                    .certain_if(certain)
            }
        });
    }
    let socket = &case.ledger.socket;
    if let Some((first, _, count)) = socket.retransmits {
        let fact = Fact::at(first, format!("TCP sent again {count} times meanwhile"));
        let fact = fact.number("retransmits", count.into());
        return Some(
            Diagnosis::new(Cause::SlowNetwork, Confidence::Likely)
                .because(took)
                .because(fact)
                .certain_if(certain),
        );
    }
    // The kernel tells of TCP only when something is wrong; a round trip it told earlier says nothing of now.
    Some(Diagnosis::new(Cause::SlowCommands, Confidence::Likely).because(took).certain_if(certain))
}
