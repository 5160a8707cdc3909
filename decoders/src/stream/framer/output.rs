//! Complete PDUs on their way out, and those held back until something confirms them.

use super::{Framed, Framer, Held, KEEP_MAX, Mode, Out, Raw, State, Trust, keep};
use crate::pdu::{Digest, Opcode};

impl Framer {
    /// The PDU under way is complete; one that was found by search waits for its confirmation.
    pub(super) fn finish(&mut self, data_digest: Digest, out: &mut impl Out) {
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
    pub(super) fn emit(&mut self, complete: Held, out: &mut impl Out) {
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
    pub(super) fn release(&mut self, out: &mut impl Out) {
        if let Some(complete) = self.held.take() {
            self.trust = Trust::Doubted;
            self.emit(complete, out);
        }
    }

    /// What was held back was no PDU.
    pub(super) fn reject(&mut self) {
        if let Some(Held { end, .. }) = self.held.take() {
            self.skipped += end - self.pdu.begin;
        }
    }

    /// Nothing will follow that could confirm a PDU held back: where it was found has to do, or the first byte of the
    /// header that was to confirm it.
    pub(super) fn resolve(&mut self, out: &mut impl Out) {
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

    pub(super) fn report_skipped(&mut self, out: &mut impl Out) {
        let skipped = std::mem::take(&mut self.skipped);
        if skipped > 0 {
            out(Framed::Skipped(skipped, self.stamp));
        }
    }
}
