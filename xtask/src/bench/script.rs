//! What two sides say to each other next: PDUs laid end to end, and whose turn it is.

use super::tcp::Side;

/// Offsets in the Basic Header Segment (RFC 7143, section 11.2.1).
const DATA_SEGMENT_LENGTH: usize = 5;
pub const LUN: usize = 8;
pub const ITT: usize = 16;

/// A header under construction.
pub type Header = [u8; 48];

/// A header with opcode and flags; fields follow with [`put`].
pub fn header(opcode: u8, flags: u8) -> Header {
    let mut header = [0; 48];
    header[0] = opcode;
    header[1] = flags;
    header
}

/// Sets 32-bit fields at these offsets.
pub fn put<const N: usize>(header: &mut Header, fields: [(usize, u32); N]) {
    for (at, value) in fields {
        header[at..at + 4].copy_from_slice(&value.to_be_bytes());
    }
}

#[derive(Debug, Default)]
pub struct Script {
    bytes: Vec<u8>,
    /// Whose turn, and where it ends.
    turns: Vec<(Side, usize)>,
    sent: usize,
    turn: usize,
    pdus: u64,
    digests: bool,
}

impl Script {
    /// From here on with header and data digests.
    pub fn use_digests(&mut self) {
        self.digests = true;
    }

    /// PDUs said so far.
    pub fn pdus(&self) -> u64 {
        self.pdus
    }

    pub fn say(&mut self, from: Side, mut header: Header, data: &[u8]) {
        if self.next().is_none() {
            self.bytes.clear();
            self.turns.clear();
            (self.sent, self.turn) = (0, 0);
        }
        let length = (data.len() as u32).to_be_bytes();
        header[DATA_SEGMENT_LENGTH..8].copy_from_slice(&length[1..]);
        self.part(&header, 0);
        if !data.is_empty() {
            self.part(data, data.len().next_multiple_of(4) - data.len());
        }
        self.pdus += 1;
        let end = self.bytes.len();
        match self.turns.last_mut() {
            Some((side, until)) if *side == from => *until = end,
            _ => self.turns.push((from, end)),
        }
    }

    fn part(&mut self, bytes: &[u8], padding: usize) {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(bytes);
        self.bytes.resize(self.bytes.len() + padding, 0);
        if self.digests {
            // The CRC's bits are sent lowest first, which makes the bytes little-endian.
            let digest = crc32c::crc32c(&self.bytes[start..]);
            self.bytes.extend_from_slice(&digest.to_le_bytes());
        }
    }

    /// What is to be sent next, to the end of a side's turn; `None` when all is said.
    pub fn next(&self) -> Option<(Side, &[u8])> {
        let &(side, end) = self.turns.get(self.turn)?;
        Some((side, &self.bytes[self.sent..end]))
    }

    /// So many bytes of it were sent.
    pub fn sent(&mut self, count: usize) {
        self.sent += count;
        if self.turns.get(self.turn).is_some_and(|(_, end)| *end == self.sent) {
            self.turn += 1;
        }
    }
}
