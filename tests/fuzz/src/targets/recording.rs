//! Recordings: packets of a single PDU each and journal entries, damaged.

use iscsi_collector::recording::Writer;
use iscsi_collector::source::{CaptureSource, Event};

use super::{capture, no_words};
use crate::{Target, seeds};

pub const TARGET: Target =
    Target { name: "recording", run: capture::run, seeds: recordings, words: no_words };

/// Enough for a login and some commands.
const SEED_MAX: usize = 8 << 10;

/// The captures of the repository, recorded.
fn recordings() -> Vec<Vec<u8>> {
    let captures = seeds::recorded("captures");
    captures.iter().map(|capture| record(capture)).collect()
}

fn record(capture: &[u8]) -> Vec<u8> {
    let mut writer = Writer::new(Vec::new()).expect("a vector takes everything");
    let mut sink = |event: Event<'_>| writer.event(&event).expect("a vector takes everything");
    if let Ok(mut source) = CaptureSource::new(capture, &[]) {
        while source.step(&mut sink).is_ok_and(|flow| flow.is_continue()) {}
        source.finish(&mut sink);
    }
    let mut recording = writer.into_inner();
    recording.truncate(SEED_MAX);
    recording
}
