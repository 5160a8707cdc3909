//! One direction's bytes, in order and with known gaps, to PDUs.

use super::Stamp;
use crate::pdu::{BHS_LEN, Bhs, Digest, Direction, Opcode, crc32c, is_plausible};

/// At most this much of a data segment is kept; login text, sense data and rejected headers are far smaller.
const KEEP_MAX: usize = 256 << 10;

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
}

impl Modes {
    pub const OFF: Self = Self { header: Mode::Off, data: Mode::Off };
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
    /// In a data segment, this many bytes before its end.
    Data { left: u32 },
    /// Behind the data: padding and digest. When `verify` is false, bytes the digest covers are missing.
    Trailer { need: usize, verify: bool },
}

#[derive(Debug)]
pub(super) struct Framer {
    direction: Direction,
    state: State,
    modes: Modes,
    /// Bytes of an unfinished header or trailer, or the window being searched.
    partial: Vec<u8>,
    /// Stream offset behind everything consumed, and that of any PDU's start modulo 4: padding keeps all PDUs of a
    /// stream on the same grid.
    offset: u64,
    grid: Option<u64>,
    /// Bytes passed over since the last PDU.
    skipped: u64,
    stamp: Stamp,
    // The PDU under way.
    header: Bhs,
    ahs: Vec<u8>,
    header_digest: Digest,
    data: Vec<u8>,
    data_missing: u32,
    crc: u32,
    /// The CRC of the last header or data segment that was taken for one without digest only because nothing followed
    /// it yet.
    undecided: Option<(Covered, u32)>,
}

/// What a digest covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Covered {
    Header,
    Data,
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

impl Framer {
    /// For a direction seen from its first byte on (`from_start`), or joined somewhere in the middle.
    pub fn new(direction: Direction, from_start: bool) -> Self {
        Self {
            direction,
            state: State::Search,
            modes: if from_start { Modes::OFF } else { Modes::default() },
            partial: Vec::new(),
            offset: 0,
            grid: from_start.then_some(0),
            skipped: 0,
            stamp: Stamp::default(),
            header: Bhs([0; BHS_LEN]),
            ahs: Vec::new(),
            header_digest: Digest::None,
            data: Vec::new(),
            data_missing: 0,
            crc: 0,
            undecided: None,
        }
    }

    /// Sets the digest modes for what follows.
    pub fn set_modes(&mut self, modes: Modes) {
        self.modes = modes;
    }

    /// Takes the next bytes of the stream.
    #[inline]
    pub fn bytes(&mut self, mut bytes: &[u8], stamp: Stamp, out: &mut impl Out) {
        self.stamp = stamp;
        while !bytes.is_empty() {
            let used = match self.state {
                State::Data { left } => self.take_data(bytes, left, out),
                State::Header => self.take_header(bytes, out),
                State::Trailer { need, verify } => self.take_trailer(bytes, need, verify, out),
                State::Search => self.search(bytes, out),
            };
            bytes = bytes.get(used..).unwrap_or_default();
        }
    }

    /// Hears that the next `lost` bytes are not in the capture.
    pub fn gap(&mut self, lost: u32, stamp: Stamp, out: &mut impl Out) {
        self.settle(out);
        self.stamp = stamp;
        self.undecided = None;
        let mut lost = lost as usize;
        if let State::Data { left } = self.state {
            let padding = padding(self.header.data_segment_length());
            let digest = match self.modes.data {
                Mode::On => 4,
                // A cut packet that ends where the PDU with digest would: take it for one.
                Mode::Unknown if lost == left as usize + padding + 4 => {
                    self.modes.data = Mode::On;
                    4
                }
                _ => 0,
            };
            let of_data = lost.min(left as usize);
            self.data_missing += u32::try_from(of_data).unwrap_or(left);
            self.offset += of_data as u64;
            lost -= of_data;
            self.state = match left as usize - of_data {
                0 => State::Trailer { need: padding + digest, verify: false },
                _ => State::Data { left: left - u32::try_from(of_data).unwrap_or(left) },
            };
            self.finish_if_nothing_follows(out);
        }
        if let State::Trailer { need, .. } = self.state {
            let of_trailer = lost.min(need - self.partial.len().min(need));
            self.offset += of_trailer as u64;
            lost -= of_trailer;
            self.state = State::Trailer { need: need - of_trailer, verify: false };
            if need - of_trailer <= self.partial.len() {
                self.finish(Digest::Unverified, out);
            }
        }
        if lost > 0 {
            self.offset += lost as u64;
            self.lose_step(lost);
        }
    }

