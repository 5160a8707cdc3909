//! Input made to hurt: what it costs is bounded.

use proptest::prelude::*;

use super::encode::{self as field, Digests, Pdu};
use super::session::{RESERVED, Session, Step, noise};
use super::wire::{ISN, Wire, decode, ends, feed, stream};
use super::{digests, sizes, step};
use crate::net::TcpFlags;
use crate::pdu::Direction;
use crate::stream::{Event, Streams};

fn ping() -> Vec<u8> {
    Pdu::new(0x00).with(field::ITT, 9).with(field::TTT, RESERVED).bytes(Digests::default())
}

#[test]
fn many_false_starts_in_one_segment_cost_no_stack() {
    // Each header is plausible and what stands where the next should be is not.
    let mut bytes = Vec::new();
    while bytes.len() < 4 << 20 {
        bytes.extend(ping());
        bytes.extend([0xff; 60]);
    }
    let mut wire = Wire::joined(ends());
    wire.send(Direction::ToTarget, bytes);
    assert_eq!(decode(&wire.segments).pdus.len(), 0);
}

#[test]
fn a_header_that_claims_all_of_the_stream_ends_with_the_stream() {
    let mut wire = Wire::opened(ends());
    wire.messages(&Session::logged_in(Digests::default(), &[]), &mut std::iter::repeat(1448));
    let greedy = Pdu::new(0x05).with(field::ITT, 5).with(field::DATA_LENGTH, 0xff_ffff);
    wire.send(Direction::ToTarget, greedy.bytes(Digests::default()));
    for _ in 0..100 {
        wire.send(Direction::ToTarget, noise(5, 1448));
    }
    let seen = decode(&wire.segments);
    let last = seen.pdus.last().map(|got| (got.header, got.data_missing));
    assert_eq!(last, Some((greedy.bhs, 0xff_ffff - 144_800)));
}

#[test]
fn segments_of_one_byte_in_reverse_come_out_in_order() {
    let messages =
        Session::logged_in(Digests::default(), &[Step::Write { bytes: 9000, immediate: 9000 }]);
    let mut wire = Wire::opened(ends());
    wire.messages(&messages, &mut std::iter::repeat(1));
    let forwards = decode(&wire.segments);
    let mut backwards = wire.segments;
    backwards[3..].reverse();
    for segment in &mut backwards[3..] {
        // An acknowledgement from the future would say that what is missing is lost.
        segment.flags = 0;
    }
    let seen = decode(&backwards);
    for direction in Direction::BOTH {
        assert_eq!(seen.headers(direction), forwards.headers(direction));
    }
}

#[test]
fn sequence_numbers_all_over_the_place_are_survived() {
    let mut wire = Wire::opened(ends());
    wire.messages(
        &Session::logged_in(Digests::default(), &[Step::Ping]),
        &mut std::iter::repeat(100),
    );
    let mut segments = wire.segments.clone();
    for round in 0..2000_u32 {
        let mut segment = segments[3 + round as usize % 4].clone();
        segment.seq = round.wrapping_mul(0x9e37_79b9);
        segment.ack = round.wrapping_mul(0x85eb_ca6b);
        segment.flags = TcpFlags::ACK | (round % 37) as u8 & TcpFlags::FIN;
        segment.missing = if round % 5 == 0 { u32::MAX - round } else { 0 };
        segments.push(segment);
    }
    // A proper connection on the same ports still comes out afterwards.
    let mut again = Wire::opened_at(ends(), ISN.map(|isn| isn ^ 0x5555));
    let messages = Session::logged_in(Digests::default(), &[Step::Ping]);
    again.messages(&messages, &mut std::iter::repeat(100));
    segments.extend(again.segments);
    let seen = decode(&segments);
    let last = seen.opened.last().map(|opened| opened.0);
    let pdus = seen.pdus.iter().filter(|got| Some(got.connection) == last).count();
    assert_eq!(pdus, messages.len());
}

#[test]
fn answers_do_not_wait_for_ever_behind_a_hole() {
    let mut wire = Wire::opened(ends());
    wire.messages(&Session::logged_in(Digests::default(), &[]), &mut std::iter::repeat(1448));
    // The initiator goes on behind a segment that never comes; without acknowledgements nothing says so.
    wire.send(Direction::ToTarget, ping());
    wire.segments.pop();
    wire.send(Direction::ToTarget, ping());
    let large =
        Pdu::new(0x20).with(field::ITT, RESERVED).with(field::TTT, 1).data(noise(1, 100_000));
    for _ in 0..400 {
        wire.send(Direction::ToInitiator, large.bytes(Digests::default()));
    }
    for segment in &mut wire.segments[3..] {
        segment.flags &= !TcpFlags::ACK;
    }
    let mut streams = Streams::default();
    let mut came = 0;
    feed(&mut streams, &wire.segments, |event| came += u32::from(matches!(event, Event::Pdu(_))));
    // 400 times 100 kB do not fit into what may wait.
    assert!(came > 200, "{came} before the end of the capture");
}

proptest! {
    #[test]
    fn each_byte_of_a_damaged_stream_is_in_a_pdu_or_skipped(
        digests in digests(),
        steps in prop::collection::vec(step(), 1..6),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..8),
        end in any::<prop::sample::Index>(),
        sizes in sizes(),
        handshake: bool,
    ) {
        let messages = Session::joined_late(digests, &steps);
        for direction in Direction::BOTH {
            let sent = messages.iter().filter(|message| message.direction == direction).cloned();
            let mut bytes = stream(&sent.collect::<Vec<_>>());
            bytes.truncate(end.index(bytes.len() + 1));
            let length = bytes.len();
            for (at, byte) in damage.iter().filter(|_| length > 0) {
                bytes[at.index(length)] = *byte;
            }
            let mut wire = if handshake { Wire::opened(ends()) } else { Wire::joined(ends()) };
            let mut rest = &bytes[..];
            let mut sizes = sizes.iter().cycle();
            while !rest.is_empty() {
                let size = sizes.next().map_or(1448, |&size| size).min(rest.len());
                let (segment, behind) = rest.split_at(size);
                wire.send(direction, segment.to_vec());
                rest = behind;
            }
            let seen = decode(&wire.segments);
            if let Some(last) = seen.of(direction).last() {
                let (accounted, total) = (seen.accounted(direction), bytes.len() as u64);
                // Of the last PDU the data, the padding and two digests may not be there.
                let missing = u64::from(last.data_missing) + 3 + 2 * 4;
                prop_assert!((total..=total + missing).contains(&accounted), "{accounted} of {total}");
            }
        }
    }
}
