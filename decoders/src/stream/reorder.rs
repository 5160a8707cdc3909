//! One direction of a TCP connection: segments in any order to bytes in order.

use std::collections::BTreeMap;

use super::Stamp;
use crate::Timestamp;

/// Segments wait for a missing one up to this much memory; more than any receive window in use.
const HELD_COST_MAX: usize = 16 << 20;

/// What a held segment takes besides its bytes, about.
const HELD_OVERHEAD: usize = 128;

/// How long bytes that the receiver has acknowledged but the capture lacks may still come, counted from the first
/// segment behind them: captures of several queues deliver an acknowledgement before the data it is for. Whichever
/// ends first: this many packets of the connection, or this much time, nanoseconds.
const PATIENCE_PACKETS: u64 = 64;
const PATIENCE_TIME: i64 = 100_000_000;

/// Sequence numbers further ahead than this do not belong to one stream.
const AHEAD_MAX: i32 = 1 << 28;

/// Nor do those further behind: no window is so large that what it holds could be sent again.
const BEHIND_MAX: i32 = 1 << 26;

/// What comes out, in stream order.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Piece<'a> {
    /// The next bytes.
    Bytes(&'a [u8]),
    /// This many bytes are not in the capture.
    Gap(u32),
    /// The sequence numbers jumped: what follows has no known distance to what was before.
    Jump,
}

/// A segment's place and content.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Chunk<'a> {
    pub seq: u32,
    pub bytes: &'a [u8],
    /// Bytes behind `bytes` that the snap length cut off.
    pub missing: u32,
    pub stamp: Stamp,
}

#[derive(Debug)]
struct Held {
    bytes: Vec<u8>,
    missing: u32,
    stamp: Stamp,
    /// [`Reorder::packets`] when it came.
    arrived: u64,
}

impl Held {
    fn length(&self) -> usize {
        self.bytes.len() + self.missing as usize
    }

    /// What it costs to keep: a segment without bytes is not free either.
    fn cost(&self) -> usize {
        self.bytes.len() + HELD_OVERHEAD
    }
}

#[derive(Debug, Default)]
pub(crate) struct Reorder {
    next: Option<u32>,
    /// Stream offset of `next`: unlike sequence numbers it does not wrap, so that held segments sort by theirs.
    offset: u64,
    held: BTreeMap<u64, Held>,
    held_cost: usize,
    /// Stream offset up to which the receiver has everything.
    acknowledged: u64,
    /// Acknowledgements heard: the connection's clock in packets.
    packets: u64,
}

/// Signed distance from `from` to `to` on the sequence circle (RFC 9293, section 3.4).
fn distance(from: u32, to: u32) -> i32 {
    to.wrapping_sub(from).cast_signed()
}

impl Reorder {
    /// Starts at a known sequence number: the one behind a SYN.
    pub fn starting_at(seq: u32) -> Self {
        Self { next: Some(seq), ..Self::default() }
    }

    /// The sequence number of the next byte to come out.
    pub fn next(&self) -> Option<u32> {
        self.next
    }

    /// The packet of the first held segment, while one before it is missing.
    #[inline]
    pub fn first_held(&self) -> Option<u64> {
        self.held.first_key_value().map(|(_, held)| held.stamp.frame)
    }

