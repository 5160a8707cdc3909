//! One direction's bytes, in order and with known gaps, to PDUs.

use super::Stamp;
use super::search::View;
use crate::pdu::{BHS_LEN, Bhs, Digest, Direction, Opcode, crc32c, is_plausible};

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

    /// Hears that the next `lost` bytes are not in the capture.
    pub fn gap(&mut self, lost: u32, stamp: Stamp, out: &mut impl Out) {
        self.settle(out);
        self.stamp = stamp;
        self.complete = stamp;
        self.undecided = None;
        let mut lost = lost as usize;
        if self.state == State::Header {
            self.cut_header(lost, out);
        }
        if let State::HeaderDigest { left } = self.state {
            let of_digest = lost.min(left);
            self.lose(&mut lost, of_digest);
            self.state = State::HeaderDigest { left: left - of_digest };
            if left == of_digest {
                self.begin_data(out);
            }
        }
        if let State::Data { left } = self.state {
            let of_data = lost.min(left as usize);
            let padding = padding(self.pdu.header.data_segment_length());
            // A cut packet that ends where the PDU with its digest would: take it for one.
            if self.modes.data == Mode::Unknown
                && lost == left as usize + padding + DIGEST_LEN
                && !is_login(self.pdu.header.opcode())
            {
                self.guess = true;
            }
            self.lose(&mut lost, of_data);
            let of_data = u32::try_from(of_data).unwrap_or(left);
            self.pdu.data_missing += of_data;
            self.state = State::Data { left: left - of_data };
            if left == of_data {
                self.end_data(out);
            }
        }
        if let State::Trailer { need, .. } = self.state {
            self.lose_trailer(need, &mut lost, out);
        }
        if lost > 0 {
            self.resolve(out);
            self.offset += lost as u64;
            self.skipped += lost as u64;
            self.lose_step();
        }
    }

    /// The stream goes on at an unknown distance, perhaps as another connection.
    pub fn jump(&mut self, stamp: Stamp, out: &mut impl Out) {
        self.end(out);
        self.stamp = stamp;
        self.grid = None;
        self.modes = Modes::default();
    }

    /// Decides what was held back to see what follows: the other side has answered, so nothing does.
    #[inline]
    pub fn settle(&mut self, out: &mut impl Out) {
        match self.state {
            State::Header if self.partial.len() >= BHS_LEN => self.settle_header(out),
            State::Trailer { need, verify: true }
                if self.modes.data == Mode::Unknown && self.partial.len() + DIGEST_LEN == need =>
            {
                self.undecided = Some(Undecided::Data(crc32c(self.pdu.crc, &self.partial)));
                self.partial.clear();
                self.finish(Digest::None, out);
            }
            _ => {}
        }
        if self.held.is_some() && self.state == State::Header && self.partial.is_empty() {
            self.release(out);
        }
    }

    /// The stream ended: what is there of the last PDU comes out, the rest counts as skipped.
    pub fn end(&mut self, out: &mut impl Out) {
        self.settle(out);
        if self.state == State::Header {
            self.cut_header(0, out);
        }
        match self.state {
            State::HeaderDigest { .. } => {
                self.pdu.data_missing = self.pdu.header.data_segment_length()
            }
            State::Data { left } => self.pdu.data_missing += left,
            State::Trailer { .. } | State::Header | State::Search => {}
        }
        let is_incomplete = !matches!(self.state, State::Header | State::Search);
        if is_incomplete {
            self.finish(self.unverified(), out);
        }
        if is_incomplete && !self.known {
            self.reject();
        }
        self.resolve(out);
        self.lose_step();
        self.report_skipped(out);
    }

    /// The digest of data that was not captured whole.
    fn unverified(&self) -> Digest {
        let is_on = self.modes.data == Mode::On || self.guess;
        if is_on && !is_login(self.pdu.header.opcode()) { Digest::Unverified } else { Digest::None }
    }

    /// Takes `count` of the `lost` bytes as part of the PDU under way.
    fn lose(&mut self, lost: &mut usize, count: usize) {
        self.offset += count as u64;
        *lost -= count;
    }

    /// A header is there whole, but its digest, if it has one, is lost: there is no waiting for it.
    fn cut_header(&mut self, lost: usize, out: &mut impl Out) {
        let covered = covered_len(&self.partial);
        let Some(beyond) = self.partial.len().checked_sub(covered) else { return };
        let Some(header) = Bhs::parse(&self.partial) else { return };
        if self.modes.header == Mode::Unknown {
            // A cut packet that ends where the PDU with all digests would: take it for one.
            let data = header.data_segment_length();
            let digests = if data > 0 { 2 * DIGEST_LEN } else { DIGEST_LEN };
            if beyond + lost == data as usize + padding(data) + digests {
                self.guess = true;
            }
        }
        let head = std::mem::take(&mut self.partial);
        let given_back = self.start(&head, out);
        self.again(head, given_back, out);
    }

    fn lose_trailer(&mut self, need: usize, lost: &mut usize, out: &mut impl Out) {
        let padding = padding(self.pdu.header.data_segment_length());
        let mut need = need;
        if self.modes.data == Mode::Unknown && need > padding {
            // Data whole, digest lost: whether there was one can only be guessed from where the packet ends.
            if self.partial.len() + *lost == need {
                self.guess = true;
            } else {
                need = padding;
            }
        }
        let of_trailer = need.saturating_sub(self.partial.len()).min(*lost);
        self.lose(lost, of_trailer);
        need -= of_trailer;
        self.state = State::Trailer { need, verify: false };
        if let Some(beyond) = self.partial.len().checked_sub(need) {
            self.offset -= beyond as u64;
            let trailer = std::mem::take(&mut self.partial);
            self.finish(self.unverified(), out);
            self.offset += beyond as u64;
            self.again(trailer, beyond, out);
        }
    }

    /// Out of step: whatever is half gathered is passed over.
    fn lose_step(&mut self) {
        self.skipped += self.partial.len() as u64;
        self.partial.clear();
        self.undecided = None;
        self.state = State::Search;
    }

    fn report_skipped(&mut self, out: &mut impl Out) {
        let skipped = std::mem::take(&mut self.skipped);
        if skipped > 0 {
            out(Framed::Skipped(skipped, self.stamp));
        }
    }

    #[inline]
    fn take_header(&mut self, bytes: &[u8], out: &mut impl Out) -> usize {
        let digest = if self.modes.header == Mode::Off { 0 } else { DIGEST_LEN };
        if self.partial.is_empty() && self.undecided.is_none() {
            // The common case: the whole header lies in this segment and is read in place.
            let need = covered_len(bytes) + digest;
            if let Some(head) = bytes.get(..need) {
                self.offset += need as u64;
                self.complete = self.stamp;
                let given_back = self.start(head, out);
                self.offset -= given_back as u64;
                return need - given_back;
            }
        }
        let before = self.partial.len();
        let missing = (covered_len(&self.partial) + digest).saturating_sub(before);
        let used = missing.min(bytes.len());
        self.partial.extend_from_slice(bytes.get(..used).unwrap_or_default());
        self.offset += used as u64;
        self.drop_late_digest();
        let covered = covered_len(&self.partial);
        if before < covered {
            self.complete = self.stamp;
        }
        if self.partial.len() >= covered + digest {
            let head = std::mem::take(&mut self.partial);
            let given_back = self.start(&head, out);
            self.again(head, given_back, out);
        } else if self.partial.len() >= BHS_LEN && covered > BHS_LEN {
            // Additional headers are rare: rather than wait for a kilobyte of them, see whether they are wanted.
            if Bhs::parse(&self.partial).is_some_and(|header| !is_plausible(&header)) {
                let head = std::mem::take(&mut self.partial);
                let given_back = self.lose_place(head.len());
                self.again(head, given_back, out);
            }
        }
        used
    }

    /// A PDU that seemed to have come without digest turns out to be followed by one.
    fn drop_late_digest(&mut self) {
        let (Some(undecided), Some(&next)) = (self.undecided, self.partial.first_chunk()) else {
            return;
        };
        self.undecided = None;
        let (Undecided::Header(crc) | Undecided::Data(crc)) = undecided;
        if matches!(Digest::check(next, crc), Digest::Good(_)) {
            self.partial.drain(..DIGEST_LEN);
            match undecided {
                Undecided::Header(_) => self.modes.header = Mode::On,
                Undecided::Data(_) => self.modes.data = Mode::On,
            }
        }
    }

    /// Feeds the last `count` bytes of `gathered` again, and keeps the buffer for reuse. What is fed again is never
    /// longer than one header, so this does not nest.
    fn again(&mut self, mut gathered: Vec<u8>, count: usize, out: &mut impl Out) {
        let from = gathered.len() - count.min(gathered.len());
        let tail = gathered.split_off(from);
        self.offset -= tail.len() as u64;
        gathered.clear();
        if self.partial.is_empty() {
            self.partial = gathered;
        }
        self.feed(&tail, out);
    }

    /// A header is complete: `head` holds BHS, AHS and, as far as it was captured, the digest if there may be one.
    /// Answers how many of those bytes it did not need.
    fn start(&mut self, head: &[u8], out: &mut impl Out) -> usize {
        let Some(header) = Bhs::parse(head) else { return 0 };
        let Some((covered, next)) = head.split_at_checked(covered_len(head)) else { return 0 };
        let digest = match (self.modes.header, next.first_chunk()) {
            _ if is_login(header.opcode()) => Digest::None,
            (Mode::On, None) => Digest::Unverified,
            (Mode::Unknown, None) if self.guess => Digest::Unverified,
            (Mode::Off, _) | (Mode::Unknown, None) => Digest::None,
            (_, Some(&sent)) => Digest::check(sent, crc32c(0, covered)),
        };
        let found = std::mem::take(&mut self.found);
        if !self.is_in_step(&header, digest) {
            return self.lose_place(head.len());
        }
        let proven = !found || matches!(digest, Digest::Good(_));
        let (digest, trust) = match (self.modes.header, digest) {
            _ if !proven => (self.decide_header(digest), Trust::Unproven),
            // The one header without a digest speaks against there being any, but could be damaged.
            (Mode::Unknown, Digest::Bad { .. }) => (self.decide_header(digest), Trust::Doubted),
            _ => (self.decide_header(digest), Trust::InStep),
        };
        if self.held.is_some() {
            self.release(out);
        }
        self.trust = trust;
        let given_back = if digest == Digest::None { next.len() } else { 0 };
        self.pdu.header = header;
        self.pdu.ahs.clear();
        self.pdu.ahs.extend_from_slice(covered.get(BHS_LEN..).unwrap_or_default());
        self.pdu.header_digest = digest;
        self.pdu.data.clear();
        self.pdu.data_missing = 0;
        self.pdu.crc = 0;
        self.pdu.begin = self.offset - head.len() as u64;
        if digest != Digest::None {
            self.complete = self.stamp;
        }
        if digest == Digest::Unverified {
            let captured = next.len().min(DIGEST_LEN);
            self.state = State::HeaderDigest { left: DIGEST_LEN - captured };
        } else {
            self.offset -= given_back as u64;
            self.begin_data(out);
            self.offset += given_back as u64;
        }
        given_back
    }

    /// What was gathered as a header is none. Its first byte is no PDU's start; one may follow right behind that:
    /// answers how many bytes to look at again.
    fn lose_place(&mut self, gathered: usize) -> usize {
        self.reject();
        self.found = false;
        self.guess = false;
        self.state = State::Search;
        self.modes = Modes::default();
        self.skipped += 1;
        gathered.saturating_sub(1)
    }

    /// Whether the stream is cut here: a damaged header may still tell the right length, but one that is also
    /// implausible cannot be followed.
    fn is_in_step(&self, header: &Bhs, digest: Digest) -> bool {
        let must_be_plausible = match digest {
            Digest::Good(_) => false,
            Digest::Bad { .. } if self.modes.header == Mode::On => true,
            _ => self.trust != Trust::InStep,
        };
        let opcode = header.opcode();
        // NOP-Out is opcode 0, but its F bit is always set: without it these are zeros of a data segment.
        let zeros = opcode == Opcode::NOP_OUT && header.flags() == 0;
        opcode.is_known()
            && !zeros
            && opcode.direction() == self.direction
            && (!must_be_plausible || is_plausible(header))
    }

    /// Settles whether headers have digests by the first one that can tell.
    fn decide_header(&mut self, digest: Digest) -> Digest {
        match (self.modes.header, digest) {
            (Mode::Unknown, Digest::Good(_)) => self.modes.header = Mode::On,
            (Mode::Unknown, Digest::Bad { .. }) => {
                self.modes.header = Mode::Off;
                return Digest::None;
            }
            _ => {}
        }
        digest
    }

    fn begin_data(&mut self, out: &mut impl Out) {
        match self.pdu.header.data_segment_length() {
            0 => self.finish(Digest::None, out),
            left => self.state = State::Data { left },
        }
    }

    fn take_header_digest(&mut self, bytes: &[u8], left: usize, out: &mut impl Out) -> usize {
        let used = left.min(bytes.len());
        self.offset += used as u64;
        self.complete = self.stamp;
        self.state = State::HeaderDigest { left: left - used };
        if used == left {
            self.begin_data(out);
        }
        used
    }

    #[inline]
    fn take_data(&mut self, bytes: &[u8], left: u32, out: &mut impl Out) -> usize {
        let used = bytes.len().min(left as usize);
        let taken = bytes.get(..used).unwrap_or_default();
        // Behind missing bytes the CRC could not be compared, and text would be joined that is not adjacent.
        if self.pdu.data_missing == 0 {
            let room = keep(self.pdu.header.opcode()).saturating_sub(self.pdu.data.len());
            self.pdu.data.extend_from_slice(taken.get(..room).unwrap_or(taken));
            if self.modes.data != Mode::Off {
                self.pdu.crc = crc32c(self.pdu.crc, taken);
            }
        }
        self.offset += used as u64;
        let left = left - u32::try_from(used).unwrap_or(left);
        self.state = State::Data { left };
        if left == 0 {
            self.complete = self.stamp;
            self.end_data(out);
        }
        used
    }

    fn end_data(&mut self, out: &mut impl Out) {
        let verify = self.pdu.data_missing == 0;
        let digest = match self.modes.data {
            _ if is_login(self.pdu.header.opcode()) => 0,
            Mode::On => DIGEST_LEN,
            Mode::Unknown if verify || self.guess => DIGEST_LEN,
            // Nothing to compare with: see what the next header says.
            Mode::Unknown | Mode::Off => 0,
        };
        match padding(self.pdu.header.data_segment_length()) + digest {
            0 => self.finish(Digest::None, out),
            need => self.state = State::Trailer { need, verify },
        }
    }

    fn take_trailer(
        &mut self,
        bytes: &[u8],
        need: usize,
        verify: bool,
        out: &mut impl Out,
    ) -> usize {
        let before = self.partial.len();
        let used = need.saturating_sub(before).min(bytes.len());
        self.partial.extend_from_slice(bytes.get(..used).unwrap_or_default());
        self.offset += used as u64;
        let padding = padding(self.pdu.header.data_segment_length());
        if before < padding {
            self.complete = self.stamp;
        }
        if self.partial.len() < need {
            return used;
        }
        let trailer = std::mem::take(&mut self.partial);
        let (pad, sent) = trailer.split_at_checked(padding).unwrap_or((&trailer, &[]));
        let digest = match sent.first_chunk() {
            Some(&sent) if verify => Digest::check(sent, crc32c(self.pdu.crc, pad)),
            _ => self.unverified(),
        };
        let digest = self.decide_data(digest);
        let given_back = if digest == Digest::None { sent.len() } else { 0 };
        if digest != Digest::None {
            self.complete = self.stamp;
        }
        self.offset -= given_back as u64;
        self.finish(digest, out);
        self.offset += given_back as u64;
        self.again(trailer, given_back, out);
        used
    }

    /// Settles whether data has digests by the first one that can tell.
    fn decide_data(&mut self, digest: Digest) -> Digest {
        match (self.modes.data, digest) {
            // The login's end was heard of while four more bytes were waited for.
            (Mode::Off, _) => return Digest::None,
            (_, Digest::Good(_)) => {
                self.modes.data = Mode::On;
                self.trust = Trust::InStep;
            }
            (Mode::Unknown, Digest::Bad { .. }) => {
                self.modes.data = Mode::Off;
                if self.trust == Trust::InStep {
                    self.trust = Trust::Doubted;
                }
                return Digest::None;
            }
            _ => {}
        }
        digest
    }

    /// The PDU under way is complete; one that was found by search waits for its confirmation.
    fn finish(&mut self, data_digest: Digest, out: &mut impl Out) {
        self.guess = false;
        self.partial.clear();
        self.state = State::Header;
        let complete = Held { data_digest, stamp: self.complete, end: self.offset };
        let is_open = self.modes.header == Mode::Unknown
            || self.modes.data == Mode::Unknown && self.pdu.header.data_segment_length() > 0;
        if is_open && self.trust == Trust::InStep {
            // It was not seen whether a digest follows, so this may not be its end.
            self.trust = Trust::Doubted;
        }
        if self.trust == Trust::Unproven {
            self.held = Some(complete);
        } else {
            self.emit(complete, out);
        }
    }

    #[inline]
    fn emit(&mut self, complete: Held, out: &mut impl Out) {
        self.report_skipped(out);
        let pdu = &self.pdu;
        // A data segment longer than what is kept is as incomplete as one that was not captured whole.
        let captured = pdu.header.data_segment_length().saturating_sub(pdu.data_missing);
        let kept = u32::try_from(pdu.data.len()).unwrap_or(u32::MAX);
        let is_read = keep(pdu.header.opcode()) == KEEP_MAX;
        let dropped = if is_read { captured.saturating_sub(kept) } else { 0 };
        let raw = Raw {
            header: &pdu.header,
            ahs: &pdu.ahs,
            data: &pdu.data,
            data_missing: pdu.data_missing + dropped,
            header_digest: pdu.header_digest,
            data_digest: complete.data_digest,
            stamp: complete.stamp,
        };
        if let Some(modes) = out(Framed::Pdu(raw)) {
            self.modes = modes;
        }
    }

    /// Lets go of a PDU that was held back.
    fn release(&mut self, out: &mut impl Out) {
        if let Some(complete) = self.held.take() {
            self.trust = Trust::Doubted;
            self.emit(complete, out);
        }
    }

    /// What was held back was no PDU.
    fn reject(&mut self) {
        if let Some(Held { end, .. }) = self.held.take() {
            self.skipped += end - self.pdu.begin;
        }
    }

    /// Nothing will follow that could confirm a PDU held back: where it was found has to do, or the first byte of the
    /// header that was to confirm it.
    fn resolve(&mut self, out: &mut impl Out) {
        let is_followed = self.partial.first().is_some_and(|&first| {
            let opcode = Opcode(first & 0x3f);
            opcode.is_known() && opcode.direction() == self.direction
        });
        if self.known || self.at_segment || is_followed {
            self.release(out);
        } else {
            self.reject();
        }
    }

    /// The bytes behind a header were not captured yet, and the other side has gone on: there is no digest.
    fn settle_header(&mut self, out: &mut impl Out) {
        let has_data = Bhs::parse(&self.partial).is_none_or(|head| head.data_segment_length() > 0);
        if has_data
            || self.modes.header != Mode::Unknown
            || self.partial.len() != covered_len(&self.partial)
        {
            return;
        }
        let head = std::mem::take(&mut self.partial);
        let crc = crc32c(0, &head);
        // Without the four bytes the mode stays open.
        let given_back = self.start(&head, out);
        if self.state == State::Header {
            self.undecided = Some(Undecided::Header(crc));
        }
        self.again(head, given_back, out);
    }

    /// Looks for a header in what was kept of earlier bytes plus `bytes`; answers how many of `bytes` are done with.
    fn search(&mut self, bytes: &[u8]) -> usize {
        let mut kept = std::mem::take(&mut self.partial);
        let base = self.offset - kept.len() as u64;
        let used = match (View { kept: &kept, fresh: bytes }).find(self.direction, base, self.grid)
        {
            Some((at, is_confirmed)) => {
                let start = base + at as u64;
                // The first byte of a whole stream needs no confirmation.
                let is_first = start == 0 && self.grid == Some(0);
                self.skipped += at as u64;
                self.grid = Some(start % 4);
                self.at_segment = start == self.segment;
                self.found = !is_confirmed && !is_first;
                self.trust = Trust::Doubted;
                self.state = State::Header;
                if !is_first {
                    self.modes.reopen();
                }
                kept.drain(..at.min(kept.len()));
                // Where nothing of it is kept, the header begins in `bytes`.
                start.saturating_sub(self.offset)
            }
            None => {
                let passed = (kept.len() + bytes.len() + 1).saturating_sub(BHS_LEN);
                self.skipped += passed as u64;
                let of_bytes = passed.saturating_sub(kept.len());
                kept.drain(..passed.min(kept.len()));
                kept.extend_from_slice(bytes.get(of_bytes..).unwrap_or_default());
                bytes.len() as u64
            }
        };
        self.offset += used;
        self.partial = kept;
        usize::try_from(used).unwrap_or(bytes.len())
    }
}
