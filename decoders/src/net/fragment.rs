use super::Skipped;
use super::ip::{Fragment, IpPacket};
use super::ranges::Ranges;
use super::span::Span;
use crate::Timestamp;
use std::collections::VecDeque;
use std::net::IpAddr;

/// Most datagrams waiting for fragments; with [`MAX_DATAGRAM`] this bounds the memory to 16 MiB.
const MAX_PENDING: usize = 256;

/// Largest payload of a datagram, bytes.
const MAX_DATAGRAM: u32 = 65_535;

/// How long fragments are waited for, nanoseconds of capture time; Linux' `ipfrag_time`.
const TIMEOUT: i64 = 30_000_000_000;

/// Puts fragmented IP datagrams together (RFC 791, section 3.2; RFC 8200, section 4.5).
///
/// Fragments may come in any order and repeatedly. One that overlaps others without repeating them means
/// that the identification was used again: as in RFC 5722, and in Linux, the older fragments are dropped.
#[derive(Debug, Default)]
pub(super) struct Reassembly {
    /// Oldest first.
    pending: VecDeque<Datagram>,
    /// The last one completed, lent out until the next.
    whole: Option<Datagram>,
    given_up: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Key {
    src: IpAddr,
    dst: IpAddr,
    id: u32,
    /// IPv4 only: in IPv6 the fragments may differ, and the first one counts.
    protocol: Option<u8>,
}

/// A fragment by the bytes `start..end` of the datagram it has; `bytes` are those captured.
#[derive(Clone, Copy, Debug)]
struct Piece<'a> {
    start: u32,
    end: u32,
    bytes: &'a [u8],
    last: bool,
}

#[derive(Debug)]
struct Datagram {
    key: Key,
    protocol: u8,
    since: Timestamp,
    /// Where fragments have been, by their lengths on the wire.
    seen: Ranges,
    /// Where `bytes` has been captured.
    held: Ranges,
    /// Known when the last fragment has been seen.
    length: Option<u32>,
    bytes: Vec<u8>,
}

impl Reassembly {
    /// Adds a fragment and returns the datagram it completes.
    pub(super) fn add(
        &mut self,
        part: &IpPacket<'_>,
        now: Timestamp,
    ) -> Result<IpPacket<'_>, Skipped> {
        let fragment = part.fragment.ok_or(Skipped::Malformed)?;
        let piece = Piece::new(fragment, part.payload)?;
        let protocol = part.src.is_ipv4().then_some(part.protocol);
        let key = Key { src: part.src, dst: part.dst, id: fragment.id, protocol };
        self.expire(now);
        let known = self.pending.iter().position(|datagram| datagram.key == key);
        let index = match known {
            Some(index) if self.pending.get(index).is_some_and(|known| !known.fits(&piece)) => {
                self.pending.remove(index);
                self.given_up += 1;
                self.start(key, now)
            }
            Some(index) => index,
            None => self.start(key, now),
        };
        let datagram = self.pending.get_mut(index).ok_or(Skipped::Fragment)?;
        datagram.put(&piece, part.protocol);
        if !datagram.is_complete() {
            return Err(Skipped::Fragment);
        }
        let complete = self.pending.remove(index).ok_or(Skipped::Fragment)?;
        Ok(self.whole.insert(complete).packet())
    }

    /// Datagrams given up and those still lacking fragments.
    pub(super) fn incomplete(&self) -> u64 {
        self.given_up + self.pending.len() as u64
    }

    fn expire(&mut self, now: Timestamp) {
        while self.pending.front().is_some_and(|oldest| now.since(oldest.since) > TIMEOUT) {
            self.pending.pop_front();
            self.given_up += 1;
        }
    }

    /// Makes room for a datagram at the end and returns its index.
    fn start(&mut self, key: Key, since: Timestamp) -> usize {
        if self.pending.len() >= MAX_PENDING {
            self.pending.pop_front();
            self.given_up += 1;
        }
        self.pending.push_back(Datagram::new(key, since));
        self.pending.len() - 1
    }
}

