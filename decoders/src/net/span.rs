use super::Skipped;
use crate::bytes::{be16, be32};

/// A part of a packet: the bytes captured of it, and how many more of it were on the wire.
///
/// Every layer takes a span and hands the span inside on; the snap length needs no other bookkeeping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span<'a> {
    /// The bytes captured.
    pub(super) bytes: &'a [u8],
    /// Bytes that followed on the wire and were not captured.
    pub(super) cut: u32,
}

impl<'a> Span<'a> {
    /// Length on the wire, bytes.
    #[inline]
    pub(super) fn wire_len(self) -> u64 {
        self.bytes.len() as u64 + u64::from(self.cut)
    }

    /// The span behind a header of `header` bytes, which must have been captured.
    #[inline]
    pub(super) fn skip(self, header: usize) -> Result<Self, Skipped> {
        match self.bytes.get(header..) {
            Some(bytes) => Ok(Self { bytes, ..self }),
            None => Err(self.short(header)),
        }
    }

    /// The span behind a header of `header` bytes, captured or not.
    #[inline]
    pub(super) fn skip_uncaptured(self, header: usize) -> Result<Self, Skipped> {
        match self.bytes.get(header..) {
            Some(bytes) => Ok(Self { bytes, ..self }),
            None => {
                let lacking = u32::try_from(header - self.bytes.len());
                let cut = lacking.ok().and_then(|lacking| self.cut.checked_sub(lacking));
                cut.map(|cut| Self { bytes: &[], cut }).ok_or(Skipped::Malformed)
            }
        }
    }

    /// The first `wire_len` bytes, as the length field of a header gives them: without padding behind.
    #[inline]
    pub(super) fn limit(self, wire_len: u32) -> Self {
        match self.bytes.get(..wire_len as usize) {
            Some(bytes) => Self { bytes, cut: 0 },
            // The field is trusted over the frame's length, which lies when the capture was converted.
            None => Self { cut: wire_len.saturating_sub(self.bytes.len() as u32), ..self },
        }
    }

    #[inline]
    pub(super) fn u8(self, offset: usize) -> Result<u8, Skipped> {
        self.bytes.get(offset).copied().ok_or_else(|| self.short(offset.saturating_add(1)))
    }

    #[inline]
    pub(super) fn u16(self, offset: usize) -> Result<u16, Skipped> {
        be16(self.bytes, offset).ok_or_else(|| self.short(offset.saturating_add(2)))
    }

    #[inline]
    pub(super) fn u32(self, offset: usize) -> Result<u32, Skipped> {
        be32(self.bytes, offset).ok_or_else(|| self.short(offset.saturating_add(4)))
    }

    /// The `N` bytes at `offset`.
    #[inline]
    pub(super) fn array<const N: usize>(self, offset: usize) -> Result<&'a [u8; N], Skipped> {
        let field = self.bytes.get(offset..).and_then(|bytes| bytes.first_chunk());
        field.ok_or_else(|| self.short(offset.saturating_add(N)))
    }

    /// Why `needed` bytes are not there.
    #[cold]
    fn short(self, needed: usize) -> Skipped {
        if self.wire_len() < needed as u64 { Skipped::Malformed } else { Skipped::Truncated }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPAN: Span<'static> = Span { bytes: &[1, 2, 3, 4], cut: 3 };

    #[test]
    fn a_header_that_was_cut_is_told_from_one_that_never_was() {
        assert_eq!(SPAN.skip(5), Err(Skipped::Truncated));
        assert_eq!(SPAN.skip(8), Err(Skipped::Malformed));
        assert_eq!(SPAN.u32(3), Err(Skipped::Truncated));
        assert_eq!(SPAN.u32(4), Err(Skipped::Malformed));
        assert_eq!(SPAN.u16(2), Ok(0x0304));
    }

    #[test]
    fn a_length_field_drops_padding_or_counts_what_is_missing() {
        assert_eq!(SPAN.limit(2), Span { bytes: &[1, 2], cut: 0 });
        assert_eq!(SPAN.limit(6), Span { bytes: &[1, 2, 3, 4], cut: 2 });
        assert_eq!(SPAN.limit(9), Span { bytes: &[1, 2, 3, 4], cut: 5 });
    }

    #[test]
    fn skipping_uncaptured_bytes_takes_them_off_the_cut() {
        assert_eq!(SPAN.skip_uncaptured(1), Ok(Span { bytes: &[2, 3, 4], cut: 3 }));
        assert_eq!(SPAN.skip_uncaptured(6), Ok(Span { bytes: &[], cut: 1 }));
        assert_eq!(SPAN.skip_uncaptured(8), Err(Skipped::Malformed));
    }
}
