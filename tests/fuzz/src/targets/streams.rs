//! Segments in any order, overlapping, cut and missing: reassembly and framing.

use iscsi_decoders::Timestamp;
use iscsi_decoders::pdu::BHS_LEN;
use iscsi_decoders::stream::{Event, Stamp, Streams};

use super::no_words;
use crate::{Target, script, seeds, wire};

pub const TARGET: Target = Target { name: "streams", run, seeds: conversations, words: no_words };

/// Segments of a conversation, enough for a login and some commands.
const SEED_SEGMENTS: usize = 40;

fn run(input: &[u8]) {
    let (segments, room) = script::read(input);
    let mut streams = Streams::default();
    let mut accounted = 0;
    let mut opened = 0;
    let mut sink = |event: Event<'_>| match event {
        Event::Opened { connection, .. } => {
            opened += 1;
            assert_eq!(connection.0, opened, "connections are counted from 1");
        }
        Event::Pdu(pdu) => {
            assert!(pdu.connection.0 <= opened, "a PDU on a connection that was not opened");
            let length = pdu.header.data_segment_length();
            let captured = length.checked_sub(pdu.data_missing).expect("no more missing than sent");
            assert!(pdu.data.len() <= captured as usize, "more data than was captured");
            assert!(pdu.ahs.len() <= usize::from(pdu.header.total_ahs_length()) * 4);
            accounted += (BHS_LEN + pdu.ahs.len()) as u64 + u64::from(captured);
        }
        Event::Skipped { bytes, .. } => accounted += bytes,
        Event::Closed { .. } => {}
    };
    for (number, segment) in (1..).zip(&segments) {
        let stamp = Stamp { time: Timestamp(0), frame: number };
        streams.segment(&segment.borrowed(), stamp, &mut sink);
    }
    streams.finish(&mut sink);
    assert!(accounted <= room, "{accounted} bytes came out of {room}");
}

fn conversations() -> Vec<Vec<u8>> {
    let captures = seeds::recorded("captures");
    let segments = captures.iter().map(|capture| wire::segments(capture));
    segments
        .map(|mut all| {
            all.truncate(SEED_SEGMENTS);
            script::write(&all)
        })
        .collect()
}
