//! Times as they stand in a bundle: UTC.

use iscsi_decoders::Timestamp;

/// `2026-11-22T19:00:00.123456+00:00`, as journalctl's `short-iso-precise` in UTC.
pub(super) fn precise(ns: i64) -> String {
    format!("{}+00:00", formatted(Timestamp(ns), "%Y-%m-%dT%H:%M:%S%.6f"))
}

/// `2026-11-22T19:00:00Z`
pub(super) fn second(time: Timestamp) -> String {
    formatted(time, "%Y-%m-%dT%H:%M:%SZ")
}

/// `20261122T190000Z`, for file names.
pub(super) fn compact(time: Timestamp) -> String {
    formatted(time, "%Y%m%dT%H%M%SZ")
}

fn formatted(time: Timestamp, format: &str) -> String {
    match jiff::Timestamp::from_nanosecond(time.0.into()) {
        Ok(time) => time.strftime(format).to_string(),
        Err(_) => time.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_utc_in_the_forms_other_tools_read() {
        let time = Timestamp(1_700_000_000_123_456_789);
        assert_eq!(precise(time.0), "2023-11-14T22:13:20.123456+00:00");
        assert_eq!(second(time), "2023-11-14T22:13:20Z");
        assert_eq!(compact(time), "20231114T221320Z");
    }
}
