//! Times as people read them. UTC throughout: captures travel between time zones.

use std::fmt;

use iscsi_decoders::Timestamp;

const DAY: i64 = 86_400;

/// `HH:MM:SS.µµµµµµ`.
pub struct Clock(pub Timestamp);

impl fmt::Display for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.0.div_euclid(1_000_000_000);
        let micros = self.0.0.rem_euclid(1_000_000_000) / 1000;
        let of_day = seconds.rem_euclid(DAY);
        write!(f, "{:02}:{:02}:{:02}.{micros:06}", of_day / 3600, of_day / 60 % 60, of_day % 60)
    }
}

/// `YYYY-MM-DD HH:MM:SS.µµµµµµ UTC`.
pub struct Date(pub Timestamp);

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_nanosecond(self.0.0.into()) {
            Ok(time) => write!(f, "{} {} UTC", time.strftime("%Y-%m-%d"), Clock(self.0)),
            Err(_) => write!(f, "{} s", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_as_utc() {
        let time = Timestamp(1_700_000_000_123_456_789);
        assert_eq!(Clock(time).to_string(), "22:13:20.123456");
        assert_eq!(Date(time).to_string(), "2023-11-14 22:13:20.123456 UTC");
        assert_eq!(Clock(Timestamp(-1_000)).to_string(), "23:59:59.999999");
    }
}
