//! What an incident shows of the moment: where it is, and what went before.

use super::SETTLED;
use crate::why::incident::{Incident, Moment, Place};
use crate::why::ledger::{Ledger, history};

/// Headers shown before an incident without `-v`.
const SHOWN_HEADERS: usize = 6;
/// Entries of a timeline after which only the end is added to.
const TIMELINE: usize = 96;

/// Adds to a timeline; a full one keeps its beginning and its end.
pub(super) fn note(incident: &mut Incident, moment: Moment) {
    if incident.timeline.len() < TIMELINE {
        incident.timeline.push(moment);
    } else if let Some(last) = incident.timeline.last_mut() {
        *last = moment;
    }
}

/// The place, with the units that commands were waiting for.
pub(super) fn place(ledger: &Ledger) -> Place {
    let mut place = ledger.place.clone();
    let mut units: Vec<String> = ledger
        .tasks
        .commands()
        .filter_map(|task| Some(format!("LUN {}", task.request.lun()?)))
        .collect();
    units.sort();
    units.dedup();
    units.truncate(8);
    place.devices = units.into_iter().map(String::into_boxed_str).collect();
    place
}

/// The last headers and everything else that is remembered, in order.
pub(super) fn timeline(ledger: &Ledger) -> Vec<Moment> {
    let headers = ledger.history.headers().rev().take(SHOWN_HEADERS).map(history::moment);
    let mut moments: Vec<Moment> = headers.collect();
    let from = moments.last().map_or(i64::MIN, |moment| moment.stamp.time.0);
    // What happened long before the last headers is another story.
    let notes =
        ledger.history.notes().filter(|note| note.stamp.time.0 >= from.saturating_sub(SETTLED));
    moments.extend(notes.cloned());
    moments.sort_by_key(|moment| (moment.stamp.time, moment.stamp.frame));
    moments
}
