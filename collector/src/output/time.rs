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
        write!(f, "{} UTC", LocalDate(self.0))
    }
}

/// `YYYY-MM-DD HH:MM:SS.µµµµµµ` of a clock that is not known to be UTC.
pub struct LocalDate(pub Timestamp);

impl fmt::Display for LocalDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_nanosecond(self.0.0.into()) {
            Ok(time) => write!(f, "{} {}", time.strftime("%Y-%m-%d"), Clock(self.0)),
            Err(_) => write!(f, "{} s", self.0),
        }
    }
}

/// `Mon DD HH:MM:SS.µµµµµµ` of a time that counts from 1 January of a leap year.
pub struct YearlessDate(pub Timestamp);

impl fmt::Display for YearlessDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        /// 1972-01-01, in nanoseconds since 1970.
        const LEAP_YEAR: i64 = 730 * DAY * 1_000_000_000;
        let in_leap_year = LEAP_YEAR.saturating_add(self.0.0);
        match jiff::Timestamp::from_nanosecond(in_leap_year.into()) {
            Ok(time) => write!(f, "{} {}", time.strftime("%b %e"), Clock(self.0)),
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

    #[test]
    fn a_log_without_years_shows_its_own_dates() {
        let days = |days: i64| Timestamp(days * DAY * 1_000_000_000 + 3_600_000_000_000);
        assert_eq!(YearlessDate(days(59)).to_string(), "Feb 29 01:00:00.000000");
        assert_eq!(YearlessDate(days(324)).to_string(), "Nov 20 01:00:00.000000");
        assert_eq!(LocalDate(Timestamp(0)).to_string(), "1970-01-01 00:00:00.000000");
    }
}
