use std::fmt;

/// A point in time: nanoseconds since the Unix epoch, UTC. Captures may lie before 1970.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// Nanoseconds from `earlier` to `self`; negative when the capture's clock went backwards.
    pub fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }
}

/// Unix seconds as a decimal with nine digits, the form of `time` in the JSON contract.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let ns = self.0.unsigned_abs();
        write!(f, "{sign}{}.{:09}", ns / 1_000_000_000, ns % 1_000_000_000)
    }
}

#[cfg(test)]
mod tests {
    use super::Timestamp;

    #[test]
    fn prints_nine_digits_on_both_sides_of_the_epoch() {
        assert_eq!(Timestamp(1_700_000_000_000_000_042).to_string(), "1700000000.000000042");
        assert_eq!(Timestamp(-1_500_000_000).to_string(), "-1.500000000");
    }
}
