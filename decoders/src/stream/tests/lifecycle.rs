//! Connections come, go and return: ports, directions, SYN, FIN and RST.

use super::encode::Digests;
use super::session::{Session, Step};
use super::wire::{
    INITIATOR, ISN, Segment, Wire, assert_all, decode, decode_with, ends, exact, feed,
};
use crate::net::TcpFlags;
use crate::pdu::Direction;
use crate::stream::{Ends, Event, Streams};

const STEPS: [Step; 3] =
    [Step::Read { bytes: 900, status_in_data: false }, Step::Ping, Step::Logout];

fn session(ends: Ends, isn: [u32; 2]) -> Wire {
    let mut wire = Wire::opened_at(ends, isn);
    let messages = Session::logged_in(Digests::default(), &STEPS);
    wire.messages(&messages, &mut std::iter::repeat(500));
    wire
}

fn closed(mut wire: Wire) -> Vec<Segment> {
    for direction in Direction::BOTH {
        wire.flag(direction, TcpFlags::FIN | TcpFlags::ACK);
    }
    wire.segments
}

fn to_port(port: u16) -> Ends {
    let mut ends = ends();
    ends.target.set_port(port);
    ends
}

#[test]
fn a_port_pair_used_again_is_another_connection() {
    let mut segments = closed(session(ends(), ISN));
    let one = segments.len();
    segments.extend(closed(session(ends(), [5000, 6000])));
    let seen = decode(&segments);
    assert_eq!(seen.opened, [(1, ends(), true), (2, ends(), true)]);
    assert_eq!(seen.closed, [(1, Direction::ToTarget, false), (2, Direction::ToTarget, false)]);
    let (first, second): (Vec<_>, Vec<_>) = seen.pdus.iter().partition(|got| got.connection == 1);
    assert_eq!(first.len(), second.len());
    assert!(second.iter().all(|got| got.frame > one as u64));
}

#[test]
fn a_port_pair_used_again_without_a_captured_handshake_goes_on() {
    let mut segments = session(ends(), ISN).segments;
    let length = segments.len();
    segments.extend(session(ends(), [0x7000_0000, 0x6000_0000]).segments.split_off(3));
    let seen = decode(&segments);
    assert_eq!(seen.pdus.len() % 2, 0);
    let late = seen.pdus.iter().filter(|got| got.frame > length as u64).count();
    assert_eq!(late * 2, seen.pdus.len());
}

#[test]
fn a_syn_sent_again_changes_nothing() {
    let wire = session(ends(), ISN);
    let mut segments = wire.segments.clone();
    segments.insert(1, segments[0].clone());
    segments.insert(3, segments[2].clone());
    segments.push(segments[0].clone());
    segments.push(segments[2].clone());
    let seen = decode(&segments);
    assert_eq!(seen.opened.len(), 1);
    assert_eq!(seen.pdus.len(), decode(&wire.segments).pdus.len());
}

#[test]
fn a_handshake_captured_out_of_order_still_counts() {
    let wire = session(ends(), ISN);
    for (a, b) in [(0, 1), (1, 2), (0, 2), (2, 3), (1, 3)] {
        let mut segments = wire.segments.clone();
        segments.swap(a, b);
        let seen = decode(&segments);
        assert_eq!(seen.opened, [(1, ends(), true)], "{a} {b}");
        assert_eq!(seen.pdus.len(), decode(&wire.segments).pdus.len());
    }
}

#[test]
fn the_first_fin_that_is_reached_closes_once() {
    let segments = closed(session(ends(), ISN));
    let count = segments.len();
    assert_eq!(decode(&segments).closed, [(1, Direction::ToTarget, false)]);
    // The FIN overtakes the data before it.
    let mut overtaken = segments.clone();
    let last = segments
        .iter()
        .rposition(|segment| segment.direction == Direction::ToTarget && !segment.bytes.is_empty());
    let data = overtaken.remove(last.unwrap());
    overtaken.insert(count - 2, data);
    let seen = decode(&overtaken);
    assert_eq!(seen.closed, [(1, Direction::ToTarget, false)]);
    assert_eq!(seen.pdus.len(), decode(&segments).pdus.len());
    // Data and FIN in one segment.
    let mut joined = segments;
    joined.remove(count - 2);
    joined[last.unwrap()].flags |= TcpFlags::FIN;
    assert_eq!(decode(&joined).closed, [(1, Direction::ToTarget, false)]);
}

#[test]
fn what_was_lost_before_a_fin_is_counted_and_it_still_closes() {
    let mut segments = closed(session(ends(), ISN));
    let last = segments.iter().rposition(|segment| {
        segment.direction == Direction::ToInitiator && !segment.bytes.is_empty()
    });
    let lost = segments.remove(last.unwrap());
    segments.retain(|segment| {
        segment.direction == Direction::ToInitiator || segment.flags & TcpFlags::FIN == 0
    });
    let seen = decode(&segments);
    assert_eq!(seen.skipped, [0, lost.bytes.len() as u64]);
    assert_eq!(seen.closed, [(1, Direction::ToInitiator, false)]);
}

