//! Blocks of a pcapng (draft-ietf-opsawg-pcapng), little-endian.

use iscsi_decoders::Timestamp;
use iscsi_decoders::net::LINKTYPE_WIRESHARK_UPPER_PDU;

const SECTION: u32 = 0x0a0d_0d0a;
const INTERFACE: u32 = 1;
const ENHANCED_PACKET: u32 = 6;
const JOURNAL: u32 = 9;
const BYTE_ORDER: u32 = 0x1a2b_3c4d;

/// Option codes.
mod option {
    pub const COMMENT: u16 = 1;
    pub const IF_NAME: u16 = 2;
    pub const EPB_FLAGS: u16 = 2;
    pub const USER_APPLICATION: u16 = 4;
    pub const TIME_RESOLUTION: u16 = 9;
}

/// A block under construction at the end of a buffer.
struct Block<'o> {
    out: &'o mut Vec<u8>,
    start: usize,
}

impl<'o> Block<'o> {
    fn begin(kind: u32, out: &'o mut Vec<u8>) -> Self {
        let start = out.len();
        out.extend_from_slice(&kind.to_le_bytes());
        out.extend_from_slice(&[0; 4]);
        Self { out, start }
    }

    fn word(&mut self, word: u32) {
        self.out.extend_from_slice(&word.to_le_bytes());
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.out.extend_from_slice(bytes);
        self.pad();
    }

    fn pad(&mut self) {
        let length = self.out.len() - self.start;
        self.out.resize(self.start + length.next_multiple_of(4), 0);
    }

    fn option(&mut self, code: u16, value: &[u8]) {
        // An option's length has 16 bits; what we put in is far shorter.
        let length = u16::try_from(value.len()).unwrap_or(u16::MAX);
        self.out.extend_from_slice(&code.to_le_bytes());
        self.out.extend_from_slice(&length.to_le_bytes());
        self.bytes(value.get(..usize::from(length)).unwrap_or(value));
    }

    /// Ends the options and the block, whose length stands at both its ends.
    fn end(mut self, has_options: bool) {
        if has_options {
            self.word(0);
        }
        let length = u32::try_from(self.out.len() - self.start + 4).unwrap_or(u32::MAX);
        self.word(length);
        if let Some(first) = self.out.get_mut(self.start + 4..self.start + 8) {
            first.copy_from_slice(&length.to_le_bytes());
        }
    }
}

/// Where a packet is said to come from, in the order the interfaces are announced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Interface {
    Pdus = 0,
    /// Announced only where there are any.
    Segments = 1,
}

/// The section header, and the interface PDUs are said to come from.
pub(super) fn head(application: &str, out: &mut Vec<u8>) {
    /// Section length not known, as it is written while it grows.
    const UNKNOWN_LENGTH: [u32; 2] = [u32::MAX; 2];
    /// Version 1.0: major in the lower half.
    const VERSION: u32 = 1;
    let mut block = Block::begin(SECTION, out);
    block.word(BYTE_ORDER);
    block.word(VERSION);
    UNKNOWN_LENGTH.into_iter().for_each(|word| block.word(word));
    block.option(option::USER_APPLICATION, application.as_bytes());
    block.end(true);
    interface(LINKTYPE_WIRESHARK_UPPER_PDU, b"iscsi", out);
}

/// Announces an interface.
pub(super) fn interface(link_type: u32, name: &[u8], out: &mut Vec<u8>) {
    /// Timestamps count 10^-9 s.
    const NANOSECONDS: u8 = 9;
    let mut block = Block::begin(INTERFACE, out);
    block.word(link_type);
    // No limit to the length of packets.
    block.word(0);
    block.option(option::IF_NAME, name);
    block.option(option::TIME_RESOLUTION, &[NANOSECONDS]);
    block.end(true);
}

/// What of a packet is not in its bytes.
pub(super) struct About<'a> {
    pub time: Timestamp,
    /// Its length before anything was left out.
    pub length: u32,
    /// Whether it was sent.
    pub sent: bool,
    pub comment: &'a str,
}

/// A packet.
pub(super) fn packet(from: Interface, about: &About<'_>, bytes: &[u8], out: &mut Vec<u8>) {
    const INBOUND: u32 = 1;
    const OUTBOUND: u32 = 2;
    let nanoseconds = u64::try_from(about.time.0).unwrap_or(0);
    let captured = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    let mut block = Block::begin(ENHANCED_PACKET, out);
    block.word(from as u32);
    block.word((nanoseconds >> 32) as u32);
    block.word(nanoseconds as u32);
    block.word(captured);
    block.word(about.length.max(captured));
    block.bytes(bytes);
    let flags = if about.sent { OUTBOUND } else { INBOUND };
    block.option(option::EPB_FLAGS, &flags.to_le_bytes());
    block.option(option::COMMENT, about.comment.as_bytes());
    block.end(true);
}

/// A journal entry, from its fields in the Journal Export Format.
pub(super) fn journal(entry: &[u8], out: &mut Vec<u8>) {
    let mut block = Block::begin(JOURNAL, out);
    block.bytes(entry);
    block.end(false);
}
