//! Lengths of time and sizes as people type them.

use std::str::FromStr;
use std::time::Duration;

/// A length of time: `500us`, `50ms`, `30s` or `30`, `5m`, `1h`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span(pub Duration);

const UNITS: [(&str, f64); 6] =
    [("us", 1e-6), ("µs", 1e-6), ("ms", 1e-3), ("m", 60.0), ("h", 3600.0), ("s", 1.0)];

impl FromStr for Span {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (number, unit) = UNITS
            .iter()
            .find_map(|(unit, seconds)| Some((text.strip_suffix(unit)?, *seconds)))
            .unwrap_or((text, 1.0));
        let number: Option<f64> = number.trim().parse().ok();
        number
            .and_then(|number| Duration::try_from_secs_f64(number * unit).ok())
            .map(Self)
            .ok_or_else(|| format!("'{text}' is no length of time, such as 30s, 5m or 50ms"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_read_and_seconds_need_none() {
        let span = |text: &str| text.parse::<Span>().map(|span| span.0);
        assert_eq!(span("30"), Ok(Duration::from_secs(30)));
        assert_eq!(span("1.5s"), Ok(Duration::from_millis(1500)));
        assert_eq!(span("50ms"), Ok(Duration::from_millis(50)));
        assert_eq!(span("2m"), Ok(Duration::from_secs(120)));
        for wrong in ["", "s", "-1s", "1d", "inf", "NaN"] {
            assert!(span(wrong).is_err(), "{wrong}");
        }
    }
}
