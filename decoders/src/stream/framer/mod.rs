//! One direction's bytes, in order and with known gaps, to PDUs.

mod data;
mod header;
mod loss;
mod output;
mod search;

use super::Stamp;
use crate::pdu::{BHS_LEN, Bhs, Digest, Direction, Opcode};

/// At most this much of a data segment is kept; login text, sense data and rejected headers are far smaller.
const KEEP_MAX: usize = 256 << 10;

/// Bytes of a digest on the wire (RFC 7143, section 11.2.3).
const DIGEST_LEN: usize = 4;

/// Whether a kind of digest is in use in this direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Mode {
    /// Not known yet: the next opportunity to compare bytes with a CRC decides.
    #[default]
    Unknown,
    Off,
    On,
}

/// Header and data digests of one direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Modes {
    pub header: Mode,
    pub data: Mode,
    /// Both sides were heard to agree on them, in a login without gaps.
    pub agreed: bool,
}

impl Modes {
    /// Before and during the login.
    pub const OFF: Self = Self { header: Mode::Off, data: Mode::Off, agreed: false };

    /// Leaves open again what was off: it may have been switched on in bytes that were lost.
    fn reopen(&mut self) {
        for mode in [&mut self.header, &mut self.data] {
            if *mode == Mode::Off && !self.agreed {
                *mode = Mode::Unknown;
            }
        }
    }
}

/// A PDU without its place in a connection.
pub(super) struct Raw<'a> {
    pub header: &'a Bhs,
    pub ahs: &'a [u8],
    pub data: &'a [u8],
    pub data_missing: u32,
    pub header_digest: Digest,
    pub data_digest: Digest,
    pub stamp: Stamp,
}

/// What comes out of the framer.
pub(super) enum Framed<'a> {
    Pdu(Raw<'a>),
    Skipped(u64, Stamp),
}

/// Receives PDUs; answers with digest modes when this PDU changes them for what follows.
pub(super) trait Out: FnMut(Framed<'_>) -> Option<Modes> {}
impl<F: FnMut(Framed<'_>) -> Option<Modes>> Out for F {}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Out of step: looking for a plausible header.
    Search,
    /// In step: the next byte belongs to a header.
    Header,
    /// In what is left of a header digest of which the capture lacks a part.
    HeaderDigest { left: usize },
    /// In a data segment, this many bytes before its end.
    Data { left: u32 },
    /// Behind the data: padding and digest. When `verify` is false, bytes the digest covers are missing.
    Trailer { need: usize, verify: bool },
}

/// How far the place of the current PDU is to be believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trust {
    /// Headers were found where the ones before said; targets that fill reserved fields are followed.
    InStep,
    /// The next header must be plausible, else this is not the way the stream is cut.
    Doubted,
    /// Found by search, and nothing has confirmed it: it is held back until the next header does.
    Unproven,
}

/// The PDU under way, or the one held back.
#[derive(Debug)]
struct Current {
    header: Bhs,
    ahs: Vec<u8>,
    header_digest: Digest,
    data: Vec<u8>,
    data_missing: u32,
    crc: u32,
    /// Stream offset of its first byte.
    begin: u64,
}

/// A complete PDU that waits for its confirmation.
#[derive(Clone, Copy, Debug)]
struct Held {
    data_digest: Digest,
    stamp: Stamp,
    /// Stream offset behind its last byte.
    end: u64,
}

/// The CRC of a header or data segment that was taken for one without digest only because nothing followed it yet.
#[derive(Clone, Copy, Debug)]
enum Undecided {
    Header(u32),
    Data(u32),
}

