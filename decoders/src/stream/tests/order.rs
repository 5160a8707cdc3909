//! However TCP packed and delivered the bytes, the PDUs are the same.

use proptest::prelude::*;

use super::session::{Session, Step};
use super::wire::{Got, Seen, Segment, Wire, assert_all, decode, ends, exact};
use super::{digests, encode::Digests, sizes, step, steps};
use crate::net::TcpFlags;
use crate::pdu::{BHS_LEN, Digest, Direction};

/// Moves segments out of their order, each by a bounded distance, the handshake staying first.
fn shuffled(mut segments: Vec<Segment>, moves: &[(prop::sample::Index, usize)]) -> Vec<Segment> {
    for (from, by) in moves {
        let movable = segments.len() - 3;
        if movable > 1 {
            let from = 3 + from.index(movable);
            let segment = segments.remove(from);
            segments.insert((from + by).min(segments.len()), segment);
        }
    }
    segments
}

proptest! {
    #[test]
    fn any_split_gives_the_pdus_that_were_sent(digests in digests(), steps in steps(), sizes in sizes()) {
        let messages = Session::logged_in(digests, &steps);
        let mut wire = Wire::opened(ends());
        wire.messages(&messages, &mut sizes.into_iter().cycle());
        let seen = decode(&wire.segments);
        assert_all(&seen, &messages, exact);
        prop_assert_eq!(seen.skipped, [0, 0]);
        prop_assert_eq!(seen.opened, [(1, ends(), true)]);
    }

    #[test]
    fn a_pdu_belongs_to_the_packet_with_its_last_byte(digests in digests(), steps in steps(), sizes in sizes()) {
        let messages = Session::logged_in(digests, &steps);
        let mut wire = Wire::opened(ends());
        wire.messages(&messages, &mut sizes.into_iter().cycle());
        let seen = decode(&wire.segments);
        for direction in Direction::BOTH {
            let sent = messages.iter().filter(|message| message.direction == direction);
            let mut end = 0;
            for (message, got) in sent.zip(seen.of(direction)) {
                end += message.pdu.bytes(message.digests).len();
                let mut at = 0;
                let frame = wire.segments.iter().position(|segment| {
                    at += if segment.direction == direction { segment.bytes.len() } else { 0 };
                    at >= end
                });
                prop_assert_eq!(Some(got.frame), frame.map(|frame| frame as u64 + 1));
            }
        }
    }

    #[test]
    fn any_order_any_copies_and_any_overlaps_give_the_same(
        digests in digests(),
        // A vendor's PDU has no shape: it is only believed once the login is known to be over.
        steps in prop::collection::vec(step(), 1..8),
        sizes in sizes(),
        moves in prop::collection::vec((any::<prop::sample::Index>(), 1..30_usize), 0..20),
        copies in prop::collection::vec((any::<prop::sample::Index>(), 0..30_usize), 0..8),
        overlaps in prop::collection::vec((any::<prop::sample::Index>(), 0..2000_usize, 0..2000_usize), 0..8),
    ) {
        let messages = Session::logged_in(digests, &steps);
        let mut wire = Wire::opened(ends());
        wire.messages(&messages, &mut sizes.into_iter().cycle());
        let original = decode(&wire.segments);
        let mut segments = wire.segments.clone();
        for (from, by) in copies {
            let from = from.index(segments.len());
            let copy = segments[from].clone();
            segments.insert((from + by).clamp(3, segments.len()), copy);
        }
        for (at, before, after) in overlaps {
            let at = 3 + at.index(wire.segments.len() - 3);
            let overlap = overlapping(&wire.segments, &wire.segments[at], before, after);
            segments.insert(at + 1, overlap);
        }
        let seen = decode(&shuffled(segments, &moves));
        prop_assert_eq!(seen.skipped, [0, 0]);
        for direction in Direction::BOTH {
            // An answer that overtakes a digest passes for proof that there was none: such a PDU shows none, never a bad
            // one.
            let undigested = |seen: &Seen| -> Vec<Got> {
                let none = Digest::None;
                let strip = |got: Got| Got { header_digest: none, data_digest: none, ..got };
                seen.contents(direction).into_iter().map(strip).collect()
            };
            prop_assert_eq!(undigested(&seen), undigested(&original));
            let is_bad = |digest| matches!(digest, Digest::Bad { .. });
            prop_assert!(!seen.of(direction).any(|got| is_bad(got.header_digest) || is_bad(got.data_digest)));
        }
    }
}

/// A retransmission that covers a segment and what lies up to so many bytes around it.
fn overlapping(sent: &[Segment], around: &Segment, before: usize, after: usize) -> Segment {
    let isn = super::wire::ISN[usize::from(around.direction == Direction::ToInitiator)];
    let stream: Vec<u8> = sent
        .iter()
        .filter(|segment| segment.direction == around.direction)
        .flat_map(|segment| segment.bytes.clone())
        .collect();
    let at = around.seq.wrapping_sub(isn).wrapping_sub(1) as usize;
    let (from, to) =
        (at.saturating_sub(before), (at + around.bytes.len() + after).min(stream.len()));
    Segment {
        seq: isn.wrapping_add(1).wrapping_add(from as u32),
        bytes: stream[from..to].to_vec(),
        flags: TcpFlags::ACK,
        ..around.clone()
    }
}

#[test]
fn every_boundary_may_fall_between_two_segments() {
    let digests = Digests { header: true, data: true };
    let steps = [Step::Write { bytes: 101, immediate: 50 }, Step::LongCdb, Step::Ping];
    let messages = Session::logged_in(digests, &steps);
    for size in 1..=2 * BHS_LEN {
        for first in 0..size {
            let mut wire = Wire::opened(ends());
            let mut sizes = std::iter::once(first.max(1)).chain(std::iter::repeat(size));
            wire.messages(&messages, &mut sizes);
            assert_all(&decode(&wire.segments), &messages, exact);
        }
    }
}

#[test]
fn text_continued_over_pdus_comes_whole_with_the_last() {
    use super::encode::{self as field, Pdu};
    use super::session::{Message, RESERVED};
    let text = |flags: u64, data: &str| Message {
        direction: Direction::ToTarget,
        pdu: Pdu::new(0x04)
            .with(field::FINAL, 1 - flags)
            .with(field::SECOND, flags)
            .with(field::ITT, 5)
            .with(field::TTT, RESERVED)
            .data(data),
        digests: Digests::default(),
    };
    let mut messages = Session::logged_in(Digests::default(), &[]);
    messages.extend([text(1, "SendTar"), text(1, "gets="), text(0, "All\0"), text(0, "X=1\0")]);
    let mut wire = Wire::opened(ends());
    wire.messages(&messages, &mut std::iter::repeat(60));
    let seen = decode(&wire.segments);
    let texts: Vec<_> = seen.of(Direction::ToTarget).skip(1).map(|got| &got.text[..]).collect();
    assert_eq!(texts, [&b""[..], b"", b"SendTargets=All\0", b"X=1\0"]);
}
