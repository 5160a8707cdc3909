//! How far back, as people say it.

use std::str::FromStr;

use iscsi_decoders::Timestamp;

use crate::cli::moment::Moment;
use crate::cli::span::Span;

/// A moment in the past.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ago {
    /// That moment.
    At(Timestamp),
    /// Nanoseconds before now.
    Before(i64),
}

impl Ago {
    /// The moment, seen from `now`.
    pub fn before(self, now: Timestamp) -> Timestamp {
        match self {
            Self::At(time) => time,
            Self::Before(ns) => Timestamp(now.0.saturating_sub(ns)),
        }
    }
}

const UNITS: [(&str, i64); 6] =
    [("second", 1), ("sec", 1), ("minute", 60), ("min", 60), ("hour", 3600), ("day", 86_400)];

impl FromStr for Ago {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let bare = text.trim().trim_end_matches(" ago").trim_end();
        if let Some((number, unit)) = bare.split_once(' ')
            && let Ok(number) = number.parse::<i64>()
            && let unit = unit.trim().trim_end_matches('s')
            && let Some((_, seconds)) = UNITS.iter().find(|(name, _)| *name == unit)
        {
            let ns = number.checked_mul(*seconds).and_then(|s| s.checked_mul(1_000_000_000));
            return ns.filter(|ns| *ns > 0).map(Self::Before).ok_or_else(|| wrong(text));
        }
        // Plain digits are an hour's seconds rather than the year 1970.
        if let Ok(span) = bare.parse::<Span>() {
            let ns = i64::try_from(span.0.as_nanos()).map_err(|_| wrong(text))?;
            return Ok(Self::Before(ns));
        }
        match bare.parse() {
            Ok(Moment::At(time)) => Ok(Self::At(time)),
            _ => Err(wrong(text)),
        }
    }
}

fn wrong(text: &str) -> String {
    format!("'{text}' is no time such as '1 hour ago', 90m or 2026-01-31T12:00:00Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_say_it_in_many_ways() {
        for text in
            ["1 hour ago", "60 min", "60m", "1h", "3600", "3600 seconds ago", "60 minutes ago"]
        {
            assert_eq!(text.parse(), Ok(Ago::Before(3_600_000_000_000)), "{text}");
        }
        let at = Timestamp(1_700_000_000_000_000_000);
        assert_eq!("2023-11-14T22:13:20Z".parse(), Ok(Ago::At(at)));
        for wrong in ["", "yesterday", "-1 hour ago", "1 fortnight ago"] {
            assert!(wrong.parse::<Ago>().is_err(), "{wrong}");
        }
    }
}