    /// Takes a segment; hands on whatever is in order now.
    #[inline]
    pub fn push(&mut self, chunk: Chunk<'_>, out: &mut impl FnMut(Piece<'_>, Stamp)) {
        let next = *self.next.get_or_insert(chunk.seq);
        match distance(next, chunk.seq) {
            ahead if !(-BEHIND_MAX..=AHEAD_MAX).contains(&ahead) => {
                self.flush(out);
                self.next = Some(chunk.seq);
                out(Piece::Jump, chunk.stamp);
                self.deliver(chunk, out);
            }
            ahead if ahead > 0 => {
                self.hold(self.offset + u64::from(ahead.unsigned_abs()), chunk);
                if self.held_cost > HELD_COST_MAX {
                    self.give_up_first_gap(out);
                }
            }
            _ => {
                self.deliver(chunk, out);
                self.drain(out);
            }
        }
    }

    /// Hears that the receiver has everything before `ack`, so that what the capture still lacks of it after a while
    /// is lost. Gaps grow old side by side: many losses hold nothing up for longer than one.
    #[inline]
    pub fn acknowledged(
        &mut self,
        ack: u32,
        now: Timestamp,
        out: &mut impl FnMut(Piece<'_>, Stamp),
    ) {
        self.packets += 1;
        let Some(next) = self.next.filter(|_| !self.held.is_empty()) else { return };
        let ahead = u64::from(distance(next, ack).max(0).unsigned_abs());
        self.acknowledged = self.acknowledged.max(self.offset + ahead);
        while let Some((&at, first)) = self.held.first_key_value()
            && at <= self.acknowledged
            && (self.packets - first.arrived > PATIENCE_PACKETS
                || now.since(first.stamp.time) > PATIENCE_TIME)
        {
            self.give_up_first_gap(out);
        }
    }

    /// The end: what is held comes out, with its gaps.
    pub fn flush(&mut self, out: &mut impl FnMut(Piece<'_>, Stamp)) {
        while !self.held.is_empty() {
            self.give_up_first_gap(out);
        }
    }

    /// Hears at the end that the stream goes up to `end`: what is not there of it is lost.
    pub fn lost_before(&mut self, end: u32, stamp: Stamp, out: &mut impl FnMut(Piece<'_>, Stamp)) {
        if let Some(next) = self.next
            && let lost @ 1..=AHEAD_MAX = distance(next, end)
        {
            self.advance(lost.unsigned_abs());
            out(Piece::Gap(lost.unsigned_abs()), stamp);
        }
    }

    fn advance(&mut self, by: u32) {
        self.next = self.next.map(|next| next.wrapping_add(by));
        self.offset += u64::from(by);
    }

    /// Hands on the part of a segment that is new; its start is not ahead of `next`.
    #[inline]
    fn deliver(&mut self, chunk: Chunk<'_>, out: &mut impl FnMut(Piece<'_>, Stamp)) {
        let next = self.next.unwrap_or(chunk.seq);
        let known = distance(chunk.seq, next).max(0).unsigned_abs();
        let length = u32::try_from(chunk.bytes.len()).unwrap_or(u32::MAX);
        let Some(fresh) = length.saturating_add(chunk.missing).checked_sub(known) else { return };
        self.advance(fresh);
        if let Some(bytes) = chunk.bytes.get(known as usize..).filter(|bytes| !bytes.is_empty()) {
            out(Piece::Bytes(bytes), chunk.stamp);
        }
        let lost = chunk.missing.min(fresh);
        if lost > 0 {
            out(Piece::Gap(lost), chunk.stamp);
        }
    }

    fn hold(&mut self, at: u64, Chunk { bytes, missing, stamp, .. }: Chunk<'_>) {
        // The longer of two copies serves; a shorter one adds nothing.
        if self.held.get(&at).is_some_and(|twin| twin.length() >= bytes.len() + missing as usize) {
            return;
        }
        let held = Held { bytes: bytes.to_vec(), missing, stamp, arrived: self.packets };
        self.held_cost += held.cost();
        if let Some(twin) = self.held.insert(at, held) {
            self.held_cost -= twin.cost();
        }
    }

    /// Hands on held segments that are in order now.
    #[inline]
    fn drain(&mut self, out: &mut impl FnMut(Piece<'_>, Stamp)) {
        while let Some(first) = self.held.first_entry()
            && *first.key() <= self.offset
        {
            let (at, held) = first.remove_entry();
            self.held_cost -= held.cost();
            // Held segments are at most `AHEAD_MAX` away, so this fits.
            let known = u32::try_from(self.offset - at).unwrap_or(u32::MAX);
            let seq = self.next.unwrap_or_default().wrapping_sub(known);
            let Held { bytes, missing, stamp, .. } = held;
            self.deliver(Chunk { seq, bytes: &bytes, missing, stamp }, out);
        }
    }

    fn give_up_first_gap(&mut self, out: &mut impl FnMut(Piece<'_>, Stamp)) {
        let Some((&at, first)) = self.held.first_key_value() else { return };
        let lost = u32::try_from(at.saturating_sub(self.offset)).unwrap_or(u32::MAX);
        if lost > 0 {
            out(Piece::Gap(lost), first.stamp);
            self.advance(lost);
        }
        self.drain(out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(segments: &[(u32, &[u8], u32)]) -> Vec<String> {
        let mut seen = Vec::new();
        let mut out = |piece: Piece<'_>, _| {
            seen.push(match piece {
                Piece::Bytes(bytes) => String::from_utf8(bytes.to_vec()).unwrap(),
                Piece::Gap(lost) => format!("<{lost}>"),
                Piece::Jump => "<jump>".into(),
            });
        };
        let mut reorder = Reorder::starting_at(100);
        for &(seq, bytes, missing) in segments {
            reorder.push(Chunk { seq, bytes, missing, stamp: Stamp::default() }, &mut out);
        }
        reorder.flush(&mut out);
        seen
    }

    #[test]
    fn segments_in_any_order_come_out_in_order_and_once() {
        assert_eq!(run(&[(103, b"def", 0), (100, b"abc", 0), (103, b"def", 0)]), ["abc", "def"]);
        assert_eq!(run(&[(106, b"g", 0), (103, b"def", 0), (100, b"abc", 0)]), ["abc", "def", "g"]);
    }

    #[test]
    fn overlaps_are_trimmed_on_both_sides() {
        assert_eq!(run(&[(100, b"abcd", 0), (98, b"yzabcdef", 0)]), ["abcd", "ef"]);
        assert_eq!(run(&[(102, b"cdef", 0), (100, b"abcde", 0)]), ["abcde", "f"]);
        assert_eq!(run(&[(102, b"c", 0), (102, b"cde", 0), (100, b"ab", 0)]), ["ab", "cde"]);
    }

    #[test]
    fn what_never_comes_is_a_gap() {
        assert_eq!(run(&[(100, b"ab", 0), (105, b"f", 0)]), ["ab", "<3>", "f"]);
    }

    #[test]
    fn a_cut_segment_leaves_a_gap_of_the_size_that_was_cut() {
        assert_eq!(run(&[(100, b"ab", 4), (106, b"g", 0)]), ["ab", "<4>", "g"]);
        assert_eq!(run(&[(100, b"abcd", 0), (100, b"ab", 4)]), ["abcd", "<2>"]);
    }

    #[test]
    fn an_acknowledged_hole_is_given_up_after_a_while() {
        let mut seen = Vec::new();
        let mut out = |piece: Piece<'_>, _| seen.push(format!("{piece:?}"));
        let mut reorder = Reorder::starting_at(0);
        reorder.push(Chunk { seq: 10, bytes: b"x", missing: 0, stamp: Stamp::default() }, &mut out);
        for _ in 0..=PATIENCE_PACKETS {
            reorder.acknowledged(11, Timestamp(0), &mut out);
        }
        assert_eq!(seen, ["Gap(10)", "Bytes([120])"]);
    }

    #[test]
    fn a_burst_of_holes_is_given_up_together() {
        let mut gaps = 0;
        let mut out = |piece: Piece<'_>, _| gaps += u32::from(matches!(piece, Piece::Gap(_)));
        let mut reorder = Reorder::starting_at(0);
        for seq in (10..1000).step_by(10) {
            let chunk = Chunk { seq, bytes: b"x", missing: 0, stamp: Stamp::default() };
            reorder.push(chunk, &mut out);
        }
        for _ in 0..=PATIENCE_PACKETS {
            reorder.acknowledged(1000, Timestamp(0), &mut out);
        }
        assert!(reorder.held.is_empty());
        assert_eq!(gaps, 99);
    }

    #[test]
    fn what_is_held_is_bounded_also_when_nothing_of_it_was_captured() {
        let mut reorder = Reorder::starting_at(0);
        for number in 0..1_000_000 {
            let chunk =
                Chunk { seq: 10 + 100 * number, bytes: b"", missing: 90, stamp: Stamp::default() };
            reorder.push(chunk, &mut |_, _| ());
            assert!(reorder.held.len() <= HELD_COST_MAX / HELD_OVERHEAD);
        }
    }

    #[test]
    fn time_ends_the_wait_on_a_quiet_connection() {
        let mut seen = Vec::new();
        let mut out = |piece: Piece<'_>, _| seen.push(format!("{piece:?}"));
        let mut reorder = Reorder::starting_at(0);
        reorder.push(Chunk { seq: 10, bytes: b"x", missing: 0, stamp: Stamp::default() }, &mut out);
        reorder.acknowledged(11, Timestamp(PATIENCE_TIME), &mut out);
        reorder.acknowledged(11, Timestamp(PATIENCE_TIME + 1), &mut out);
        assert_eq!(seen, ["Gap(10)", "Bytes([120])"]);
    }

    /// Each of many losses delays what follows it by the same wait; the waits do not add up.
    #[test]
    fn losses_grow_old_side_by_side() {
        let (mut arrived, mut came) = (0, 0);
        let mut out = |piece: Piece<'_>, _| came += u64::from(matches!(piece, Piece::Bytes(_)));
        let mut reorder = Reorder::starting_at(0);
        for number in 0..2000_u32 {
            if number % 10 != 5 {
                let chunk = Chunk { seq: number, bytes: b"x", missing: 0, stamp: Stamp::default() };
                reorder.push(chunk, &mut out);
                arrived += 1;
            }
            reorder.acknowledged(number + 1, Timestamp(0), &mut out);
        }
        assert!(arrived - came <= PATIENCE_PACKETS + 1, "{came} of {arrived}");
    }

    #[test]
    fn sequence_numbers_wrap() {
        let mut seen = Vec::new();
        let mut out = |piece: Piece<'_>, _| {
            if let Piece::Bytes(bytes) = piece {
                seen.extend_from_slice(bytes);
            }
        };
        let mut reorder = Reorder::starting_at(u32::MAX - 1);
        for (seq, bytes) in [(2, b"ef"), (u32::MAX - 1, b"ab"), (0, b"cd")] {
            reorder.push(Chunk { seq, bytes, missing: 0, stamp: Stamp::default() }, &mut out);
        }
        assert_eq!(seen, b"abcdef");
    }

    #[test]
    fn a_far_sequence_number_starts_anew() {
        assert_eq!(run(&[(100, b"ab", 0), (0x8000_0000, b"zz", 0)]), ["ab", "<jump>", "zz"]);
    }
}
