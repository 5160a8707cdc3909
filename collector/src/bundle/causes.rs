//! The engine behind `why` over what a bundle has: its logs and its recordings.

use crate::annotate::explain_log;
use crate::model::Model;
use crate::source::{CaptureSource, Event};
use crate::why::{Change, Engine, Incident, watch};

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
        recorded(bytes, &mut |incident, _| keep(&mut all, before, incident));
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

fn recorded(bytes: &[u8], keep: &mut impl FnMut(&Incident, Change)) {
    let Ok(mut source) = CaptureSource::new(bytes, &[]) else { return };
    source.show_segments();
    let (mut model, mut engine) = (Model::default(), Engine::default());
    let mut take = |event: Event<'_>, engine: &mut Engine| watch(engine, &mut model, &event, keep);
    // What a recording of ours lacks at its end is no reason to say nothing about the rest.
    while let Ok(flow) = source.step(&mut |event: Event<'_>| take(event, &mut engine)) {
        if flow.is_break() {
            break;
        }
    }
    let totals = source.finish(&mut |event: Event<'_>| take(event, &mut engine));
    engine.finish(totals.last, keep);
}
