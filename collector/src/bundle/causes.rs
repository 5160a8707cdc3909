//! The engine behind `why` over what a bundle has: its logs and its recordings.

use crate::annotate::explain_log;
use crate::source::CaptureSource;
use crate::why::{Driver, Incident, Told};

/// The incidents of logs and recordings, in that order, each in the order they began; numbered anew.
pub(super) fn incidents<'b>(
    log: &str,
    recordings: impl Iterator<Item = &'b [u8]>,
) -> Vec<Incident> {
    let mut all = Vec::new();
    // Reading from memory cannot fail.
    let _ = explain_log(log.as_bytes(), |incident| keep(&mut all, 0, &incident));
    for bytes in recordings {
        let before = all.len();
        recorded(bytes, &mut |incident| keep(&mut all, before, incident));
    }
    for (number, incident) in (1..).zip(&mut all) {
        incident.number = number;
    }
    all
}

/// An incident comes again when more is known of it.
fn keep(all: &mut Vec<Incident>, before: usize, incident: &Incident) {
    let known = all.iter_mut().skip(before).find(|known| known.number == incident.number);
    match known {
        Some(known) => *known = incident.clone(),
        None => all.push(incident.clone()),
    }
}

fn recorded(bytes: &[u8], keep: &mut impl FnMut(&Incident)) {
    let Ok(source) = CaptureSource::new(bytes, &[]) else { return };
    // What a recording of ours lacks at its end is no reason to say nothing about the rest.
    let _ = Driver::default().capture(source, &mut |told: Told<'_, '_>| {
        told.incident().into_iter().for_each(&mut *keep)
    });
}
