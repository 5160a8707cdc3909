//! Captures that begin while the connection is in use.

use proptest::prelude::*;

use super::encode::Digests;
use super::loss::assert_honest;
use super::session::{Session, Step};
use super::wire::{Segment, Wire, assert_all, decode, ends, exact};
use super::{digests, sizes, step};
use crate::pdu::{Digest, Direction};

/// What the capture has of segments when it begins `by` bytes into each direction's stream.
fn late(segments: &[Segment], by: [usize; 2]) -> Vec<Segment> {
    let mut skip = by;
    let mut late = Vec::new();
    for segment in segments {
        let skip = &mut skip[usize::from(segment.direction == Direction::ToInitiator)];
        let cut = segment.bytes.len().min(*skip);
        *skip -= cut;
        if cut < segment.bytes.len() {
            let mut segment = segment.clone();
            segment.bytes.drain(..cut);
            segment.seq = segment.seq.wrapping_add(cut as u32);
            late.push(segment);
        }
    }
    late
}

const STEPS: [Step; 9] = [
    Step::Ping,
    Step::Read { bytes: 1401, status_in_data: false },
    Step::Write { bytes: 1203, immediate: 150 },
    Step::Refused,
    Step::PingFromTarget,
    Step::Read { bytes: 600, status_in_data: true },
    Step::Write { bytes: 64, immediate: 64 },
    Step::Abort,
    Step::Ping,
];

#[test]
fn digests_are_found_from_the_first_pdu_on_however_it_is_cut() {
    for digests in [(false, false), (false, true), (true, false), (true, true)] {
        let digests = Digests { header: digests.0, data: digests.1 };
        let messages = Session::joined_late(digests, &STEPS);
        for size in [1, 3, 4, 44, 47, 48, 49, 50, 51, 52, 53, 56, 96, 100, 500, 1448, 9000] {
            let mut wire = Wire::joined(ends());
            wire.messages(&messages, &mut std::iter::repeat(size));
            let seen = decode(&wire.segments);
            assert_all(&seen, &messages, |digest, sent| {
                exact(digest, sent) || (size == 48 && digest == Digest::None)
            });
        }
    }
}

#[test]
fn a_capture_may_begin_at_any_byte() {
    for (header, data) in [(false, false), (false, true), (true, false), (true, true)] {
        let messages = Session::joined_late(Digests { header, data }, &STEPS);
        let mut wire = Wire::joined(ends());
        wire.messages(&messages, &mut [700, 90, 1448].into_iter().cycle());
        let lengths = Direction::BOTH.map(|direction| {
            let of = wire.segments.iter().filter(|segment| segment.direction == direction);
            of.map(|segment| segment.bytes.len()).sum::<usize>()
        });
        for at in 0..lengths[0].max(lengths[1]) {
            let segments = late(&wire.segments, [at.min(lengths[0]), at.min(lengths[1])]);
            assert_honest(&decode(&segments), &messages, &segments);
        }
    }
}

#[test]
fn a_pdu_held_back_for_a_digest_keeps_its_own_packet() {
    let messages = Session::joined_late(Digests::default(), &[Step::Ping, Step::Ping]);
    let mut wire = Wire::joined(ends());
    for message in &messages {
        wire.send(message.direction, message.pdu.bytes(message.digests));
    }
    // One direction alone: nothing answers, so only the next PDU shows that there was no digest.
    wire.segments.retain(|segment| segment.direction == Direction::ToTarget);
    let frames: Vec<_> = decode(&wire.segments).pdus.iter().map(|got| got.frame).collect();
    assert_eq!(frames, [1, 2]);
}

#[test]
fn an_answer_settles_that_there_is_no_digest() {
    let messages =
        Session::joined_late(Digests::default(), &[Step::Abort, Step::Ping, Step::PingFromTarget]);
    let mut wire = Wire::joined(ends());
    for message in &messages {
        wire.send(message.direction, message.pdu.bytes(message.digests));
    }
    let seen = decode(&wire.segments);
    assert_all(&seen, &messages, exact);
    // In the order of the conversation, each with its own packet.
    let frames: Vec<_> = seen.pdus.iter().map(|got| got.frame).collect();
    assert_eq!(frames, [1, 2, 3, 4, 5, 6]);
}

#[test]
fn once_settled_no_later_header_waits_for_a_digest() {
    let messages = Session::joined_late(Digests::default(), &[Step::Abort; 4]);
    let mut wire = Wire::joined(ends());
    for message in &messages {
        wire.send(message.direction, message.pdu.bytes(message.digests));
    }
    let frames: Vec<_> = decode(&wire.segments).pdus.iter().map(|got| got.frame).collect();
    assert_eq!(frames, [1, 2, 3, 4, 5, 6, 7, 8]);
}

#[test]
fn a_digest_in_a_packet_of_its_own_is_recognised() {
    let digests = Digests { header: true, data: true };
    let messages = Session::joined_late(digests, &[Step::Abort, Step::Ping, Step::Ping]);
    let mut wire = Wire::joined(ends());
    for message in &messages {
        let mut bytes = message.pdu.bytes(digests);
        let tail = bytes.split_off(bytes.len() - 4);
        wire.send(message.direction, bytes);
        wire.send(message.direction, tail);
    }
    let seen = decode(&wire.segments);
    for direction in Direction::BOTH {
        let sent = messages.iter().filter(|message| message.direction == direction);
        assert_eq!(
            seen.headers(direction),
            sent.map(|message| message.pdu.bhs).collect::<Vec<_>>()
        );
        assert!(seen.of(direction).skip(1).all(|got| matches!(got.header_digest, Digest::Good(_))));
    }
}

proptest! {
    #[test]
    fn joining_anywhere_shows_every_header_from_there_on(
        digests in digests(),
        steps in prop::collection::vec(step(), 1..10),
        sizes in sizes(),
        by in (any::<prop::sample::Index>(), any::<prop::sample::Index>()),
    ) {
        let messages = Session::joined_late(digests, &steps);
        let mut wire = Wire::joined(ends());
        wire.messages(&messages, &mut sizes.into_iter().cycle());
        let length = |direction| {
            let of = wire.segments.iter().filter(|segment| segment.direction == direction);
            of.map(|segment| segment.bytes.len()).sum::<usize>()
        };
        let by = [by.0.index(length(Direction::ToTarget).max(1)), by.1.index(length(Direction::ToInitiator).max(1))];
        let segments = late(&wire.segments, by);
        assert_honest(&decode(&segments), &messages, &segments);
    }
}
