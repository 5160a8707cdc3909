use std::fmt;

/// A logical unit number as on the wire: eight bytes (SAM-5 4.7, RFC 7143 11.2.1.6).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Lun(pub [u8; 8]);

/// ADDRESS METHOD 11b with EXTENDED ADDRESS METHOD 1h and LENGTH 00b: a well-known logical unit.
const WELL_KNOWN: u8 = 0xc1;
/// Extended flat space addressing, 24 bits (SAM-5 4.7.7.5.2).
const EXTENDED_FLAT: u8 = 0xd2;
/// Long extended flat space addressing, 40 bits (SAM-5 4.7.7.5.3).
const LONG_EXTENDED_FLAT: u8 = 0xe2;

impl Lun {
    /// The number an administrator knows the logical unit by: of peripheral device addressing on bus 0,
    /// flat space, extended flat and long extended flat space addressing. `None` for every other form
    /// (deeper levels, other buses, well-known logical units), which only the eight bytes can name.
    ///
    /// Targets switch to flat space addressing above LUN 255, some already at 0; this is the number in
    /// either case, while the kernel's differs, see [`Lun::to_linux`].
    pub const fn to_number(self) -> Option<u64> {
        match self.0 {
            [0, lun, 0, 0, 0, 0, 0, 0] => Some(lun as u64),
            [high @ 0x40..=0x7f, low, 0, 0, 0, 0, 0, 0] => {
                Some(u16::from_be_bytes([high & 0x3f, low]) as u64)
            }
            [EXTENDED_FLAT, a, b, c, 0, 0, 0, 0] => Some(u32::from_be_bytes([0, a, b, c]) as u64),
            [LONG_EXTENDED_FLAT, a, b, c, d, e, 0, 0] => {
                Some(u64::from_be_bytes([0, 0, 0, a, b, c, d, e]))
            }
            _ => None,
        }
    }

    /// The number Linux shows (`scsilun_to_int`): the four 16-bit levels, the first one lowest, with the
    /// addressing method left in. Flat space LUN 1 is 16385 here.
    pub const fn to_linux(self) -> u64 {
        let [a, b, c, d, e, f, g, h] = self.0;
        u64::from_be_bytes([g, h, e, f, c, d, a, b])
    }

    /// The W-LUN of a well-known logical unit, e.g. 1 for REPORT LUNS (SAM-5 4.7.7.5.4).
    pub const fn well_known(self) -> Option<u8> {
        match self.0 {
            [WELL_KNOWN, number, 0, 0, 0, 0, 0, 0] => Some(number),
            _ => None,
        }
    }
}

/// The number of [`Lun::to_number`], else the eight bytes as `0x` and 16 digits.
impl fmt::Display for Lun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.to_number() {
            Some(number) => write!(f, "{number}"),
            None => write!(f, "0x{:016x}", u64::from_be_bytes(self.0)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Lun;

    #[test]
    fn peripheral_addressing_is_the_second_byte() {
        let lun = Lun([0, 5, 0, 0, 0, 0, 0, 0]);
        assert_eq!((lun.to_number(), lun.to_linux()), (Some(5), 5));
        assert_eq!(lun.to_string(), "5");
    }

    #[test]
    fn flat_addressing_drops_the_method_but_linux_keeps_it() {
        let lun = Lun([0x41, 0x2c, 0, 0, 0, 0, 0, 0]);
        assert_eq!(lun.to_number(), Some(300));
        assert_eq!(lun.to_linux(), 16684);
        assert_eq!(lun.to_string(), "300");
    }

    #[test]
    fn extended_flat_addressing_has_24_or_40_bits() {
        assert_eq!(Lun([0xd2, 1, 0, 2, 0, 0, 0, 0]).to_number(), Some(0x01_0002));
        assert_eq!(Lun([0xe2, 1, 0, 0, 0, 2, 0, 0]).to_number(), Some(0x01_0000_0002));
    }

    #[test]
    fn deeper_levels_other_buses_and_logical_unit_addressing_are_shown_whole() {
        for bytes in
            [[1, 5, 0, 0, 0, 0, 0, 0], [0, 1, 0, 2, 0, 0, 0, 0], [0x81, 5, 0, 0, 0, 0, 0, 0]]
        {
            assert_eq!(Lun(bytes).to_number(), None);
            assert!(Lun(bytes).to_string().starts_with("0x"), "{}", Lun(bytes));
        }
        // The second level sits above the first in Linux' number.
        assert_eq!(Lun([0, 1, 0, 2, 0, 0, 0, 0]).to_linux(), 0x2_0001);
    }

    #[test]
    fn report_luns_is_a_well_known_lun() {
        let lun = Lun([0xc1, 1, 0, 0, 0, 0, 0, 0]);
        assert_eq!((lun.well_known(), lun.to_number()), (Some(1), None));
        assert_eq!(lun.to_string(), "0xc101000000000000");
        // What lsscsi shows for it.
        assert_eq!(lun.to_linux(), 49409);
        assert_eq!(Lun::default().well_known(), None);
    }
}
