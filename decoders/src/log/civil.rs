//! Calendar dates to days and clock times to nanoseconds: log prefixes write dates, durations need numbers.

/// Nanoseconds in a second.
pub(super) const SECOND: i64 = 1_000_000_000;

/// Nanoseconds in a day.
pub(super) const DAY: i64 = 86_400 * SECOND;

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// The number of a month from its English abbreviation (the C locale's, which syslog and dmesg print).
pub(super) fn month(name: &str) -> Option<i64> {
    (1..).zip(MONTHS).find(|(_, month)| *month == name).map(|(number, _)| number)
}

/// Days from 1970-01-01 to a date of the proleptic Gregorian calendar; `None` outside 1900..=2200, which is
/// no log's date and would overflow the nanoseconds of [`crate::Timestamp`].
pub(super) fn days(year: i64, month: i64, day: i64) -> Option<i64> {
    if !(1900..=2200).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    // Years start in March so that the leap day is the last of its year (H. Hinnant's days_from_civil).
    let shifted = if month <= 2 { year - 1 } else { year };
    let era = shifted.div_euclid(400);
    let year_of_era = shifted.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    Some(era * 146_097 + day_of_era - 719_468)
}

/// `12:00:01`, with a fraction after `.` or `,` if there is one: nanoseconds of the day, the number of
/// digits the fraction had, and what follows.
pub(super) fn time_of_day(text: &str) -> Option<(i64, u8, &str)> {
    let (hours, rest) = number(text)?;
    let (minutes, rest) = number(rest.strip_prefix(':')?)?;
    let (seconds, rest) = number(rest.strip_prefix(':')?)?;
    if hours > 23 || minutes > 59 || seconds > 60 {
        return None;
    }
    let (fraction, digits, rest) = fraction(rest);
    Some(((hours * 3600 + minutes * 60 + seconds) * SECOND + fraction, digits, rest))
}

/// Seconds with a fraction, `46.318860`: nanoseconds, digits of the fraction, and what follows.
pub(super) fn seconds(text: &str) -> Option<(i64, u8, &str)> {
    let (whole, rest) = number(text)?;
    let (fraction, digits, rest) = fraction(rest);
    Some((whole.checked_mul(SECOND)?.checked_add(fraction)?, digits, rest))
}

/// Leading decimal digits and what follows them.
pub(super) fn number(text: &str) -> Option<(i64, &str)> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, rest) = text.split_at_checked(digits)?;
    Some((number.parse().ok()?, rest))
}

fn fraction(text: &str) -> (i64, u8, &str) {
    let Some(rest) = text.strip_prefix(['.', ',']) else { return (0, 0, text) };
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let Some((fraction, after)) = rest.split_at_checked(digits) else { return (0, 0, text) };
    let ns = fraction
        .bytes()
        .chain(std::iter::repeat(b'0'))
        .take(9)
        .fold(0, |ns, digit| ns * 10 + i64::from(digit - b'0'));
    (ns, u8::try_from(digits.min(9)).unwrap_or(9), after)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_count_from_the_epoch_over_leap_years() {
        assert_eq!(days(1970, 1, 1), Some(0));
        assert_eq!(days(2000, 2, 29), Some(11_016));
        assert_eq!(days(2000, 3, 1), Some(11_017));
        assert_eq!(days(2025, 11, 22), Some(20_414));
        assert_eq!(days(2025, 13, 1), None);
        assert_eq!(days(99_999, 1, 1), None);
    }

    #[test]
    fn a_fraction_is_read_to_the_nanosecond_and_its_digits_are_counted() {
        assert_eq!(seconds("46.318860] x"), Some((46_318_860_000, 6, "] x")));
        assert_eq!(seconds("7"), Some((7 * SECOND, 0, "")));
        assert_eq!(time_of_day("00:00:01,5+01:00"), Some((1_500_000_000, 1, "+01:00")));
        assert_eq!(time_of_day("24:00:00"), None);
    }
}