#[derive(Debug)]
pub(super) struct Framer {
    direction: Direction,
    /// Whether the connection is known to carry iSCSI: PDUs that end in a gap are believed then.
    pub known: bool,
    state: State,
    modes: Modes,
    trust: Trust,
    /// Bytes of an unfinished header or trailer, or the last ones searched.
    partial: Vec<u8>,
    /// Stream offset behind everything consumed, and that of any PDU's start modulo 4: padding keeps all PDUs of a
    /// stream on the same grid.
    offset: u64,
    grid: Option<u64>,
    /// Stream offset of the segment being taken, and whether the PDU found last begins with one.
    segment: u64,
    at_segment: bool,
    /// The header under way was found by search, with nothing yet to confirm it.
    found: bool,
    /// Bytes passed over since the last PDU.
    skipped: u64,
    /// The segment being taken, and the one that completed the PDU under way if no digest follows.
    stamp: Stamp,
    complete: Stamp,
    pdu: Current,
    held: Option<Held>,
    undecided: Option<Undecided>,
    /// The packet that was cut ends where the PDU under way would with digests, of which nothing else is known.
    guess: bool,
}

/// Bytes of padding behind a data segment (RFC 7143, section 11.1).
fn padding(length: u32) -> usize {
    (4 - length as usize % 4) % 4
}

/// How much of a data segment is kept. What a person or the model reads is kept whole; the data of commands is the
/// user's, except for the start of what a target answers: it holds the device type (SPC-4, section 6.6.2).
fn keep(opcode: Opcode) -> usize {
    match opcode {
        Opcode::SCSI_COMMAND | Opcode::DATA_OUT => 0,
        Opcode::DATA_IN => 36,
        _ => KEEP_MAX,
    }
}

/// Bytes of a data segment that are missing where `captured` are there. User data is not kept, which is no loss.
pub fn data_missing(header: &Bhs, captured: usize) -> u32 {
    let captured = u32::try_from(captured).unwrap_or(u32::MAX);
    match keep(header.opcode()) {
        KEEP_MAX => header.data_segment_length().saturating_sub(captured),
        _ => 0,
    }
}

/// Login PDUs never have digests, whatever has been negotiated since for what follows (RFC 7143, section 13.1).
fn is_login(opcode: Opcode) -> bool {
    matches!(opcode, Opcode::LOGIN_REQUEST | Opcode::LOGIN_RESPONSE)
}

/// Length of BHS and AHS, as far as `head` tells.
fn covered_len(head: &[u8]) -> usize {
    BHS_LEN + head.get(4).map_or(0, |&words| usize::from(words) * 4)
}

impl Framer {
    /// For a direction seen from its first byte on (`from_start`), or joined somewhere in the middle.
    pub fn new(direction: Direction, from_start: bool) -> Self {
        Self {
            direction,
            known: false,
            state: State::Search,
            modes: if from_start { Modes::OFF } else { Modes::default() },
            trust: Trust::InStep,
            partial: Vec::new(),
            offset: 0,
            grid: from_start.then_some(0),
            segment: 0,
            at_segment: false,
            found: false,
            skipped: 0,
            stamp: Stamp::default(),
            complete: Stamp::default(),
            pdu: Current {
                header: Bhs([0; BHS_LEN]),
                ahs: Vec::new(),
                header_digest: Digest::None,
                data: Vec::new(),
                data_missing: 0,
                crc: 0,
                begin: 0,
            },
            held: None,
            undecided: None,
            guess: false,
        }
    }

    /// Sets the digest modes for what follows.
    pub fn set_modes(&mut self, modes: Modes) {
        self.modes = modes;
    }

    /// Takes the next segment of the stream.
    #[inline]
    pub fn bytes(&mut self, bytes: &[u8], stamp: Stamp, out: &mut impl Out) {
        self.stamp = stamp;
        self.segment = self.offset;
        self.feed(bytes, out);
    }

    #[inline]
    fn feed(&mut self, mut bytes: &[u8], out: &mut impl Out) {
        while !bytes.is_empty() {
            let used = match self.state {
                State::Data { left } => self.take_data(bytes, left, out),
                State::Header => self.take_header(bytes, out),
                State::HeaderDigest { left } => self.take_header_digest(bytes, left, out),
                State::Trailer { need, verify } => self.take_trailer(bytes, need, verify, out),
                State::Search => self.search(bytes),
            };
            bytes = bytes.get(used..).unwrap_or_default();
        }
    }
}
