//! Points in time as people type them.

use std::str::FromStr;

use iscsi_decoders::Timestamp;

/// A value of `--from` or `--to`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// A date and time.
    At(Timestamp),
    /// Nanoseconds after the first event.
    After(i64),
}

impl Moment {
    /// The moment itself, where the first event was at `first`.
    pub fn after(self, first: Timestamp) -> Timestamp {
        match self {
            Self::At(time) => time,
            Self::After(ns) => Timestamp(first.0.saturating_add(ns)),
        }
    }
}

impl FromStr for Moment {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some(seconds) = text.strip_prefix('+') {
            return nanoseconds(seconds)
                .map(Self::After)
                .ok_or_else(|| format!("'{seconds}' is not a number of seconds, e.g. +1.5"));
        }
        if let Some(unix) = nanoseconds(text) {
            return Ok(Self::At(Timestamp(unix)));
        }
        let time: jiff::Timestamp = text.parse().map_err(|_| {
            "a time is Unix seconds (1700000000.5), a date with zone (2026-01-31T12:00:00Z), or \
             +SECONDS after the first packet"
                .to_owned()
        })?;
        i64::try_from(time.as_nanosecond())
            .map(|ns| Self::At(Timestamp(ns)))
            .map_err(|_| "that date is beyond what captures can hold".to_owned())
    }
}

/// Decimal seconds, exactly.
fn nanoseconds(text: &str) -> Option<i64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if whole.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        return None;
    }
    let digits = fraction.get(..fraction.len().min(9))?;
    let fraction: i64 = format!("{digits:0<9}").parse().ok()?;
    whole.parse::<i64>().ok()?.checked_mul(1_000_000_000)?.checked_add(fraction)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_three_forms_are_read_exactly() {
        assert_eq!(
            "1700000000.000000001".parse(),
            Ok(Moment::At(Timestamp(1_700_000_000_000_000_001)))
        );
        assert_eq!("+1.5".parse(), Ok(Moment::After(1_500_000_000)));
        assert_eq!(
            "2023-11-14T22:13:20Z".parse(),
            Ok(Moment::At(Timestamp(1_700_000_000_000_000_000)))
        );
    }

    #[test]
    fn anything_else_says_what_is_expected() {
        for text in ["", "yesterday", "+", "+x", "1.2.3", "-5"] {
            assert!(text.parse::<Moment>().is_err(), "{text}");
        }
    }
}
