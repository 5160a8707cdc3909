//! Additional header segments.

use crate::bytes::{be16, be32};

/// One Additional Header Segment (RFC 7143, section 11.2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ahs<'a> {
    /// Bytes 16 and up of a CDB longer than 16 bytes.
    ExtendedCdb(&'a [u8]),
    /// Expected Bidirectional Read Data Length, bytes.
    BidirectionalReadLength(u32),
    /// A type RFC 7143 does not define, or a defined one too short for its content.
    Other {
        /// AHSType, the whole byte.
        kind: u8,
        /// AHSSpecific.
        content: &'a [u8],
    },
}

/// The segments in a header's AHS area; stops where a length does not fit.
pub fn segments(mut area: &[u8]) -> impl Iterator<Item = Ahs<'_>> {
    std::iter::from_fn(move || {
        // AHSLength counts the bytes behind type and length, without padding.
        let length = usize::from(be16(area, 0)?);
        let (head, content) = area.get(..length + 3)?.split_at_checked(3)?;
        let kind = *head.last()?;
        area = area.get((length + 3).next_multiple_of(4)..).unwrap_or_default();
        // Both defined types start with one reserved byte.
        Some(match (kind & 0x3f, content) {
            (1, [_, cdb @ ..]) if !cdb.is_empty() => Ahs::ExtendedCdb(cdb),
            (2, [_, rest @ ..]) if rest.len() >= 4 => {
                Ahs::BidirectionalReadLength(be32(rest, 0).unwrap_or_default())
            }
            _ => Ahs::Other { kind, content },
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_extended_cdb_and_a_read_length_follow_each_other() {
        let area = [
            0, 17, 1, 0, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30,
            31, // CDB
            0, 5, 2, 0, 0, 0, 2, 0, // 512 bytes
        ];
        let found: Vec<_> = segments(&area).collect();
        assert_eq!(
            found,
            [
                Ahs::ExtendedCdb(&[16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31]),
                Ahs::BidirectionalReadLength(512)
            ]
        );
    }

    #[test]
    fn an_unknown_type_is_kept_as_bytes_and_a_length_beyond_the_area_ends_it() {
        let area = [0, 2, 9, 0xaa, 0xbb, 0, 0, 0, 0, 99, 1, 0];
        let found: Vec<_> = segments(&area).collect();
        assert_eq!(found, [Ahs::Other { kind: 9, content: &[0xaa, 0xbb] }]);
    }
}
