//! TCP as captured: what each side sent, and how far the other acknowledged it.

use iscsi_decoders::net::{TcpFlags, TcpSegment};
use iscsi_decoders::pdu::Direction;
use iscsi_decoders::stream::Stamp;

use super::index;

/// A segment this long is one that a path with too small an MTU does not let through; shorter ones pass everywhere
/// (RFC 791: every link carries 576 bytes of packet).
pub const LARGE: u32 = 536;

/// Nothing is sent again this soon, nanoseconds.
const TWICE: i64 = 1_000_000;

/// What one side sent.
#[derive(Clone, Copy, Debug, Default)]
pub struct Half {
    /// Sequence number behind what was sent so far.
    next: Option<u32>,
    /// What the other side acknowledged.
    acked: Option<u32>,
    /// When the acknowledgement last advanced.
    pub progress: Option<Stamp>,
    /// When the oldest byte that is not acknowledged was first sent.
    pub waiting: Option<Stamp>,
    /// Times something was sent again since the acknowledgement advanced, the first and the last.
    pub again: Option<(Stamp, Stamp, u32)>,
    /// The longest segment sent again since then, bytes of payload.
    pub again_length: u32,
    /// When something new was last sent.
    newest: Option<Stamp>,
    /// When something was last sent again.
    pub last_again: Option<Stamp>,
    /// Segments sent again in all.
    pub retransmits: u64,
    /// Segments with payload in all.
    pub segments: u64,
    /// The longest segment that was acknowledged.
    pub largest_acked: u32,
    /// The longest segment since the acknowledgement advanced.
    largest_open: u32,
    /// The last packet of this side.
    pub last: Option<Stamp>,
    /// This side's window is closed since.
    pub window_closed: Option<Stamp>,
    /// For how long it was closed in all, nanoseconds.
    pub window_closed_for: i64,
    /// Hops left (IP's TTL) in this side's packets.
    pub hops: Option<u8>,
    /// The round trip to the other side: the quickest and the last, nanoseconds.
    pub round_trip: Option<(i64, i64)>,
    /// What is timed: the sequence number behind it, and when it was sent.
    timed: Option<(u32, Stamp)>,
    /// The last FIN or RST.
    pub ended: Option<Ending>,
    /// Packets of this side after the last RST in its name.
    pub after_reset: u32,
    /// A hole in what arrived: since when, and bytes behind it that came.
    pub hole: Option<Hole>,
}

/// A FIN or RST.
#[derive(Clone, Copy, Debug)]
pub struct Ending {
    /// The packet.
    pub stamp: Stamp,
    /// RST.
    pub reset: bool,
    /// Its hops left.
    pub hops: u8,
}

/// Bytes that did not come although later ones did.
#[derive(Clone, Copy, Debug)]
pub struct Hole {
    /// The first packet behind it.
    pub stamp: Stamp,
    /// Bytes missing.
    pub length: u32,
    /// The longest segment that came behind it.
    pub behind: u32,
}

/// Both sides.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wire {
    halves: [Half; 2],
    /// The first SYN, how many there were, and whether one was answered.
    pub syn: Option<(Stamp, u32)>,
    /// The SYN was answered: with SYN, or the initiator would not have gone on.
    pub accepted: bool,
    /// That it was not answered is part of an outage already.
    pub is_explained: bool,
}

/// What a segment was, where that is worth a line in a timeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notable {
    /// The SYN was sent a second time.
    SynAgain,
    /// Sent again: for the how manieth time, with how many bytes.
    Again(u32, u32),
    /// A window closed.
    WindowClosed,
    /// A window opened after this long.
    WindowOpened(i64),
    /// FIN.
    Fin,
    /// RST.
    Reset,
}

/// Captures of several interfaces hold every packet twice.
fn is_twice(first: Stamp, second: Stamp) -> bool {
    second.time.since(first.time) < TWICE
}

fn ahead(from: u32, to: u32) -> i32 {
    to.wrapping_sub(from).cast_signed()
}

impl Wire {
    /// What this side sent.
    pub fn half(&self, direction: Direction) -> &Half {
        let [to_target, to_initiator] = &self.halves;
        if direction == Direction::ToTarget { to_target } else { to_initiator }
    }

    /// Takes a segment.
    pub fn take(
        &mut self,
        segment: &TcpSegment<'_>,
        direction: Direction,
        stamp: Stamp,
    ) -> Option<Notable> {
        let flags = segment.flags;
        let syn = flags.has(TcpFlags::SYN);
        let again = syn && self.synchronise(segment, direction, stamp);
        let at = index(direction);
        self.accepted |= at == 0 && !syn && !flags.has(TcpFlags::RST);
        let [first, second] = &mut self.halves;
        let (own, other) = if at == 0 { (first, second) } else { (second, first) };
        if flags.has(TcpFlags::RST) {
            own.ended = Some(Ending { stamp, reset: true, hops: segment.hops });
            own.after_reset = 0;
            return Some(Notable::Reset);
        }
        own.last = Some(stamp);
        let is_copy = own.ended.is_some_and(|ending| is_twice(ending.stamp, stamp));
        own.after_reset += u32::from(!is_copy);
        own.hops = Some(segment.hops);
        if flags.has(TcpFlags::ACK) {
            other.acknowledge(segment.ack, stamp);
        }
        let sent = own.send(segment, stamp);
        let window = own.window(segment, stamp);
        if flags.has(TcpFlags::FIN) {
            own.ended = Some(Ending { stamp, reset: false, hops: segment.hops });
            return Some(Notable::Fin);
        }
        again.then_some(Notable::SynAgain).or(sent).or(window)
    }

