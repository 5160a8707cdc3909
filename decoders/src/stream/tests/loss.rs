//! Lost bytes: every header the capture has comes out, nothing is made up, everything is accounted for.

use proptest::prelude::*;

use super::encode::Digests;
use super::session::{Message, Session, Step};
use super::wire::{ISN, Seen, Segment, Wire, decode, ends};
use super::{digests, sizes, step};
use crate::net::TcpFlags;
use crate::pdu::{Digest, Direction};

/// Which bytes of a direction's stream the capture has.
fn captured(segments: &[Segment], direction: Direction) -> Vec<bool> {
    let mut captured = Vec::new();
    let isn = ISN[usize::from(direction == Direction::ToInitiator)];
    for segment in segments.iter().filter(|segment| segment.direction == direction) {
        let at = segment.seq.wrapping_sub(isn).wrapping_sub(1) as usize;
        if !segment.bytes.is_empty() {
            let end = at + segment.bytes.len();
            captured.resize(end.max(captured.len()), false);
            captured[at..end].fill(true);
        }
    }
    captured
}

/// Whether the capture has the whole login, so that the digests are known.
fn has_login(messages: &[Message], segments: &[Segment]) -> bool {
    Direction::BOTH.into_iter().all(|direction| {
        let first = messages.iter().find(|message| message.direction == direction);
        first.is_some_and(|Message { pdu, digests, .. }| {
            let length = pdu.bytes(*digests).len();
            let is_login = matches!(pdu.bhs[0] & 0x3f, 0x03 | 0x23);
            let captured = captured(segments, direction);
            is_login && captured.get(..length).is_some_and(|head| head.iter().all(|&there| there))
        })
    })
}

/// Asserts what holds for any capture of `messages` that lacks bytes.
pub fn assert_honest(seen: &Seen, messages: &[Message], segments: &[Segment]) {
    let knows_digests = has_login(messages, segments);
    for direction in Direction::BOTH {
        let sent = || messages.iter().filter(|message| message.direction == direction);
        let length = sent().map(|message| message.pdu.bytes(message.digests).len()).sum();
        let mut captured = captured(segments, direction);
        captured.resize(length, false);
        let mut got = seen.of(direction).peekable();
        let mut at = 0;
        for Message { pdu, digests, .. } in sent() {
            let start = at;
            let head = start + 48 + pdu.ahs.len();
            let data = head + if digests.header { 4 } else { 0 };
            at += pdu.bytes(*digests).len();
            let whole = captured[start..head].iter().all(|&there| there);
            // Joined late, or with its login lost, a connection is believed when the next header confirms the first,
            // and only by whole headers can one tell whether there are digests.
            let confirmed = captured[start..(at + 52).min(length)].iter().all(|&there| there);
            let told = knows_digests || confirmed;
            if !(whole && told) && got.peek().is_none_or(|got| got.header != pdu.bhs) {
                continue;
            }
            let got = got
                .next()
                .unwrap_or_else(|| panic!("{} {start}: {pdu:02x?} is missing", direction.name()));
            assert_eq!(got.header, pdu.bhs, "{} {start}", direction.name());
            if !told {
                continue;
            }
            // Of data that is not kept whole the missing bytes are counted, of the other what is not there.
            let expected = match pdu.bhs[0] & 0x3f {
                0x01 | 0x05 | 0x25 => {
                    let of_data = &captured[data..data + pdu.data.len()];
                    of_data.iter().filter(|&&there| !there).count()
                }
                _ => pdu.data.len() - got.data.len(),
            };
            assert_eq!(got.data_missing as usize, expected, "{} {start}", direction.name());
            assert!(pdu.data.starts_with(&got.data));
            for digest in [got.header_digest, got.data_digest] {
                assert!(!matches!(digest, Digest::Bad { .. }), "{got:?}");
            }
        }
        assert_eq!(got.next(), None, "{}", direction.name());
        let before = captured.iter().take_while(|&&there| !there).count();
        let joined_late = segments.iter().all(|segment| segment.flags & TcpFlags::SYN == 0);
        if seen.opened.is_empty() {
            // Nothing is reported of connections that are not iSCSI as far as one can see.
            assert_eq!(seen.accounted(direction), 0);
            continue;
        }
        let expected = length - if joined_late { before } else { 0 };
        assert_eq!(seen.accounted(direction), expected as u64, "{}", direction.name());
    }
}

/// A session with its handshake and both sides' FIN.
fn recorded(messages: &[Message], mut sizes: impl Iterator<Item = usize>) -> Vec<Segment> {
    let mut wire = Wire::opened(ends());
    wire.messages(messages, &mut sizes);
    for direction in Direction::BOTH {
        wire.flag(direction, TcpFlags::FIN | TcpFlags::ACK);
    }
    wire.segments
}

const STEPS: [Step; 7] = [
    Step::Read { bytes: 2001, status_in_data: false },
    Step::Write { bytes: 1999, immediate: 150 },
    Step::Refused,
    Step::LongCdb,
    Step::Ping,
    Step::Read { bytes: 600, status_in_data: true },
    Step::SendTargets,
];

fn every_kind_of_digest() -> impl Iterator<Item = Digests> {
    [false, true].into_iter().flat_map(|header| [false, true].map(|data| Digests { header, data }))
}