impl<'a> Piece<'a> {
    fn new(fragment: Fragment, payload: Span<'a>) -> Result<Self, Skipped> {
        let end = u64::from(fragment.offset) + payload.wire_len();
        let end = u32::try_from(end).ok().filter(|&end| end <= MAX_DATAGRAM);
        let end = end.ok_or(Skipped::Malformed)?;
        // All but the last carry a multiple of 8 bytes, or the next offset could not be said.
        if end == fragment.offset || (fragment.more && end % 8 != 0) {
            return Err(Skipped::Malformed);
        }
        Ok(Self { start: fragment.offset, end, bytes: payload.bytes, last: !fragment.more })
    }

    fn captured_end(&self) -> u32 {
        self.start.saturating_add(self.bytes.len() as u32)
    }
}

impl Datagram {
    fn new(key: Key, since: Timestamp) -> Self {
        let (seen, held) = Default::default();
        Self { key, protocol: 0, since, seen, held, length: None, bytes: Vec::new() }
    }

    /// Whether the piece is new or a repetition, and not a part of another datagram of the same name.
    fn fits(&self, piece: &Piece<'_>) -> bool {
        let ends_well = match self.length {
            Some(length) if piece.last => piece.end == length,
            Some(length) => piece.end <= length,
            None => !piece.last || self.seen.end() <= piece.end,
        };
        let repeats = || self.seen.contains(piece.start, piece.end) && self.agrees(piece);
        ends_well && (!self.seen.overlaps(piece.start, piece.end) || repeats())
    }

    fn agrees(&self, piece: &Piece<'_>) -> bool {
        if !self.held.contains(piece.start, piece.captured_end()) {
            return true;
        }
        let held = self.bytes.get(piece.start as usize..);
        held.is_some_and(|held| held.starts_with(piece.bytes))
    }

    fn put(&mut self, piece: &Piece<'_>, protocol: u8) {
        let (start, end) = (piece.start as usize, piece.captured_end() as usize);
        if self.bytes.len() < end {
            self.bytes.resize(end, 0);
        }
        if let Some(place) = self.bytes.get_mut(start..end) {
            place.copy_from_slice(piece.bytes);
        }
        self.seen.insert(piece.start, piece.end);
        self.held.insert(piece.start, piece.captured_end());
        if piece.last {
            self.length = Some(piece.end);
        }
        if piece.start == 0 {
            self.protocol = protocol;
        }
    }

    fn is_complete(&self) -> bool {
        self.length.is_some_and(|length| self.seen.contains(0, length))
    }

