/// What a header or data digest turned out to be (RFC 7143, section 11.2.3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Digest {
    /// Digests are not in use on this connection in this direction, or there was nothing to protect.
    #[default]
    None,
    /// The CRC32C sent is the one computed.
    Good(u32),
    /// The CRC32C sent is not the one computed.
    Bad {
        /// As sent.
        sent: u32,
        /// As computed from the bytes captured.
        computed: u32,
    },
    /// In use, but bytes it covers, or the digest itself, were not captured.
    Unverified,
}

impl Digest {
    /// Compares what was sent with what was computed.
    pub fn check(sent: [u8; 4], computed: u32) -> Self {
        // The CRC's bits are sent lowest first, which makes the bytes little-endian.
        let sent = u32::from_le_bytes(sent);
        if sent == computed { Self::Good(sent) } else { Self::Bad { sent, computed } }
    }

    /// `none`, `good` or `bad` as in the JSON contract; absent when it could not be verified.
    pub fn name(self) -> Option<&'static str> {
        match self {
            Self::None => Some("none"),
            Self::Good(_) => Some("good"),
            Self::Bad { .. } => Some("bad"),
            Self::Unverified => None,
        }
    }
}

/// Goes on computing a CRC32C over more bytes; start with 0.
#[inline]
pub fn crc32c(so_far: u32, bytes: &[u8]) -> u32 {
    crc32c::crc32c_append(so_far, bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of RFC 7143, appendix A.4, as they appear on the wire.
    #[test]
    fn agrees_with_the_examples_of_the_rfc() {
        let ascending: Vec<u8> = (0..32).collect();
        let descending: Vec<u8> = (0..32).rev().collect();
        for (bytes, wire) in [
            (vec![0; 32], [0xaa, 0x36, 0x91, 0x8a]),
            (vec![0xff; 32], [0x43, 0xab, 0xa8, 0x62]),
            (ascending, [0x4e, 0x79, 0xdd, 0x46]),
            (descending, [0x5c, 0xdb, 0x3f, 0x11]),
        ] {
            assert!(matches!(Digest::check(wire, crc32c(0, &bytes)), Digest::Good(_)));
        }
        assert!(matches!(Digest::check([0; 4], crc32c(0, &[0; 32])), Digest::Bad { sent: 0, .. }));
    }
}
