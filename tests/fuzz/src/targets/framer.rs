//! One direction's bytes, in order and without a gap: each is part of a PDU or reported as skipped.
//!
//! The first byte says which direction it is, whether its start was captured, and how long its segments are.

use iscsi_decoders::Timestamp;
use iscsi_decoders::net::TcpFlags;
use iscsi_decoders::pdu::{BHS_LEN, Digest};
use iscsi_decoders::stream::{Event, Pdu, Stamp, Streams};

use super::no_words;
use crate::wire::Segment;
use crate::{Target, seeds, wire};

pub const TARGET: Target = Target { name: "framer", run, seeds: directions, words: no_words };

/// Bytes of a stream worth starting from.
const SEED_BYTES: usize = 2048;

/// Sequence number of the SYN.
const START: u32 = 99;

fn run(input: &[u8]) {
    let Some((&how, bytes)) = input.split_first() else { return };
    let mut segment = Segment {
        src: ([192, 0, 2, 1], 40_000).into(),
        dst: ([192, 0, 2, 2], 3260).into(),
        seq: START,
        ack: 0,
        flags: TcpFlags(TcpFlags::SYN),
        missing: 0,
        payload: Vec::new(),
    };
    if how & 1 == 1 {
        std::mem::swap(&mut segment.src, &mut segment.dst);
    }
    let (mut accounted, mut missing, mut opened) = (0, 0, false);
    let mut sink = |event: Event<'_>| match event {
        Event::Opened { .. } => opened = true,
        Event::Skipped { bytes, .. } => accounted += bytes,
        Event::Pdu(pdu) => {
            accounted += on_wire(&pdu);
            // Of the last PDU data, padding and digests may not be there.
            missing = u64::from(pdu.data_missing) + 3 + 2 * 4;
        }
        Event::Closed { .. } => {}
    };
    let mut streams = Streams::default();
    if how & 2 == 0 {
        streams.segment(&segment.borrowed(), Stamp::default(), &mut sink);
    }
    segment.flags = TcpFlags(0);
    segment.seq += 1;
    for (frame, payload) in (1..).zip(bytes.chunks(usize::from(how >> 2) * 25 + 1)) {
        segment.payload = payload.to_vec();
        let stamp = Stamp { time: Timestamp(0), frame };
        streams.segment(&segment.borrowed(), stamp, &mut sink);
        segment.seq += payload.len() as u32;
    }
    streams.finish(&mut sink);
    let total = bytes.len() as u64;
    if opened {
        assert!((total..=total + missing).contains(&accounted), "{accounted} of {total} bytes");
    }
}

/// Bytes of the stream a PDU stands for.
fn on_wire(pdu: &Pdu<'_>) -> u64 {
    let digest = |digest| if digest == Digest::None { 0 } else { 4 };
    let data = u64::from(pdu.header.data_segment_length().next_multiple_of(4));
    let head = (BHS_LEN + pdu.ahs.len()) as u64;
    head + digest(pdu.header_digest) + data + digest(pdu.data_digest)
}

/// Both directions of each capture's first connection.
fn directions() -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    for capture in seeds::recorded("captures") {
        let segments = wire::segments(&capture);
        let Some(first) = segments.first() else { continue };
        for (way, from) in [(0, first.src), (1, first.dst)] {
            let sent = segments.iter().filter(|segment| segment.src == from);
            let bytes = sent.flat_map(|segment| segment.payload.iter().copied()).take(SEED_BYTES);
            found.push([60 | way].into_iter().chain(bytes).collect());
        }
    }
    found
}
