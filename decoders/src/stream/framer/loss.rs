//! What the framer does about bytes that are not there: gaps, jumps and the end of the stream.

use super::{
    DIGEST_LEN, Framer, Mode, Modes, Out, State, Undecided, covered_len, is_login, padding,
};
use crate::pdu::{BHS_LEN, Bhs, Digest, crc32c};
use crate::stream::Stamp;

impl Framer {
    /// Hears that the next `lost` bytes are not in the capture.
    pub(in crate::stream) fn gap(&mut self, lost: u32, stamp: Stamp, out: &mut impl Out) {
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
    pub(in crate::stream) fn jump(&mut self, stamp: Stamp, out: &mut impl Out) {
        self.end(out);
        self.stamp = stamp;
        self.grid = None;
        self.modes = Modes::default();
    }

    /// Decides what was held back to see what follows: the other side has answered, so nothing does.
    #[inline]
    pub(in crate::stream) fn settle(&mut self, out: &mut impl Out) {
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

    /// The other side closed, having read what came so far: what makes no sense in it is told now, not when the rest
    /// has come.
    pub(in crate::stream) fn pause(&mut self, out: &mut impl Out) {
        self.settle(out);
        if self.state == State::Search {
            self.lose_step();
            self.report_skipped(out);
        }
    }

    /// The stream ended: what is there of the last PDU comes out, the rest counts as skipped.
    pub(in crate::stream) fn end(&mut self, out: &mut impl Out) {
        self.settle(out);
        if self.state == State::Header {
            self.cut_header(0, out);
        }
        if let State::Trailer { need, .. } = self.state {
            // Bytes waited for as a digest may be the next PDU's.
            self.lose_trailer(need, &mut 0, out);
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

    /// Takes `count` of the `lost` bytes as part of the PDU under way.
    pub(super) fn lose(&mut self, lost: &mut usize, count: usize) {
        self.offset += count as u64;
        *lost -= count;
    }

    /// A header is there whole, but its digest, if it has one, is lost: there is no waiting for it.
    pub(super) fn cut_header(&mut self, lost: usize, out: &mut impl Out) {
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

    pub(super) fn lose_trailer(&mut self, need: usize, lost: &mut usize, out: &mut impl Out) {
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
    pub(super) fn lose_step(&mut self) {
        self.skipped += self.partial.len() as u64;
        self.partial.clear();
        self.undecided = None;
        self.state = State::Search;
    }
}
