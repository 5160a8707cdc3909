use crate::Timestamp;

const NANOS: i64 = 1_000_000_000;

/// How a pcapng interface counts time: units of 10^-n or 2^-n seconds, plus an offset (options
/// `if_tsresol` and `if_tsoffset`, draft-ietf-opsawg-pcapng section 4.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Resolution {
    unit: Unit,
    offset_seconds: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    /// Nanoseconds in a unit.
    Coarse(u64),
    /// Units in a nanosecond.
    Fine(u128),
    /// Units are 2^-n seconds.
    Binary(u32),
}

impl Resolution {
    /// From the byte of `if_tsresol` and the seconds of `if_tsoffset`.
    pub(super) fn new(tsresol: u8, offset_seconds: i64) -> Self {
        let exponent = u32::from(tsresol & 0x7f);
        let unit = if tsresol & 0x80 != 0 {
            Unit::Binary(exponent)
        } else if exponent <= 9 {
            Unit::Coarse(10_u64.pow(9 - exponent))
        } else {
            Unit::Fine(10_u128.saturating_pow(exponent - 9))
        };
        Self { unit, offset_seconds }
    }

    /// The time `units` stands for. Saturates at the ends of [`Timestamp`], in 1677 and 2262.
    #[inline]
    pub(super) fn timestamp(self, units: u64) -> Timestamp {
        let nanos = match self.unit {
            Unit::Coarse(factor) => u128::from(units) * u128::from(factor),
            Unit::Fine(divisor) => u128::from(units) / divisor,
            Unit::Binary(shift) => (u128::from(units) * NANOS as u128) >> shift,
        };
        let nanos = i64::try_from(nanos).unwrap_or(i64::MAX);
        Timestamp(nanos.saturating_add(self.offset_seconds.saturating_mul(NANOS)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimal_units_scale_to_nanoseconds_from_seconds_down_to_attoseconds() {
        assert_eq!(Resolution::new(6, 0).timestamp(1_500_000), Timestamp(1_500_000_000));
        assert_eq!(Resolution::new(9, 0).timestamp(1_500_000), Timestamp(1_500_000));
        assert_eq!(Resolution::new(0, 0).timestamp(7), Timestamp(7_000_000_000));
        assert_eq!(Resolution::new(12, 0).timestamp(1_999), Timestamp(1));
        assert_eq!(Resolution::new(127, 0).timestamp(u64::MAX), Timestamp(0));
    }

    #[test]
    fn binary_units_scale_too() {
        assert_eq!(Resolution::new(0x8a, 0).timestamp(1024 + 512), Timestamp(1_500_000_000));
        assert_eq!(Resolution::new(0xa0, 0).timestamp(3 << 31), Timestamp(1_500_000_000));
        assert_eq!(Resolution::new(0xff, 0).timestamp(u64::MAX), Timestamp(0));
    }

    #[test]
    fn the_offset_is_in_seconds_and_may_be_negative() {
        assert_eq!(Resolution::new(6, -2).timestamp(500_000), Timestamp(-1_500_000_000));
        assert_eq!(Resolution::new(0, i64::MIN).timestamp(0), Timestamp(i64::MIN));
        assert_eq!(Resolution::new(0, 0).timestamp(u64::MAX), Timestamp(i64::MAX));
    }
}
