//! An incident on one line, for `live` and lists.

use super::words;
use crate::output::{Clock, Plain};
use crate::why::engine::Change;
use crate::why::incident::Incident;

/// What happened and its cause, without when and where.
pub fn text(incident: &Incident) -> String {
    let (what, cause) = (words::headline(incident), incident.diagnosis.cause.name());
    format!("{what}: {cause} ({})", incident.diagnosis.confidence.name())
}

/// The line, without its end.
pub fn line(incident: &Incident, change: Change) -> String {
    let diagnosis = &incident.diagnosis;
    let stamp = match (change, incident.led_to.recovered) {
        (Change::Changed, Some((stamp, _))) => stamp,
        _ => incident.began,
    };
    let place = words::place(&incident.place);
    let what = words::headline(incident);
    // The meaning was told when the incident was made.
    let then = match (change, words::led_to(&incident.led_to)) {
        (Change::Changed, Some(led_to)) => led_to,
        _ => diagnosis.cause.meaning().to_owned(),
    };
    let text = format!(
        "incident {}: {what} on {place}: {} ({}): {then}",
        incident.number,
        diagnosis.cause.name(),
        diagnosis.confidence.name(),
    );
    format!("{:>7} {} ! {}", stamp.frame, Clock(stamp.time), Plain(&text))
}
