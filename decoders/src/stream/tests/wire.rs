//! Messages to TCP segments, segments through [`Streams`], and what came out.

use std::net::SocketAddr;

use super::encode::Digests;
use super::session::Message;
use crate::Timestamp;
use crate::net::{TcpFlags, TcpSegment};
use crate::pdu::{Digest, Direction};
use crate::stream::{Ends, Event, Stamp, Stats, Streams};

pub const INITIATOR: ([u8; 4], u16) = ([192, 0, 2, 1], 40_000);
pub const TARGET: ([u8; 4], u16) = ([192, 0, 2, 2], 3260);

/// Initial sequence numbers: the initiator's wraps soon.
pub const ISN: [u32; 2] = [u32::MAX - 2000, 77];

/// A segment as captured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    pub ends: Ends,
    pub direction: Direction,
    pub seq: u32,
    pub ack: u32,
    pub flags: u8,
    pub bytes: Vec<u8>,
    pub missing: u32,
}

impl Segment {
    /// Keeps the first `kept` bytes, as a capture with a snap length does.
    pub fn cut(&mut self, kept: usize) {
        let lost = self.bytes.len().saturating_sub(kept);
        self.bytes.truncate(kept);
        self.missing += lost as u32;
    }
}

pub fn ends() -> Ends {
    Ends { initiator: INITIATOR.into(), target: TARGET.into() }
}

fn index(direction: Direction) -> usize {
    usize::from(direction == Direction::ToInitiator)
}

/// Builds the segments of one connection.
pub struct Wire {
    pub ends: Ends,
    pub segments: Vec<Segment>,
    next: [u32; 2],
}

impl Wire {
    /// Joined after the handshake.
    pub fn joined(ends: Ends) -> Self {
        Self { ends, segments: Vec::new(), next: ISN.map(|isn| isn.wrapping_add(1)) }
    }

    /// With the three segments of the handshake.
    pub fn opened(ends: Ends) -> Self {
        Self::opened_at(ends, ISN)
    }

    pub fn opened_at(ends: Ends, isn: [u32; 2]) -> Self {
        let mut wire = Self { ends, segments: Vec::new(), next: isn };
        wire.flag(Direction::ToTarget, TcpFlags::SYN);
        wire.flag(Direction::ToInitiator, TcpFlags::SYN | TcpFlags::ACK);
        wire.flag(Direction::ToTarget, TcpFlags::ACK);
        wire
    }

    /// A segment with flags and no bytes.
    pub fn flag(&mut self, direction: Direction, flags: u8) {
        self.push(direction, flags, Vec::new());
        if flags & (TcpFlags::SYN | TcpFlags::FIN) != 0 {
            self.next[index(direction)] = self.next[index(direction)].wrapping_add(1);
        }
    }

    /// One segment with these bytes.
    pub fn send(&mut self, direction: Direction, bytes: Vec<u8>) {
        let length = bytes.len() as u32;
        self.push(direction, TcpFlags::ACK, bytes);
        self.next[index(direction)] = self.next[index(direction)].wrapping_add(length);
    }

    fn push(&mut self, direction: Direction, flags: u8, bytes: Vec<u8>) {
        let seq = self.next[index(direction)];
        let ack = self.next[index(direction.reverse())];
        self.segments.push(Segment {
            ends: self.ends,
            direction,
            seq,
            ack,
            flags,
            bytes,
            missing: 0,
        });
    }

    /// The messages in segments of these sizes; what one side says without a pause runs together.
    pub fn messages(&mut self, messages: &[Message], sizes: &mut impl Iterator<Item = usize>) {
        for run in messages.chunk_by(|a, b| a.direction == b.direction) {
            let mut bytes = stream(run);
            while !bytes.is_empty() {
                let size = sizes.next().unwrap_or(usize::MAX).clamp(1, bytes.len());
                let rest = bytes.split_off(size);
                self.send(run[0].direction, std::mem::replace(&mut bytes, rest));
            }
        }
    }
}

/// The messages' bytes, one behind the other.
pub fn stream(messages: &[Message]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for message in messages {
        message.pdu.put(message.digests, &mut bytes);
    }
    bytes
}

/// A PDU that came out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Got {
    pub connection: u32,
    pub direction: Direction,
    pub frame: u64,
    pub header: [u8; 48],
    pub ahs: Vec<u8>,
    pub data: Vec<u8>,
    pub data_missing: u32,
    pub text: Vec<u8>,
    pub header_digest: Digest,
    pub data_digest: Digest,
}

impl Got {
    /// Without what depends on how the bytes were packed.
    pub fn content(&self) -> Self {
        Self { frame: 0, ..self.clone() }
    }