    /// The datagram as if it had come in one packet; cut where the first fragment was that the snap
    /// length cut.
    fn packet(&self) -> IpPacket<'_> {
        let captured = self.held.prefix();
        let bytes = self.bytes.get(..captured as usize).unwrap_or_default();
        let cut = self.length.unwrap_or(captured).saturating_sub(captured);
        IpPacket {
            src: self.key.src,
            dst: self.key.dst,
            hops: 0,
            protocol: self.protocol,
            fragment: None,
            payload: Span { bytes, cut },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::{
        DST_V4, RAW, TCP, UDP, frame, ipv4, ipv4_with, ipv6_fragment, tcp, udp,
    };
    use super::super::{Dissector, Skipped, Transport};
    use super::*;
    use crate::capture::Packet;

    const MORE: u16 = 0x2000;

    fn payload() -> Vec<u8> {
        (0..200).collect()
    }

    /// A TCP segment in IPv4 fragments of 24 bytes.
    fn fragments_v4() -> Vec<Vec<u8>> {
        let segment = tcp(&[], &payload());
        let pieces: Vec<_> = segment.chunks(24).enumerate().collect();
        let last = pieces.len() - 1;
        let place = |at: usize| (at as u16 * 3) | if at < last { MORE } else { 0 };
        pieces.iter().map(|(at, piece)| ipv4_with(TCP, &[], place(*at), piece)).collect()
    }

    fn fragments_v6() -> Vec<Vec<u8>> {
        let segment = tcp(&[], &payload());
        let pieces: Vec<_> = segment.chunks(24).enumerate().collect();
        let last = pieces.len() - 1;
        let part = |(at, piece): &(usize, &[u8])| {
            // Only the first one's next header counts.
            let next = if *at == 0 { TCP } else { 59 };
            ipv6_fragment(next, *at as u16 * 24, *at < last, piece)
        };
        pieces.iter().map(part).collect()
    }

    /// The TCP payloads that come out of a series of packets, with what is missing of each.
    fn payloads(dissector: &mut Dissector, packets: &[Vec<u8>]) -> Vec<(Vec<u8>, u32)> {
        let mut payloads = Vec::new();
        for packet in packets {
            match dissector.dissect(&frame(RAW, packet)) {
                Ok(Transport::Tcp(segment)) => {
                    payloads.push((segment.payload.to_vec(), segment.missing));
                }
                Ok(Transport::Udp(datagram)) => panic!("{datagram:?}"),
                Err(skipped) => assert_eq!(skipped, Skipped::Fragment),
            }
        }
        payloads
    }

    #[test]
    fn fragments_in_any_order_and_repeated_give_the_segment_once() {
        for fragments in [fragments_v4(), fragments_v6()] {
            let mut backwards = fragments.clone();
            backwards.reverse();
            let mut odd_then_even: Vec<_> = fragments.iter().skip(1).step_by(2).cloned().collect();
            odd_then_even.extend(fragments.iter().step_by(2).cloned());
            let mut repeated = fragments.clone();
            repeated.extend_from_slice(&fragments[1..]);
            repeated.insert(2, fragments[0].clone());
            for order in [fragments.clone(), backwards, odd_then_even, repeated] {
                let mut dissector = Dissector::new();
                assert_eq!(payloads(&mut dissector, &order), [(payload(), 0)]);
                assert_eq!(dissector.stats().reassembled, 1);
            }
        }
    }

    #[test]
    fn a_datagram_lacking_any_fragment_gives_nothing_and_is_counted() {
        let fragments = fragments_v4();
        for lost in 0..fragments.len() {
            let mut rest = fragments.clone();
            rest.remove(lost);
            let mut dissector = Dissector::new();
            assert_eq!(payloads(&mut dissector, &rest), []);
            assert_eq!(dissector.stats().incomplete_datagrams, 1);
            assert_eq!(dissector.stats().fragments, rest.len() as u64);
        }
    }

    #[test]
    fn fragments_cut_by_the_snap_length_give_the_payload_up_to_the_first_cut() {
        let mut dissector = Dissector::new();
        let mut found = None;
        for (at, packet) in fragments_v4().iter().enumerate() {
            let data = if at == 3 { &packet[..30] } else { packet };
            let cut = Packet { data, ..frame(RAW, packet) };
            if let Ok(Transport::Tcp(segment)) = dissector.dissect(&cut) {
                found = Some((segment.payload.to_vec(), segment.missing));
            }
        }
        // Three whole fragments and 10 bytes of the fourth, less the TCP header.
        let captured = 3 * 24 + 10 - 20;
        assert_eq!(found, Some((payload()[..captured].to_vec(), 200 - captured as u32)));
    }

    #[test]
    fn an_identification_used_again_drops_the_older_fragments() {
        let fragments = fragments_v4();
        let mut altered = fragments[0].clone();
        *altered.last_mut().unwrap() ^= 0xff;
        let mut dissector = Dissector::new();
        assert_eq!(payloads(&mut dissector, &[altered]), []);
        assert_eq!(payloads(&mut dissector, &fragments), [(payload(), 0)]);
        assert_eq!(dissector.stats().incomplete_datagrams, 1);
        // Overlapping in part is no repetition either, whatever the bytes.
        let shifted = ipv4_with(TCP, &[], 2 | MORE, &[0; 24]);
        assert_eq!(payloads(&mut dissector, &[fragments[0].clone(), shifted]), []);
        assert_eq!(dissector.stats().incomplete_datagrams, 3);
    }

    #[test]
    fn a_last_fragment_that_ends_elsewhere_starts_over() {
        let mut fragments = fragments_v4();
        let early_end = ipv4_with(TCP, &[], 1, b"abc");
        fragments.insert(4, early_end);
        let mut dissector = Dissector::new();
        assert_eq!(payloads(&mut dissector, &fragments), []);
    }

    #[test]
    fn fragments_wait_thirty_seconds_of_capture_time() {
        let fragments = fragments_v4();
        for (nanos, complete) in [(TIMEOUT, true), (TIMEOUT + 1, false), (-TIMEOUT, true)] {
            let mut dissector = Dissector::new();
            let (last, rest) = fragments.split_last().unwrap();
            assert_eq!(payloads(&mut dissector, rest), []);
            let late = Packet { time: Timestamp(nanos), ..frame(RAW, last) };
            assert_eq!(dissector.dissect(&late).is_ok(), complete, "{nanos}");
        }
    }

    #[test]
    fn the_oldest_datagrams_make_room_for_new_ones() {
        let with_id = |at: usize, id: u16| {
            let mut fragment = fragments_v4().swap_remove(at);
            fragment[4..6].copy_from_slice(&id.to_be_bytes());
            fragment
        };
        let fragments = fragments_v4().len();
        let rest_of = |id| (1..fragments).map(|at| with_id(at, id)).collect::<Vec<_>>();
        let mut dissector = Dissector::new();
        for id in 0..1000 {
            assert_eq!(payloads(&mut dissector, &[with_id(0, id)]), []);
        }
        assert_eq!(dissector.stats().incomplete_datagrams, 1000);
        let oldest_kept = 1000 - MAX_PENDING as u16;
        assert_eq!(payloads(&mut dissector, &rest_of(oldest_kept)), [(payload(), 0)]);
        assert_eq!(payloads(&mut dissector, &rest_of(oldest_kept - 1)), []);
    }

    #[test]
    fn impossible_fragments_are_malformed() {
        let mut dissector = Dissector::new();
        for (place, piece) in [(MORE, &[0; 23][..]), (0x1fff, &[0; 24]), (3, &[]), (MORE, &[])] {
            let packet = ipv4_with(TCP, &[], place, piece);
            assert_eq!(dissector.dissect(&frame(RAW, &packet)), Err(Skipped::Malformed));
        }
        assert_eq!(dissector.stats().incomplete_datagrams, 0);
    }

    #[test]
    fn a_tunnel_in_fragments_is_followed_but_not_into_fragments_again() {
        let tunnel = |inner: &[u8]| {
            let (head, tail) = inner.split_at(32);
            [ipv4_with(4, &[], MORE, head), ipv4_with(4, &[], 4, tail)].to_vec()
        };
        let mut dissector = Dissector::new();
        let inner = ipv4(TCP, &tcp(&[], &payload()));
        assert_eq!(payloads(&mut dissector, &tunnel(&inner)), [(payload(), 0)]);
        let fragments = tunnel(&fragments_v4()[0]);
        assert_eq!(dissector.dissect(&frame(RAW, &fragments[0])), Err(Skipped::Fragment));
        assert_eq!(dissector.dissect(&frame(RAW, &fragments[1])), Err(Skipped::TooDeep));
    }

    #[test]
    fn udp_fragments_do_not_mix_with_tcp_ones_of_the_same_identification() {
        let datagram = udp(67, 68, &[5; 40]);
        let mut dissector = Dissector::new();
        for fragment in &fragments_v4()[..2] {
            assert!(dissector.dissect(&frame(RAW, fragment)).is_err());
        }
        let head = ipv4_with(UDP, &[], MORE, &datagram[..24]);
        let tail = ipv4_with(UDP, &[], 3, &datagram[24..]);
        assert!(dissector.dissect(&frame(RAW, &tail)).is_err());
        let Ok(Transport::Udp(found)) = dissector.dissect(&frame(RAW, &head)) else { panic!() };
        assert_eq!((found.payload, found.dst), (&[5; 40][..], (DST_V4, 68).into()));
    }
}