    /// The stream goes on at an unknown distance.
    pub fn jump(&mut self, stamp: Stamp, out: &mut impl Out) {
        self.end(out);
        self.stamp = stamp;
        self.grid = None;
    }

    /// Decides what was held back to see whether a digest follows: the other side has answered, so nothing does.
    #[inline]
    pub fn settle(&mut self, out: &mut impl Out) {
        match self.state {
            State::Header if self.partial.len() >= BHS_LEN => self.settle_header(out),
            State::Trailer { need, verify: true }
                if self.modes.data == Mode::Unknown && self.partial.len() + 4 == need =>
            {
                self.undecided = Some((Covered::Data, crc32c(self.crc, &self.partial)));
                self.partial.clear();
                self.finish(Digest::None, out);
            }
            _ => {}
        }
    }

    /// The stream ended: what is there of the last PDU comes out, the rest counts as skipped.
    pub fn end(&mut self, out: &mut impl Out) {
        self.settle(out);
        match self.state {
            State::Data { left } => {
                self.data_missing += left;
                self.finish(Digest::Unverified, out);
            }
            State::Trailer { .. } => self.finish(Digest::Unverified, out),
            State::Header | State::Search => {}
        }
        self.lose_step(0);
        self.report_skipped(out);
    }

    /// Out of step: `lost` bytes and whatever is half gathered are passed over.
    fn lose_step(&mut self, lost: usize) {
        self.skipped += (lost + self.partial.len()) as u64;
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

    /// Length of the header with what follows it, as far as `head` tells.
    fn header_need(&self, head: &[u8]) -> usize {
        let ahs = head.get(4).map_or(0, |&words| usize::from(words) * 4);
        let digest = if self.modes.header == Mode::Off { 0 } else { 4 };
        BHS_LEN + ahs + digest
    }

    #[inline]
    fn take_header(&mut self, bytes: &[u8], out: &mut impl Out) -> usize {
        if self.partial.is_empty() && self.undecided.is_none() {
            // The common case: the whole header lies in this segment and is read in place.
            let need = self.header_need(bytes);
            if let Some(head) = bytes.get(..need) {
                self.offset += need as u64;
                let given_back = self.start(head, out);
                self.offset -= given_back as u64;
                return need - given_back;
            }
        }
        let need = self.header_need(&self.partial);
        let missing = need.saturating_sub(self.partial.len());
        let used = missing.min(bytes.len());
        self.partial.extend_from_slice(bytes.get(..used).unwrap_or_default());
        self.offset += used as u64;
        self.drop_late_digest();
        if self.partial.len() >= BHS_LEN && self.partial.len() >= self.header_need(&self.partial) {
            let head = std::mem::take(&mut self.partial);
            let given_back = self.start(&head, out);
            self.again(head, given_back, out);
        }
        used
    }

    /// A header that seemed to have come without digest turns out to be followed by one.
    fn drop_late_digest(&mut self) {
        let Some((covered, crc)) = self.undecided else { return };
        let Some(&next) = self.partial.first_chunk() else { return };
        self.undecided = None;
        if matches!(Digest::check(next, crc), Digest::Good(_)) {
            self.partial.drain(..4);
            match covered {
                Covered::Header => self.modes.header = Mode::On,
                Covered::Data => self.modes.data = Mode::On,
            }
        }
    }

    /// Feeds the last `count` bytes of `gathered` again, and keeps the buffer for reuse.
    fn again(&mut self, mut gathered: Vec<u8>, count: usize, out: &mut impl Out) {
        let from = gathered.len() - count.min(gathered.len());
        let tail = gathered.split_off(from);
        self.offset -= tail.len() as u64;
        gathered.clear();
        if self.partial.is_empty() {
            self.partial = gathered;
        }
        let stamp = self.stamp;
        self.bytes(&tail, stamp, out);
    }

    /// A header is complete: `head` holds BHS, AHS and, unless digests are off, four bytes more. Answers how many
    /// of those it did not need.
    fn start(&mut self, head: &[u8], out: &mut impl Out) -> usize {
        let Some(header) = Bhs::parse(head) else { return 0 };
        let covered = BHS_LEN + usize::from(header.total_ahs_length()) * 4;
        let Some((covered, next)) = head.split_at_checked(covered) else { return 0 };
        let digest = match (self.modes.header, next.first_chunk()) {
            (Mode::Off, _) | (_, None) => Digest::None,
            (Mode::On, Some(&sent)) => Digest::check(sent, crc32c(0, covered)),
            (Mode::Unknown, Some(&sent)) => match Digest::check(sent, crc32c(0, covered)) {
                good @ Digest::Good(_) => {
                    self.modes.header = Mode::On;
                    good
                }
                _ => {
                    self.modes.header = Mode::Off;
                    Digest::None
                }
            },
        };
        let given_back = if digest == Digest::None { next.len() } else { 0 };
        let opcode = header.opcode();
        // NOP-Out is opcode 0, but its F bit is always set: without it these are zeros of a data segment.
        let zeros = opcode == Opcode::NOP_OUT && header.flags() == 0;
        // A damaged header may still tell the right length; one that is also implausible cannot be followed.
        let in_step = opcode.is_known()
            && !zeros
            && opcode.direction() == self.direction
            && (!matches!(digest, Digest::Bad { .. }) || is_plausible(&header));
        if !in_step {
            let mode = self.modes;
            self.state = State::Search;
            self.modes = if mode == Modes::OFF { mode } else { Modes::default() };
            // The first byte is no PDU's start; one may follow right behind it.
            self.skipped += 1;
            return head.len() - 1;
        }
        self.begin(header, covered.get(BHS_LEN..).unwrap_or_default(), digest, out);
        given_back
    }

    fn begin(&mut self, header: Bhs, ahs: &[u8], digest: Digest, out: &mut impl Out) {
        self.header = header;
        self.ahs.clear();
        self.ahs.extend_from_slice(ahs);
        self.header_digest = digest;
        self.data.clear();
        self.data_missing = 0;
        self.crc = 0;
        self.state = match header.data_segment_length() {
            0 => {
                self.finish(Digest::None, out);
                return;
            }
            left => State::Data { left },
        };
    }

    #[inline]
    fn take_data(&mut self, bytes: &[u8], left: u32, out: &mut impl Out) -> usize {
        let used = bytes.len().min(left as usize);
        let taken = bytes.get(..used).unwrap_or_default();
        let room = keep(self.header.opcode()).saturating_sub(self.data.len());
        self.data.extend_from_slice(taken.get(..room).unwrap_or(taken));
        // With bytes missing the CRC could not be compared any more.
        let verify = self.data_missing == 0;
        if self.modes.data != Mode::Off && verify {
            self.crc = crc32c(self.crc, taken);
        }
        self.offset += used as u64;
        let left = left - u32::try_from(used).unwrap_or(left);
        if left > 0 {
            self.state = State::Data { left };
            return used;
        }
        let digest = if self.modes.data == Mode::Off { 0 } else { 4 };
        let need = padding(self.header.data_segment_length()) + digest;
        self.state = State::Trailer { need, verify };
        self.finish_if_nothing_follows(out);
        used
    }

    fn finish_if_nothing_follows(&mut self, out: &mut impl Out) {
        if let State::Trailer { need: 0, .. } = self.state {
            let digest = match self.modes.data {
                Mode::On => Digest::Unverified,
                _ => Digest::None,
            };
            self.finish(digest, out);
        }
    }

    fn take_trailer(
        &mut self,
        bytes: &[u8],
        need: usize,
        verify: bool,
        out: &mut impl Out,
    ) -> usize {
        let used = (need - self.partial.len().min(need)).min(bytes.len());
        self.partial.extend_from_slice(bytes.get(..used).unwrap_or_default());
        self.offset += used as u64;
        if self.partial.len() < need {
            return used;
        }
        let mut trailer = std::mem::take(&mut self.partial);
        let padding = padding(self.header.data_segment_length());
        let (pad, sent) = trailer.split_at_checked(padding).unwrap_or((&trailer, &[]));
        let digest = match (self.modes.data, sent.first_chunk(), verify) {
            (Mode::Off, ..) => Digest::None,
            (Mode::On, Some(&sent), true) => Digest::check(sent, crc32c(self.crc, pad)),
            (Mode::On, ..) => Digest::Unverified,
            (Mode::Unknown, Some(&sent), true) => {
                match Digest::check(sent, crc32c(self.crc, pad)) {
                    good @ Digest::Good(_) => {
                        self.modes.data = Mode::On;
                        good
                    }
                    _ => {
                        self.modes.data = Mode::Off;
                        Digest::None
                    }
                }
            }
            // Nothing to compare with: see what the next header says.
            (Mode::Unknown, ..) => Digest::None,
        };
        let given_back = if digest == Digest::None { sent.len() } else { 0 };
        if given_back == 0 {
            trailer.clear();
            self.partial = trailer;
            self.finish(digest, out);
        } else {
            self.finish(digest, out);
            self.again(trailer, given_back, out);
        }
        used
    }

    /// The PDU under way is complete.
    fn finish(&mut self, data_digest: Digest, out: &mut impl Out) {
        self.partial.clear();
        self.state = State::Header;
        // A data segment longer than what is kept is as incomplete as one that was not captured whole.
        let captured = self.header.data_segment_length().saturating_sub(self.data_missing);
        let kept = u32::try_from(self.data.len()).unwrap_or(u32::MAX);
        let is_read = keep(self.header.opcode()) == KEEP_MAX;
        let dropped = if is_read { captured.saturating_sub(kept) } else { 0 };
        let raw = Raw {
            header: &self.header,
            ahs: &self.ahs,
            data: &self.data,
            data_missing: self.data_missing + dropped,
            header_digest: self.header_digest,
            data_digest,
            stamp: self.stamp,
        };
        if let Some(modes) = out(Framed::Pdu(raw)) {
            self.modes = modes;
        }
    }

    /// The bytes behind a header were not captured yet, and the other side has gone on: there is no digest.
    fn settle_header(&mut self, out: &mut impl Out) {
        let covered = self.header_need(&self.partial) - 4;
        if self.modes.header != Mode::Unknown || self.partial.len() != covered {
            return;
        }
        let head = std::mem::take(&mut self.partial);
        let crc = crc32c(0, &head);
        // Without the four bytes the mode stays open.
        let given_back = self.start(&head, out);
        if self.state == State::Header {
            self.undecided = Some((Covered::Header, crc));
        }
        self.again(head, given_back, out);
    }

    /// Looks for a plausible header in what was kept of earlier bytes plus `bytes`.
    fn search(&mut self, bytes: &[u8], out: &mut impl Out) -> usize {
        let mut window = std::mem::take(&mut self.partial);
        window.extend_from_slice(bytes);
        self.offset += bytes.len() as u64;
        let base = self.offset - window.len() as u64;
        let found = (0..(window.len() + 1).saturating_sub(BHS_LEN)).find(|&at| {
            self.grid.is_none_or(|grid| (base + at as u64) % 4 == grid)
                && window.get(at..).is_some_and(|rest| self.is_start(rest))
        });
        match found {
            Some(at) => {
                self.skipped += at as u64;
                self.report_skipped(out);
                self.grid = Some((base + at as u64) % 4);
                self.state = State::Header;
                let rest = window.len() - at;
                self.again(window, rest, out);
            }
            None => {
                let passed = (window.len() + 1).saturating_sub(BHS_LEN);
                self.skipped += passed as u64;
                window.drain(..passed);
                self.partial = window;
            }
        }
        bytes.len()
    }

    /// Whether a PDU of this direction starts here: its header is plausible, and so is the next one if it is in view.
    fn is_start(&self, rest: &[u8]) -> bool {
        let Some(header) = Bhs::parse(rest) else { return false };
        if header.opcode().direction() != self.direction || !is_plausible(&header) {
            return false;
        }
        let head = BHS_LEN + usize::from(header.total_ahs_length()) * 4;
        let data = (header.data_segment_length() as usize).next_multiple_of(4);
        let ends = [0, 4, 8].map(|digests| head + data + digests);
        let in_view = ends.map(|end| rest.get(end..).and_then(Bhs::parse));
        match in_view {
            [Some(_), ..] => in_view.iter().flatten().any(|next| {
                next.opcode().direction() == self.direction && next.opcode().is_known()
            }),
            _ => true,
        }
    }
}