#[test]
fn any_one_lost_segment_costs_what_was_in_it() {
    for digests in every_kind_of_digest() {
        let messages = Session::logged_in(digests, &STEPS);
        for size in [36, 48, 52, 100, 333, 1448] {
            let segments = recorded(&messages, std::iter::repeat(size));
            // The login is needed to know of the digests; losing it is another test's subject.
            let login = messages.iter().take(2).map(|message| message.pdu.bytes(digests).len());
            let first = 3 + login.map(|length| length.div_ceil(size)).sum::<usize>();
            for lost in first..segments.len() - 2 {
                let mut segments = segments.clone();
                segments.remove(lost);
                assert_honest(&decode(&segments), &messages, &segments);
            }
        }
    }
}

#[test]
fn a_capture_cut_at_any_length_shows_every_whole_header() {
    for digests in every_kind_of_digest() {
        let messages = Session::logged_in(digests, &STEPS);
        for size in [100, 1448, 65_000] {
            let segments = recorded(&messages, std::iter::repeat(size));
            for snap in 0..size.min(400) {
                let mut segments = segments.clone();
                // Two segments of the login are kept whole, so that the digests are known.
                let login = segments.iter().position(|segment| {
                    segment.direction == Direction::ToInitiator && !segment.bytes.is_empty()
                });
                let whole = login.unwrap_or_default() + if size == 100 { 3 } else { 1 };
                for segment in segments.iter_mut().skip(whole) {
                    segment.cut(snap);
                }
                assert_honest(&decode(&segments), &messages, &segments);
            }
        }
    }
}

#[test]
fn a_login_lost_in_part_or_whole_leaves_the_digests_to_the_bytes() {
    for digests in every_kind_of_digest() {
        let messages = Session::logged_in(digests, &STEPS);
        let segments = recorded(&messages, std::iter::repeat(60));
        for from in 3..12 {
            for count in 1..6 {
                let mut segments = segments.clone();
                segments.drain(from..from + count);
                assert_honest(&decode(&segments), &messages, &segments);
            }
        }
    }
}

proptest! {
    #[test]
    fn any_lost_segments_and_cuts_are_counted_and_nothing_is_made_up(
        digests in digests(),
        steps in prop::collection::vec(step(), 1..8),
        sizes in sizes(),
        lost in prop::collection::vec(any::<prop::sample::Index>(), 0..6),
        cuts in prop::collection::vec((any::<prop::sample::Index>(), 0..1500_usize), 0..6),
    ) {
        let messages = Session::logged_in(digests, &steps);
        let mut segments = recorded(&messages, sizes.into_iter().cycle());
        for (at, kept) in cuts {
            let at = 3 + at.index(segments.len() - 5 + 1);
            segments[at].cut(kept);
        }
        for at in lost {
            if segments.len() > 6 {
                segments.remove(3 + at.index(segments.len() - 5));
            }
        }
        assert_honest(&decode(&segments), &messages, &segments);
    }
}

#[test]
fn one_flipped_byte_is_a_bad_digest_and_not_the_end() {
    let digests = Digests { header: true, data: true };
    let steps = [Step::Write { bytes: 500, immediate: 500 }, Step::Ping, Step::Ping, Step::Ping];
    let messages = Session::logged_in(digests, &steps);
    let write = messages[2].pdu.clone();
    let length = write.bytes(digests).len();
    for at in 0..length {
        let mut wire = Wire::opened(ends());
        wire.messages(&messages, &mut std::iter::repeat(1448));
        // The login request, its response, and then the write.
        let position = wire.segments.iter().rposition(|segment| segment.bytes.len() >= length);
        let segment = &mut wire.segments[position.unwrap_or_default()];
        segment.bytes[at] ^= 0x01;
        let seen = decode(&wire.segments);
        let sent =
            messages.iter().filter(|message| message.direction == Direction::ToTarget).count();
        let lengths = 4..8;
        if at < 52 {
            // A wrong opcode or length cannot be followed; anything else can, and then shows up as bad.
            let got = seen.of(Direction::ToTarget).nth(1);
            match got.map(|got| got.header_digest) {
                Some(Digest::Bad { sent, computed }) => assert_ne!(sent, computed),
                other => assert!(
                    other.is_some() && (at == 0 || lengths.contains(&at) || is_shape(at)),
                    "{at}: {other:?}"
                ),
            }
        } else {
            assert_eq!(seen.of(Direction::ToTarget).count(), sent);
            let got =
                seen.of(Direction::ToTarget).nth(1).map(|got| (got.header_digest, got.data_digest));
            assert!(matches!(got, Some((Digest::Good(_), Digest::Bad { .. }))), "{at}: {got:?}");
        }
        // The last ping comes out in any case, with its digests.
        let last = seen
            .of(Direction::ToTarget)
            .last()
            .map(|got| (got.header, got.header_digest, got.data_digest));
        let expected = messages.iter().rfind(|message| message.direction == Direction::ToTarget);
        assert_eq!(last.map(|(header, ..)| header), expected.map(|message| message.pdu.bhs));
        assert!(matches!(last, Some((_, Digest::Good(_), Digest::Good(_)))), "{at}: {last:?}");
    }
}

/// Bytes of a SCSI Command that must be zero for the header to be recognised as one.
fn is_shape(at: usize) -> bool {
    matches!(at, 1..4 | 12..16 | 20..24 | 32 | 42..48)
}
