//! What kind of damage makes a CRC32C come out as it did. The CRC is linear: what differs between two digests depends
//! only on which bits differ and how far from the end they are, not on the bytes themselves, which are not kept.

/// The CRC32C polynomial, reflected (RFC 3720, appendix B.4).
const POLYNOMIAL: u32 = 0x82f6_3b78;

/// Damage that explains a digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Damage {
    /// One byte of what is covered, by its place and the bits that flipped.
    Byte {
        /// From the start.
        offset: usize,
        /// Flipped bits.
        bits: u8,
    },
    /// Bits of the digest itself.
    Digest,
    /// The digest's bytes are in reverse order.
    ByteOrder,
    /// More than that.
    More,
}

/// What one byte contributes.
fn contribution(byte: u8) -> u32 {
    (0..8).fold(u32::from(byte), |crc, _| (crc >> 1) ^ if crc & 1 == 1 { POLYNOMIAL } else { 0 })
}

/// Explains the difference between the digest that was `sent` and the one `computed` over `covered` bytes.
pub fn damage(sent: u32, computed: u32, covered: usize) -> Damage {
    if sent.swap_bytes() == computed {
        return Damage::ByteOrder;
    }
    let difference = sent ^ computed;
    // The uppermost byte of each entry is another one, so that it names its entry.
    let table: Vec<u32> = (0..=u8::MAX).map(contribution).collect();
    let mut by_top = [0_u8; 256];
    for (byte, entry) in (0..=u8::MAX).zip(&table) {
        if let Some(slot) = by_top.get_mut((entry >> 24) as usize) {
            *slot = byte;
        }
    }
    let named = |crc: u32| by_top.get((crc >> 24) as usize).copied().unwrap_or(0);
    let entry = |byte: u8| table.get(usize::from(byte)).copied().unwrap_or(0);
    let mut behind = difference;
    for offset in (0..covered).rev() {
        let byte = named(behind);
        if behind != 0 && entry(byte) == behind {
            return Damage::Byte { offset, bits: byte };
        }
        // One zero byte less behind the damage.
        behind = (behind ^ entry(byte)) << 8 | u32::from(byte);
    }
    let bytes = difference.to_be_bytes().iter().filter(|&&byte| byte != 0).count();
    if bytes == 1 { Damage::Digest } else { Damage::More }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// CRC32C, bit by bit.
    fn crc32c(bytes: &[u8]) -> u32 {
        let step = |crc: u32, byte: &u8| (crc >> 8) ^ contribution((crc as u8) ^ byte);
        !bytes.iter().fold(!0, step)
    }

    #[test]
    fn the_check_value_is_that_of_the_standard() {
        assert_eq!(crc32c(b"123456789"), 0xe306_9283);
    }

    #[test]
    fn a_damaged_byte_is_found_wherever_it_is() {
        let bytes: Vec<u8> = (0..4096).map(|n| (n * 7) as u8).collect();
        for (offset, bits) in [(0, 0x80), (1, 0xff), (100, 0x01), (4095, 0x10)] {
            let mut damaged = bytes.clone();
            damaged[offset] ^= bits;
            let found = damage(crc32c(&bytes), crc32c(&damaged), bytes.len());
            assert_eq!(found, Damage::Byte { offset, bits });
        }
    }

    #[test]
    fn other_damage_is_told_apart() {
        let bytes = [0x5a; 48];
        let right = crc32c(&bytes);
        assert_eq!(damage(right ^ 0x0400, right, 48), Damage::Digest);
        assert_eq!(damage(right.swap_bytes(), right, 48), Damage::ByteOrder);
        let mut damaged = bytes;
        damaged[3] ^= 1;
        damaged[40] ^= 1;
        assert_eq!(damage(right, crc32c(&damaged), 48), Damage::More);
    }
}