#[test]
fn a_reset_hands_out_what_was_begun() {
    let mut wire = session(ends(), ISN);
    let messages =
        Session::joined_late(Digests::default(), &[Step::Write { bytes: 300, immediate: 300 }]);
    let mut bytes = messages[0].pdu.bytes(Digests::default());
    bytes.truncate(148);
    wire.send(Direction::ToTarget, bytes);
    wire.flag(Direction::ToInitiator, TcpFlags::RST);
    let seen = decode(&wire.segments);
    assert_eq!(seen.closed, [(1, Direction::ToInitiator, true)]);
    let last = seen.pdus.last().unwrap();
    assert_eq!((last.header, last.data_missing), (messages[0].pdu.bhs, 200));
}

#[test]
fn only_target_ports_are_searched_and_any_port_is_recognised_by_content() {
    let messages = Session::logged_in(Digests::default(), &STEPS);
    // On an unknown port the first PDU at the start of a segment makes the connection known.
    let seen = decode(&session(to_port(9999), ISN).segments);
    assert_all(&seen, &messages, exact);
    assert_eq!(seen.opened, [(1, to_port(9999), true)]);
    // With the port given, or being 860, so does the handshake.
    let mut streams = Streams::default();
    streams.add_port(9999);
    assert_eq!(
        decode_with(streams, &session(to_port(9999), ISN).segments).opened,
        [(1, to_port(9999), true)]
    );
    assert_eq!(decode(&session(to_port(860), ISN).segments).opened, [(1, to_port(860), true)]);
}

#[test]
fn a_login_whose_header_comes_alone_is_recognised_on_any_port() {
    for digests in [Digests::default(), Digests { header: true, data: true }] {
        let messages = Session::logged_in(digests, &STEPS);
        let mut wire = Wire::opened(to_port(9999));
        // As Linux sends it: the header, then the text.
        wire.messages(&messages, &mut [48].into_iter().chain(std::iter::repeat(500)));
        let seen = decode(&wire.segments);
        assert_all(&seen, &messages, exact);
        assert_eq!(seen.opened, [(1, to_port(9999), true)]);
    }
}

#[test]
fn what_waited_for_a_digest_comes_before_the_fin_that_ends_the_wait() {
    let mut wire = Wire::joined(ends());
    let messages = Session::joined_late(Digests::default(), &[Step::Ping]);
    for message in &messages {
        wire.send(message.direction, message.pdu.bytes(message.digests));
    }
    wire.flag(Direction::ToInitiator, TcpFlags::FIN | TcpFlags::ACK);
    let mut order = Vec::new();
    feed(&mut Streams::default(), &wire.segments, |event| match event {
        Event::Pdu(pdu) => order.push(pdu.stamp.frame),
        Event::Closed { stamp, .. } => order.push(stamp.frame),
        _ => {}
    });
    assert_eq!(order, [1, 2, 3]);
}

#[test]
fn a_port_named_by_sendtargets_is_a_target_port_from_then_on() {
    let mut wire = session(ends(), ISN);
    let messages = Session::joined_late(Digests::default(), &[Step::SendTargets]);
    wire.messages(&messages, &mut std::iter::repeat(500));
    let mut segments = wire.segments;
    // The initiator's own port is one of the target ports by chance: the SYN tells who is who.
    let mut ends = to_port(3261);
    ends.initiator.set_port(860);
    segments.extend(session(ends, [1, 2]).segments);
    let seen = decode(&segments);
    assert_eq!(seen.opened.last(), Some(&(2, ends, true)));
}

#[test]
fn the_sender_of_requests_is_the_initiator_when_both_ports_are_unknown() {
    let mut wire = Wire::joined(to_port(9999));
    let messages = Session::joined_late(Digests::default(), &[Step::Ping, Step::Ping]);
    wire.messages(&messages, &mut std::iter::repeat(500));
    // The capture begins with an answer.
    let seen = decode(&wire.segments[1..]);
    assert_eq!(seen.opened, [(1, to_port(9999), false)]);
    assert_eq!(seen.pdus.len(), 3);
}

#[test]
fn a_connection_to_itself_is_harmless() {
    let itself = Ends { initiator: INITIATOR.into(), target: INITIATOR.into() };
    for port in [3260, 40_000] {
        let mut ends = itself;
        ends.initiator.set_port(port);
        ends.target.set_port(port);
        decode(&session(ends, ISN).segments);
    }
}

#[test]
fn many_connections_at_once_do_not_mix() {
    let messages = Session::logged_in(Digests { header: true, data: false }, &STEPS);
    let wires: Vec<_> = (0..20)
        .map(|number| {
            let mut ends = ends();
            ends.initiator.set_port(50_000 + number);
            let mut wire = Wire::opened_at(ends, [u32::from(number) << 20, u32::from(number)]);
            wire.messages(&messages, &mut std::iter::repeat(200));
            wire.segments
        })
        .collect();
    let longest = wires.iter().map(Vec::len).max().unwrap();
    let segments: Vec<_> = (0..longest)
        .flat_map(|at| wires.iter().filter_map(move |wire| wire.get(at).cloned()))
        .collect();
    let mut seen = decode(&segments);
    assert_eq!(seen.opened.len(), 20);
    let all = std::mem::take(&mut seen.pdus);
    for connection in 1..=20 {
        seen.pdus = all.iter().filter(|got| got.connection == connection).cloned().collect();
        assert_all(&seen, &messages, exact);
    }
}

