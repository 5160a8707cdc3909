//! Headers: gathering one, checking its digest, and whether it can be one at all.

use super::{DIGEST_LEN, Framer, Mode, Modes, Out, State, Trust, Undecided, covered_len, is_login};
use crate::pdu::{BHS_LEN, Bhs, Digest, Opcode, crc32c, is_plausible};

/// Longest data segment believed of a header whose opcode makes no sense.
const SANE_LENGTH: u32 = 256 << 10;

/// Whether what follows the header would be as long as what follows headers usually is: random bytes seldom are.
fn is_of_sane_length(header: &Bhs) -> bool {
    header.total_ahs_length() == 0 && header.data_segment_length() <= SANE_LENGTH
}

impl Framer {
    #[inline]
    pub(super) fn take_header(&mut self, bytes: &[u8], out: &mut impl Out) -> usize {
        let digest = self.digest_room();
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
        // What came may have told that no digest follows, and then nothing is to be waited for.
        let digest = self.digest_room();
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

    /// Bytes to gather behind a header, in which its digest is looked for.
    #[inline]
    fn digest_room(&self) -> usize {
        if self.modes.header == Mode::Off { 0 } else { DIGEST_LEN }
    }

    /// A PDU that seemed to have come without digest turns out to be followed by one.
    pub(super) fn drop_late_digest(&mut self) {
        let (Some(undecided), Some(&next)) = (self.undecided, self.partial.first_chunk()) else {
            return;
        };
        self.undecided = None;
        let (Undecided::Header(crc) | Undecided::Data(crc)) = undecided;
        // What follows decides as it would have at once: one PDU without a digest speaks for none.
        let mode = if matches!(Digest::check(next, crc), Digest::Good(_)) {
            self.partial.drain(..DIGEST_LEN);
            Mode::On
        } else {
            Mode::Off
        };
        match undecided {
            Undecided::Header(_) => self.modes.header = mode,
            Undecided::Data(_) => self.modes.data = mode,
        }
    }

    /// Feeds the last `count` bytes of `gathered` again, and keeps the buffer for reuse. What is fed again is never
    /// longer than one header, so this does not nest.
    pub(super) fn again(&mut self, mut gathered: Vec<u8>, count: usize, out: &mut impl Out) {
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
    pub(super) fn start(&mut self, head: &[u8], out: &mut impl Out) -> usize {
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
    pub(super) fn lose_place(&mut self, gathered: usize) -> usize {
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
    pub(super) fn is_in_step(&self, header: &Bhs, digest: Digest) -> bool {
        let must_be_plausible = match digest {
            Digest::Good(_) => false,
            Digest::Bad { .. } if self.modes.header == Mode::On => true,
            _ => self.trust != Trust::InStep,
        };
        let opcode = header.opcode();
        // NOP-Out is opcode 0, but its F bit is always set: without it these are zeros of a data segment.
        let zeros = opcode == Opcode::NOP_OUT && header.flags() == 0;
        if !opcode.is_known() || opcode.direction() != self.direction {
            // A peer that sends what it may not is worth showing, where nothing else says that this is no header.
            return matches!(digest, Digest::Good(_))
                || !must_be_plausible && is_of_sane_length(header);
        }
        !zeros && (!must_be_plausible || is_plausible(header))
    }

    /// Settles whether headers have digests by the first one that can tell.
    pub(super) fn decide_header(&mut self, digest: Digest) -> Digest {
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

    pub(super) fn take_header_digest(
        &mut self,
        bytes: &[u8],
        left: usize,
        out: &mut impl Out,
    ) -> usize {
        let used = left.min(bytes.len());
        self.offset += used as u64;
        self.complete = self.stamp;
        self.state = State::HeaderDigest { left: left - used };
        if used == left {
            self.begin_data(out);
        }
        used
    }

    /// The bytes behind a header were not captured yet, and the other side has gone on: there is no digest.
    pub(super) fn settle_header(&mut self, out: &mut impl Out) {
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
}
