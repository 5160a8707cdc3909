//! One TCP connection that carries, or may carry, iSCSI.

use super::framer::{Framed, Framer, Modes, Raw};
use super::login::{LoginWatch, target_ports};
use super::order::{Order, Ordered};
use super::reorder::{Chunk, Piece, Reorder};
use super::text::{Continued, has_text};
use super::{ConnectionId, Ends, Event, Pdu, Sink, Stamp};
use crate::net::{TcpFlags, TcpSegment};
use crate::pdu::{Direction, Opcode};

#[derive(Debug)]
pub(super) struct Connection {
    ends: Ends,
    from_start: bool,
    /// Ports that `TargetAddress` keys named, for the caller to collect.
    pub learnt_ports: Vec<u16>,
    meaning: Meaning,
    order: Order,
    halves: [Half; 2],
}

/// One direction.
#[derive(Debug)]
struct Half {
    direction: Direction,
    /// Initial sequence number, when the SYN was captured.
    syn: Option<u32>,
    /// Sequence number behind the last byte, and where that was said, when the FIN was captured.
    fin: Option<(u32, Stamp)>,
    reorder: Reorder,
    framer: Framer,
}

/// What is known of the connection above the framing.
#[derive(Debug, Default)]
struct Meaning {
    id: Option<ConnectionId>,
    closed: bool,
    login: LoginWatch,
    /// Bytes passed over before the first PDU, per direction: reported once it is clear that this is iSCSI.
    early: [u64; 2],
    /// Text of continued login or text PDUs, per direction.
    text: [Continued; 2],
}

/// At most this many bytes of a connection are captured before its SYN, by captures of several queues.
const LATE_SYN_MAX: u32 = 1 << 16;

fn of_direction<T>([to_target, to_initiator]: &mut [T; 2], direction: Direction) -> &mut T {
    match direction {
        Direction::ToTarget => to_target,
        Direction::ToInitiator => to_initiator,
    }
}

impl Half {
    fn new(direction: Direction, syn: Option<u32>) -> Self {
        let reorder =
            syn.map_or_else(Reorder::default, |syn| Reorder::starting_at(syn.wrapping_add(1)));
        let framer = Framer::new(direction, syn.is_some());
        Self { direction, syn, fin: None, reorder, framer }
    }
}

impl Connection {
    pub fn new(ends: Ends) -> Self {
        Self {
            ends,
            from_start: false,
            learnt_ports: Vec::new(),
            meaning: Meaning::default(),
            order: Order::default(),
            halves: Direction::BOTH.map(|direction| Half::new(direction, None)),
        }
    }

    /// For a connection whose first segment with data is its first Login Request: the handshake before it tells
    /// nothing that this segment's numbers do not.
    pub fn at_login(ends: Ends, segment: &TcpSegment<'_>) -> Self {
        let [to_target, to_initiator] = Direction::BOTH;
        let syn = |next: u32| Some(next.wrapping_sub(1));
        let halves =
            [Half::new(to_target, syn(segment.seq)), Half::new(to_initiator, syn(segment.ack))];
        Self { from_start: true, halves, ..Self::new(ends) }
    }

    pub fn ends(&self) -> Ends {
        self.ends
    }

    /// Whether a PDU was found on it.
    pub fn is_iscsi(&self) -> bool {
        self.meaning.id.is_some()
    }

    /// Whether a SYN with this sequence number starts another connection between the same ports.
    pub fn is_reused_by(&self, direction: Direction, segment: &TcpSegment<'_>) -> bool {
        let [to_target, to_initiator] = &self.halves;
        let half = if direction == Direction::ToTarget { to_target } else { to_initiator };
        segment.flags.has(TcpFlags::SYN)
            && match half.syn {
                Some(syn) => syn != segment.seq,
                // Joined in the middle: a SYN now is a new start, unless packets were captured out of order.
                None => half
                    .reorder
                    .next()
                    .is_some_and(|next| next.wrapping_sub(segment.seq) > LATE_SYN_MAX),
            }
    }