/// What a kernel answers with ISCSI_ERR_BAD_OPCODE has to be seen to be believed.
#[test]
fn an_opcode_nobody_may_send_is_shown_and_does_not_break_the_step() {
    for (header, opcode) in [(false, 0x2f), (true, 0x2f), (false, 0x01), (true, 0x3b)] {
        let mut messages = Session::logged_in(Digests { header, data: false }, &STEPS);
        let answer = messages.iter_mut().rfind(|message| {
            message.direction == Direction::ToInitiator && message.pdu.bhs[0] == 0x20
        });
        answer.unwrap().pdu.bhs[0] = opcode;
        let mut wire = Wire::opened_at(ends(), ISN);
        wire.messages(&messages, &mut std::iter::repeat(500));
        assert_all(&decode(&wire.segments), &messages, exact);
    }
}

#[test]
fn a_login_request_from_the_target_is_no_start() {
    let messages = Session::logged_in(Digests::default(), &[]);
    let mut wire = Wire::joined(ends());
    wire.send(Direction::ToInitiator, messages[0].pdu.bytes(Digests::default()));
    for message in Session::joined_late(Digests::default(), &[Step::Ping, Step::Ping]) {
        wire.send(message.direction, message.pdu.bytes(message.digests));
    }
    let seen = decode(&wire.segments);
    assert_eq!(seen.pdus.len(), 4);
    assert_eq!(seen.skipped, [0, wire.segments[0].bytes.len() as u64]);
}

#[test]
fn a_connection_is_opened_before_anything_else_of_it() {
    let messages = Session::joined_late(Digests::default(), &[Step::Ping, Step::Ping, Step::Ping]);
    let mut wire = Wire::opened(ends());
    for message in &messages {
        wire.send(message.direction, message.pdu.bytes(message.digests));
    }
    // The first request is lost: the others wait, and the answers are known to be iSCSI first.
    wire.segments.remove(3);
    let mut streams = Streams::default();
    let mut kinds = Vec::new();
    let mut see = |event: Event<'_>| {
        kinds.push(match event {
            Event::Opened { .. } => "opened",
            Event::Pdu(_) => "pdu",
            Event::Skipped { .. } => "skipped",
            Event::Closed { .. } => "closed",
        });
    };
    feed(&mut streams, &wire.segments, &mut see);
    streams.finish(&mut see);
    let count = |kind| kinds.iter().filter(|&&seen| seen == kind).count();
    assert_eq!(kinds.first(), Some(&"opened"));
    assert_eq!(["opened", "skipped", "pdu"].map(count), [1, 1, 5]);
}

#[test]
fn what_makes_no_sense_is_told_before_the_close_it_led_to() {
    let mut wire = Wire::opened(ends());
    let messages = Session::logged_in(Digests { header: true, data: true }, &[Step::Ping]);
    wire.messages(&messages, &mut std::iter::repeat(500));
    let damaged = wire.segments.len() as u64 + 1;
    wire.send(Direction::ToInitiator, vec![0xff; 500]);
    wire.flag(Direction::ToTarget, TcpFlags::FIN | TcpFlags::ACK);
    let mut order = Vec::new();
    let mut streams = Streams::default();
    let mut see = |event: Event<'_>| match event {
        Event::Skipped { stamp, bytes, .. } => order.push(("skipped", stamp.frame, bytes)),
        Event::Closed { stamp, .. } => order.push(("closed", stamp.frame, 0)),
        _ => {}
    };
    feed(&mut streams, &wire.segments, &mut see);
    streams.finish(&mut see);
    assert_eq!(order, [("skipped", damaged, 500), ("closed", damaged + 1, 0)]);
}

#[test]
fn whoever_closes_first_closed_although_it_had_said_nothing_since_the_capture_began() {
    let mut wire = Wire::joined(ends());
    let messages = Session::joined_late(Digests::default(), &[Step::Ping, Step::Ping]);
    for message in messages.iter().filter(|sent| sent.direction == Direction::ToInitiator) {
        wire.send(message.direction, message.pdu.bytes(message.digests));
    }
    wire.flag(Direction::ToTarget, TcpFlags::FIN | TcpFlags::ACK);
    wire.flag(Direction::ToInitiator, TcpFlags::FIN | TcpFlags::ACK);
    let mut closed = Vec::new();
    let mut streams = Streams::default();
    let mut see = |event: Event<'_>| {
        if let Event::Closed { direction, stamp, .. } = event {
            closed.push((direction, stamp.frame));
        }
    };
    feed(&mut streams, &wire.segments, &mut see);
    streams.finish(&mut see);
    assert_eq!(closed, [(Direction::ToTarget, wire.segments.len() as u64 - 1)]);
}
