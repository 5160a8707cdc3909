//! Data segments: keeping what is read, and the digest behind them.

use super::{DIGEST_LEN, Framer, Mode, Out, State, Trust, is_login, keep, padding};
use crate::pdu::{Digest, crc32c};

impl Framer {
    pub(super) fn begin_data(&mut self, out: &mut impl Out) {
        match self.pdu.header.data_segment_length() {
            0 => self.finish(Digest::None, out),
            left => self.state = State::Data { left },
        }
    }

    #[inline]
    pub(super) fn take_data(&mut self, bytes: &[u8], left: u32, out: &mut impl Out) -> usize {
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

    pub(super) fn end_data(&mut self, out: &mut impl Out) {
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

    pub(super) fn take_trailer(
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
    pub(super) fn decide_data(&mut self, digest: Digest) -> Digest {
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

    /// The digest of data that was not captured whole.
    pub(super) fn unverified(&self) -> Digest {
        let is_on = self.modes.data == Mode::On || self.guess;
        if is_on && !is_login(self.pdu.header.opcode()) { Digest::Unverified } else { Digest::None }
    }
}