    /// Takes a SYN; tells whether it was sent for the second time.
    fn synchronise(
        &mut self,
        segment: &TcpSegment<'_>,
        direction: Direction,
        stamp: Stamp,
    ) -> bool {
        if direction == Direction::ToTarget {
            let again = self.half(direction).next.is_some_and(|next| {
                next == segment.seq.wrapping_add(1)
                    && self.half(Direction::ToInitiator).next.is_none()
            });
            if !again {
                *self = Self::default();
            }
            let (first, count) = self.syn.unwrap_or((stamp, 0));
            let is_copy = self.half(direction).last.is_some_and(|last| is_twice(last, stamp));
            let count = count + u32::from(!is_copy);
            self.syn = Some((first, count));
            count == 2 && !is_copy
        } else {
            self.accepted = true;
            false
        }
    }
}

impl Half {
    fn send(&mut self, segment: &TcpSegment<'_>, stamp: Stamp) -> Option<Notable> {
        let length = u32::try_from(segment.payload.len()).unwrap_or(u32::MAX) + segment.missing;
        let syn = u32::from(segment.flags.has(TcpFlags::SYN));
        let end = segment.seq.wrapping_add(length + syn);
        let next = *self.next.get_or_insert(segment.seq);
        if length == 0 {
            if syn == 1 {
                self.next = Some(end);
            }
            return None;
        }
        self.segments += 1;
        let gap = ahead(next, segment.seq);
        if gap > 0 && self.acked.is_none_or(|acked| ahead(acked, segment.seq) > 0) {
            let length_of_gap = gap.unsigned_abs();
            let hole = self.hole.get_or_insert(Hole { stamp, length: length_of_gap, behind: 0 });
            hole.behind = hole.behind.max(length);
        }
        if ahead(next, end) > 0 {
            self.next = Some(end);
            self.newest = Some(stamp);
            self.largest_open = self.largest_open.max(length);
            self.waiting.get_or_insert(stamp);
            if self.timed.is_none() {
                self.timed = Some((end, stamp));
            }
            return None;
        }
        if let Some(hole) = &self.hole
            && ahead(segment.seq, next) >= hole.length.cast_signed()
        {
            self.hole = None;
        }
        // Keepalives send the last byte once more, which is acknowledged already.
        if self.acked.is_some_and(|acked| ahead(acked, end) <= 0) {
            return None;
        }
        if [self.newest, self.last_again].into_iter().flatten().any(|last| is_twice(last, stamp)) {
            return None;
        }
        self.retransmits += 1;
        self.last_again = Some(stamp);
        // What was sent twice cannot be timed (Karn's rule).
        self.timed = None;
        let (first, _, count) = self.again.unwrap_or((stamp, stamp, 0));
        self.again = Some((first, stamp, count + 1));
        self.again_length = self.again_length.max(length);
        Some(Notable::Again(count + 1, length))
    }

    fn acknowledge(&mut self, ack: u32, stamp: Stamp) {
        let Some(next) = self.next else {
            self.acked = Some(ack);
            return;
        };
        if self.acked.is_some_and(|acked| ahead(acked, ack) <= 0) {
            return;
        }
        self.acked = Some(ack);
        self.progress = Some(stamp);
        self.again = None;
        self.again_length = 0;
        if let Some((_, sent)) = self.timed.filter(|(end, _)| ahead(*end, ack) >= 0) {
            let took = stamp.time.since(sent.time);
            let quickest = self.round_trip.map_or(took, |(quickest, _)| quickest.min(took));
            self.round_trip = Some((quickest, took));
            self.timed = None;
        }
        if ahead(next, ack) >= 0 {
            self.waiting = None;
            self.hole = None;
            self.largest_acked = self.largest_acked.max(self.largest_open);
            self.largest_open = 0;
        } else {
            // The rest was sent at the latest when this was acknowledged.
            self.waiting = Some(stamp);
        }
    }

    fn window(&mut self, segment: &TcpSegment<'_>, stamp: Stamp) -> Option<Notable> {
        let is_handshake = segment.flags.has(TcpFlags::SYN);
        match (segment.window, self.window_closed) {
            (0, None) if !is_handshake => {
                self.window_closed = Some(stamp);
                Some(Notable::WindowClosed)
            }
            (1.., Some(since)) => {
                self.window_closed = None;
                let closed = stamp.time.since(since.time);
                self.window_closed_for += closed;
                Some(Notable::WindowOpened(closed))
            }
            _ => None,
        }
    }

    /// Whether no packet of this side was captured.
    pub fn is_unseen(&self) -> bool {
        self.last.is_none() && self.ended.is_none()
    }

    /// Bytes sent and not acknowledged.
    pub fn outstanding(&self) -> u32 {
        match (self.next, self.acked) {
            (Some(next), Some(acked)) => u32::try_from(ahead(acked, next)).unwrap_or(0),
            _ => 0,
        }
    }

    /// Whether more is acknowledged than was captured. A FIN counts as a byte.
    pub fn is_cut(&self) -> bool {
        let fin = i32::from(self.ended.is_some());
        self.next.zip(self.acked).is_some_and(|(next, acked)| ahead(next, acked) > fin)
    }

    /// Whether everything sent is acknowledged.
    pub fn is_acknowledged(&self) -> bool {
        self.acked.is_some() && self.outstanding() == 0
    }
}