    /// Takes a segment of this connection.
    #[inline]
    pub fn segment(
        &mut self,
        direction: Direction,
        segment: &TcpSegment<'_>,
        stamp: Stamp,
        next_id: &mut u32,
        sink: &mut impl Sink,
    ) {
        if segment.flags.has(TcpFlags::SYN) {
            self.synchronise(direction, segment);
        }
        let waits = self.waits_for();
        let Self { ends, from_start, learnt_ports, meaning, order, halves } = self;
        order.waiting = waits.is_some();
        let [first, second] = halves;
        let (half, other) =
            if direction == Direction::ToTarget { (first, second) } else { (second, first) };
        let mut ordered = Ordered { order, sink };
        let (ends, from_start, out) = (*ends, *from_start, &mut ordered);
        let mut work = Work { ends, from_start, learnt_ports, meaning, next_id, sink: out };
        for half in [&mut *half, &mut *other] {
            half.framer.known = work.meaning.id.is_some();
        }
        if segment.flags.has(TcpFlags::ACK)
            && let Some(modes) = work.acknowledge(other, segment.ack, stamp)
        {
            half.framer.set_modes(modes);
        }
        if !segment.payload.is_empty() || segment.missing > 0 {
            if let Some(modes) = work.settle(other) {
                half.framer.set_modes(modes);
            }
            let seq = segment.seq.wrapping_add(u32::from(segment.flags.has(TcpFlags::SYN)));
            let chunk = Chunk { seq, bytes: segment.payload, missing: segment.missing, stamp };
            if let Some(modes) = work.push(half, chunk) {
                other.framer.set_modes(modes);
            }
            if segment.flags.has(TcpFlags::FIN) {
                let length = u32::try_from(segment.payload.len()).unwrap_or(u32::MAX);
                let end = seq.wrapping_add(length).wrapping_add(segment.missing);
                half.fin = Some((end, stamp));
            }
        } else if segment.flags.has(TcpFlags::FIN) {
            half.fin = Some((segment.seq, stamp));
        }
        // Of a side that has sent nothing since the capture began nothing is missing before its FIN.
        let is_next = |fin| half.reorder.next().is_none_or(|next| next == fin);
        if half.fin.is_some_and(|(fin, _)| is_next(fin)) {
            // Nothing follows here, and whoever closes has read what came from the other side: that may be why it closes.
            work.end(half);
            work.pause(other);
            work.close(half.direction, stamp, false);
        }
        if segment.flags.has(TcpFlags::RST) {
            work.end(half);
            work.end(other);
            work.close(direction, stamp, true);
        }
        let before = self.waits_for().unwrap_or(u64::MAX);
        self.order.release(before, sink);
    }

    /// The earliest packet that what is held back ends in, while a direction waits for a segment.
    fn waits_for(&self) -> Option<u64> {
        self.halves.iter().filter_map(|half| half.reorder.first_held()).min()
    }

    /// The capture ended, or the ports are used again.
    pub fn end(&mut self, next_id: &mut u32, sink: &mut impl Sink) {
        let Self { ends, from_start, learnt_ports, meaning, order, halves } = self;
        order.waiting = true;
        let mut ordered = Ordered { order, sink };
        let (ends, from_start, out) = (*ends, *from_start, &mut ordered);
        let mut work = Work { ends, from_start, learnt_ports, meaning, next_id, sink: out };
        for half in &mut *halves {
            work.end(half);
        }
        // A FIN that was never reached, because what came before it is lost, closed the connection all the same.
        let fins = halves.iter().filter_map(|half| Some((half.direction, half.fin?.1)));
        if let Some((direction, stamp)) = fins.min_by_key(|(_, stamp)| stamp.frame) {
            work.close(direction, stamp, false);
        }
        self.order.release(u64::MAX, sink);
    }

    fn synchronise(&mut self, direction: Direction, segment: &TcpSegment<'_>) {
        for half in &mut self.halves {
            if half.direction == direction && half.syn.is_none() {
                if half.reorder.next().is_some() {
                    half.syn = Some(segment.seq);
                } else {
                    *half = Half::new(direction, Some(segment.seq));
                }
                self.from_start = true;
            }
        }
    }
}

/// A connection taken apart, so that one half's framer can run while the rest is written to.
struct Work<'c, S> {
    ends: Ends,
    from_start: bool,
    learnt_ports: &'c mut Vec<u16>,
    meaning: &'c mut Meaning,
    next_id: &'c mut u32,
    sink: &'c mut S,
}