    /// Bytes of the stream it stands for, captured or not.
    pub fn on_wire(&self) -> u64 {
        let digest = |digest| if digest == Digest::None { 0 } else { 4 };
        let header = crate::pdu::Bhs(self.header);
        let data = u64::from(header.data_segment_length()).next_multiple_of(4);
        48 + self.ahs.len() as u64 + digest(self.header_digest) + data + digest(self.data_digest)
    }
}

/// Everything that came out.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    pub pdus: Vec<Got>,
    /// Per direction.
    pub skipped: [u64; 2],
    pub opened: Vec<(u32, Ends, bool)>,
    pub closed: Vec<(u32, Direction, bool)>,
    pub stats: Stats,
}

impl Seen {
    pub fn of(&self, direction: Direction) -> impl Iterator<Item = &Got> {
        self.pdus.iter().filter(move |got| got.direction == direction)
    }

    pub fn contents(&self, direction: Direction) -> Vec<Got> {
        self.of(direction).map(Got::content).collect()
    }

    pub fn headers(&self, direction: Direction) -> Vec<[u8; 48]> {
        self.of(direction).map(|got| got.header).collect()
    }

    /// Bytes of the stream accounted for, as PDUs or as skipped.
    pub fn accounted(&self, direction: Direction) -> u64 {
        self.of(direction).map(Got::on_wire).sum::<u64>() + self.skipped[index(direction)]
    }

    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Opened { connection, ends, from_start, .. } => {
                self.opened.push((connection.0, ends, from_start));
            }
            Event::Pdu(pdu) => self.pdus.push(Got {
                connection: pdu.connection.0,
                direction: pdu.direction,
                frame: pdu.stamp.frame,
                header: pdu.header.0,
                ahs: pdu.ahs.to_vec(),
                data: pdu.data.to_vec(),
                data_missing: pdu.data_missing,
                text: pdu.text.to_vec(),
                header_digest: pdu.header_digest,
                data_digest: pdu.data_digest,
            }),
            Event::Skipped { direction, bytes, .. } => self.skipped[index(direction)] += bytes,
            Event::Closed { connection, direction, reset, .. } => {
                self.closed.push((connection.0, direction, reset));
            }
        }
    }
}

/// Runs segments through fresh [`Streams`]; a segment's frame is its place, from 1.
pub fn decode(segments: &[Segment]) -> Seen {
    decode_with(Streams::default(), segments)
}

pub fn decode_with(mut streams: Streams, segments: &[Segment]) -> Seen {
    let mut seen = Seen::default();
    feed(&mut streams, segments, |event| seen.take(event));
    let stats = streams.finish(&mut |event: Event<'_>| seen.take(event));
    seen.stats = stats;
    seen
}

/// Runs segments through `streams` without ending the capture.
pub fn feed(streams: &mut Streams, segments: &[Segment], mut sink: impl FnMut(Event<'_>)) {
    for (frame, segment) in (1..).zip(segments) {
        let (src, dst): (SocketAddr, SocketAddr) = segment.ends.route(segment.direction);
        let stamp = Stamp { time: Timestamp(frame as i64), frame };
        let segment = TcpSegment {
            src,
            dst,
            seq: segment.seq,
            ack: segment.ack,
            flags: TcpFlags(segment.flags),
            window: 0,
            hops: 64,
            payload: &segment.bytes,
            missing: segment.missing,
        };
        streams.segment(&segment, stamp, &mut sink);
    }
}

/// Asserts that the PDUs of a direction are exactly those sent, with every digest good.
pub fn assert_all(seen: &Seen, messages: &[Message], digests: impl Fn(Digest, bool) -> bool) {
    for direction in Direction::BOTH {
        let sent: Vec<_> =
            messages.iter().filter(|message| message.direction == direction).collect();
        let got: Vec<_> = seen.of(direction).collect();
        assert_eq!(
            got.iter().map(|got| got.header).collect::<Vec<_>>(),
            sent.iter().map(|sent| sent.pdu.bhs).collect::<Vec<_>>(),
            "headers {}",
            direction.name()
        );
        for (got, sent) in got.iter().zip(sent) {
            let Digests { header, data } = sent.digests;
            assert_eq!(got.ahs, sent.pdu.ahs);
            assert_eq!(got.data_missing, 0);
            let kept = match sent.pdu.bhs[0] & 0x3f {
                0x01 | 0x05 => 0,
                0x25 => sent.pdu.data.len().min(36),
                _ => sent.pdu.data.len(),
            };
            assert_eq!(got.data, sent.pdu.data[..kept]);
            assert!(digests(got.header_digest, header), "{got:?}");
            assert!(digests(got.data_digest, data && !sent.pdu.data.is_empty()), "{got:?}");
        }
    }
}

/// A digest is good when one was sent, and none when none was.
pub fn exact(digest: Digest, sent: bool) -> bool {
    if sent { matches!(digest, Digest::Good(_)) } else { digest == Digest::None }
}
