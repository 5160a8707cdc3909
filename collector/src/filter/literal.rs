//! What a literal means depends on the field it is compared with.

use std::net::{IpAddr, SocketAddr};

use iscsi_decoders::Timestamp;

use super::check::Endpoint;

const MICROSECONDS: &[(&str, u64)] =
    &[("us", 1), ("µs", 1), ("ms", 1_000), ("s", 1_000_000), ("min", 60_000_000)];
const SIZES: &[(&str, u64)] = &[
    ("k", 1 << 10),
    ("KiB", 1 << 10),
    ("K", 1 << 10),
    ("M", 1 << 20),
    ("MiB", 1 << 20),
    ("G", 1 << 30),
    ("GiB", 1 << 30),
];

/// A whole number, decimal or hexadecimal with `0x`.
pub(super) fn whole_number(text: &str) -> Option<u64> {
    match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(digits) if digits.starts_with(|c: char| c.is_ascii_hexdigit()) => {
            u64::from_str_radix(digits, 16).ok()
        }
        // `parse` alone would take a sign.
        None if text.starts_with(|c: char| c.is_ascii_digit()) => text.parse().ok(),
        _ => None,
    }
}

/// A number of microseconds, with an optional unit.
pub(super) fn microseconds(text: &str) -> Option<u64> {
    whole_number(text).or_else(|| with_unit(text, MICROSECONDS))
}

/// A number of bytes, with an optional unit.
pub(super) fn size(text: &str) -> Option<u64> {
    whole_number(text).or_else(|| with_unit(text, SIZES))
}

/// A decimal number followed by a unit, exact: `1.5ms`, but not `0.0001us`.
fn with_unit(text: &str, units: &[(&str, u64)]) -> Option<u64> {
    let digits_end = text.find(|c: char| !(c.is_ascii_digit() || c == '.'))?;
    let (amount, unit) = text.split_at_checked(digits_end)?;
    let (_, scale) = units.iter().find(|(name, _)| *name == unit)?;
    let (whole, fraction) = amount.split_once('.').unwrap_or((amount, "0"));
    if fraction.is_empty() || fraction.len() > 9 {
        return None;
    }
    let parts = fraction.parse::<u64>().ok()?.checked_mul(*scale)?;
    let divisor = 10_u64.pow(u32::try_from(fraction.len()).ok()?);
    if !parts.is_multiple_of(divisor) {
        return None;
    }
    whole.parse::<u64>().ok()?.checked_mul(*scale)?.checked_add(parts / divisor)
}

/// Unix seconds with up to nine decimals, exact, or an RFC 3339 date and time.
pub(super) fn time(text: &str) -> Option<Timestamp> {
    unix_seconds(text).or_else(|| {
        let date: jiff::Timestamp = text.parse().ok()?;
        i64::try_from(date.as_nanosecond()).ok().map(Timestamp)
    })
}

fn unix_seconds(text: &str) -> Option<Timestamp> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if !is_number(whole) || !is_number(fraction) || fraction.len() > 9 {
        return None;
    }
    let nanoseconds: i64 = format!("{fraction:0<9}").parse().ok()?;
    let total = whole.parse::<i64>().ok()?.checked_mul(1_000_000_000)?.checked_add(nanoseconds)?;
    Some(Timestamp(if negative { -total } else { total }))
}

/// Hexadecimal digits, two a byte, with or without `0x`.
pub(super) fn bytes(text: &str) -> Option<Box<[u8]>> {
    let digits = text.strip_prefix("0x").unwrap_or(text).as_bytes();
    if digits.is_empty() || !digits.len().is_multiple_of(2) {
        return None;
    }
    digits.chunks(2).map(byte).collect()
}

fn byte(digits: &[u8]) -> Option<u8> {
    let value = |digit: &u8| char::from(*digit).to_digit(16);
    let [high, low] = digits else { return None };
    u8::try_from(value(high)? * 16 + value(low)?).ok()
}

/// An address, with or without a port.
pub(super) fn endpoint(text: &str) -> Option<Endpoint> {
    if let Ok(address) = text.parse::<SocketAddr>() {
        return Some(Endpoint { ip: address.ip().to_canonical(), port: Some(address.port()) });
    }
    let bare = text.strip_prefix('[').and_then(|t| t.strip_suffix(']')).unwrap_or(text);
    let ip: IpAddr = bare.parse().ok()?;
    Some(Endpoint { ip: ip.to_canonical(), port: None })
}

/// A truth value.
pub(super) fn truth(text: &str) -> Option<bool> {
    match text {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Timestamp, bytes, microseconds, size, time, whole_number};

    #[test]
    fn numbers_are_decimal_or_hexadecimal_and_fit_64_bits() {
        assert_eq!(whole_number("33"), Some(33));
        assert_eq!(whole_number("0x21"), Some(0x21));
        assert_eq!(whole_number("18446744073709551615"), Some(u64::MAX));
        for text in ["", "+1", "-1", "0x", "0x+1", "1.5", "1e3", "18446744073709551616", "٣"] {
            assert_eq!(whole_number(text), None, "{text}");
        }
    }

    #[test]
    fn units_scale_exactly_or_not_at_all() {
        assert_eq!(microseconds("50ms"), Some(50_000));
        assert_eq!(microseconds("1.5ms"), Some(1_500));
        assert_eq!(microseconds("0.000001s"), Some(1));
        assert_eq!(microseconds("2min"), Some(120_000_000));
        assert_eq!(microseconds("7"), Some(7));
        assert_eq!(size("64k"), Some(65_536));
        assert_eq!(size("1.5MiB"), Some(1_572_864));
        for text in ["0.5us", "1.ms", ".5ms", "1.2.3s", "5h", "ms", "99999999999999999999s"] {
            assert_eq!(microseconds(text), None, "{text}");
        }
        assert_eq!(size("17179869184G"), None);
    }

    #[test]
    fn time_keeps_every_nanosecond() {
        assert_eq!(time("1700000000.000000042"), Some(Timestamp(1_700_000_000_000_000_042)));
        assert_eq!(time("-1.5"), Some(Timestamp(-1_500_000_000)));
        assert_eq!(time("2023-11-14T22:13:20Z"), Some(Timestamp(1_700_000_000_000_000_000)));
        for text in ["", ".", "1.", "1.0000000001", "1.-5", "99999999999", "tomorrow"] {
            assert_eq!(time(text), None, "{text}");
        }
    }

    #[test]
    fn bytes_need_whole_pairs_of_hexadecimal_digits() {
        assert_eq!(bytes("2a00ff").as_deref(), Some(&[0x2a, 0, 0xff][..]));
        assert_eq!(bytes("0x2A"), bytes("2a"));
        for text in ["", "0x", "2", "2g", "+1"] {
            assert_eq!(bytes(text), None, "{text}");
        }
    }
}