impl<S: Sink> Work<'_, S> {
    /// Runs a half's framer with its output connected; answers the digest modes its PDUs set for the other direction.
    #[inline]
    fn frame(
        &mut self,
        direction: Direction,
        drive: impl FnOnce(&mut dyn FnMut(Framed<'_>) -> Option<Modes>),
    ) -> Option<Modes> {
        let mut peer_modes = None;
        drive(&mut |framed: Framed<'_>| match framed {
            Framed::Pdu(raw) => {
                let (own, peer) = self.pdu(direction, &raw)?;
                peer_modes = peer.or(peer_modes);
                Some(own)
            }
            Framed::Skipped(bytes, stamp) => {
                self.skipped(direction, bytes, stamp);
                None
            }
        });
        peer_modes
    }

    /// Runs a half from its segments on.
    #[inline]
    fn run(
        &mut self,
        half: &mut Half,
        drive: impl FnOnce(&mut Reorder, &mut dyn FnMut(Piece<'_>, Stamp)),
    ) -> Option<Modes> {
        let Half { direction, reorder, framer, .. } = half;
        self.frame(*direction, |mut out| {
            drive(reorder, &mut |piece, stamp| match piece {
                Piece::Bytes(bytes) => framer.bytes(bytes, stamp, &mut out),
                Piece::Gap(lost) => framer.gap(lost, stamp, &mut out),
                Piece::Jump => framer.jump(stamp, &mut out),
            });
        })
    }

    #[inline]
    fn push(&mut self, half: &mut Half, chunk: Chunk<'_>) -> Option<Modes> {
        self.run(half, |reorder, mut out| reorder.push(chunk, &mut out))
    }

    #[inline]
    fn acknowledge(&mut self, half: &mut Half, ack: u32, stamp: Stamp) -> Option<Modes> {
        self.run(half, |reorder, mut out| reorder.acknowledged(ack, stamp.time, &mut out))
    }

    #[inline]
    fn settle(&mut self, half: &mut Half) -> Option<Modes> {
        self.frame(half.direction, |mut out| half.framer.settle(&mut out))
    }

    #[inline]
    fn pause(&mut self, half: &mut Half) {
        self.frame(half.direction, |mut out| half.framer.pause(&mut out));
    }

    /// Nothing more comes: what is held back comes out, and what is known to be lost is counted.
    fn end(&mut self, half: &mut Half) {
        let fin = half.fin;
        self.run(half, |reorder, mut out| {
            reorder.flush(&mut out);
            if let Some((fin, stamp)) = fin {
                reorder.lost_before(fin, stamp, &mut out);
            }
        });
        self.frame(half.direction, |mut out| half.framer.end(&mut out));
    }

    fn close(&mut self, direction: Direction, stamp: Stamp, reset: bool) {
        if let Some(connection) = self.meaning.id
            && !self.meaning.closed
        {
            self.meaning.closed = true;
            self.sink.event(Event::Closed { connection, direction, stamp, reset });
        }
    }

    fn skipped(&mut self, direction: Direction, bytes: u64, stamp: Stamp) {
        // Text that was to be continued has lost its continuation.
        of_direction(&mut self.meaning.text, direction).lost();
        self.meaning.login.lost();
        match self.meaning.id {
            Some(connection) => {
                self.sink.event(Event::Skipped { connection, direction, stamp, bytes });
            }
            None => {
                *of_direction(&mut self.meaning.early, direction) += bytes;
            }
        }
    }

    /// Gives a PDU its place; answers the digest modes for this direction and the other.
    fn pdu(&mut self, direction: Direction, raw: &Raw<'_>) -> Option<(Modes, Option<Modes>)> {
        let connection = self.connection(raw.stamp);
        let opcode = raw.header.opcode();
        let Meaning { login, text, .. } = &mut *self.meaning;
        let continued = of_direction(text, direction);
        let complete = continued.take(raw.header, raw.data, raw.data_missing);
        let mut modes = None;
        if raw.data_missing > 0 && has_text(opcode) || !self.from_start {
            login.lost();
        }
        if matches!(opcode, Opcode::LOGIN_REQUEST | Opcode::LOGIN_RESPONSE) {
            login.text(complete);
            modes = login.modes_after(raw.header);
        }
        if matches!(opcode, Opcode::LOGIN_RESPONSE | Opcode::TEXT_RESPONSE) {
            self.learnt_ports.extend(target_ports(complete));
        }
        self.sink.event(Event::Pdu(Pdu {
            connection,
            ends: self.ends,
            direction,
            stamp: raw.stamp,
            header: raw.header,
            ahs: raw.ahs,
            data: raw.data,
            data_missing: raw.data_missing,
            text: complete,
            header_digest: raw.header_digest,
            data_digest: raw.data_digest,
            origin: None,
        }));
        modes
    }

    /// The connection's number, given out with its first PDU.
    fn connection(&mut self, stamp: Stamp) -> ConnectionId {
        if let Some(id) = self.meaning.id {
            return id;
        }
        *self.next_id += 1;
        let connection = ConnectionId(*self.next_id);
        self.meaning.id = Some(connection);
        let Self { ends, from_start, .. } = *self;
        self.sink.event(Event::Opened { connection, ends, stamp, from_start });
        for (direction, bytes) in Direction::BOTH.into_iter().zip(self.meaning.early) {
            if bytes > 0 {
                self.sink.event(Event::Skipped { connection, direction, stamp, bytes });
            }
        }
        connection
    }
}
