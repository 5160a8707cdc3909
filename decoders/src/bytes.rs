//! Integers out of byte slices without indexing: `None` where the slice is too short.

macro_rules! readers {
    ($($name:ident: $int:ty, $from:ident, $doc:literal;)*) => {$(
        #[doc = $doc]
        #[inline]
        pub(crate) fn $name(bytes: &[u8], offset: usize) -> Option<$int> {
            let field = bytes.get(offset..)?.first_chunk()?;
            Some(<$int>::$from(*field))
        }
    )*};
}

readers! {
    be16: u16, from_be_bytes, "Big-endian 16 bits at `offset`.";
    be32: u32, from_be_bytes, "Big-endian 32 bits at `offset`.";
    le16: u16, from_le_bytes, "Little-endian 16 bits at `offset`.";
    le32: u32, from_le_bytes, "Little-endian 32 bits at `offset`.";
}

/// Big-endian 24 bits at `offset`.
#[inline]
pub(crate) fn be24(bytes: &[u8], offset: usize) -> Option<u32> {
    let &[high, mid, low] = bytes.get(offset..)?.first_chunk()?;
    Some(u32::from_be_bytes([0, high, mid, low]))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BYTES: [u8; 9] = [1, 2, 3, 4, 5, 6, 7, 8, 9];

    #[test]
    fn reads_each_width_at_its_offset() {
        assert_eq!(be16(&BYTES, 1), Some(0x0203));
        assert_eq!(be24(&BYTES, 1), Some(0x0002_0304));
        assert_eq!(be32(&BYTES, 1), Some(0x0203_0405));
        assert_eq!(le16(&BYTES, 1), Some(0x0302));
        assert_eq!(le32(&BYTES, 1), Some(0x0504_0302));
    }

    #[test]
    fn a_field_that_does_not_fit_is_none() {
        assert_eq!(be16(&BYTES, 8), None);
        assert_eq!(be24(&BYTES, 7), None);
        assert_eq!(be32(&BYTES, 6), None);
        assert_eq!(be16(&BYTES, usize::MAX), None);
    }
}
