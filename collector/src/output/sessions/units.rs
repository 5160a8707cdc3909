//! Numbers for people.

/// Bytes in the largest binary unit that keeps three digits.
pub(super) fn bytes(bytes: u64) -> String {
    const UNITS: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    let mut unit = "B";
    let mut scaled = bytes as f64;
    for larger in UNITS {
        if scaled < 1024.0 {
            break;
        }
        scaled /= 1024.0;
        unit = larger;
    }
    if unit == "B" || scaled >= 100.0 || scaled.fract() == 0.0 {
        format!("{scaled:.0} {unit}")
    } else {
        format!("{scaled:.1} {unit}")
    }
}

/// Microseconds as milliseconds.
pub(super) fn milliseconds(microseconds: u32) -> String {
    format!("{:.3} ms", f64::from(microseconds) / 1000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_fit_the_number() {
        for (number, text) in [
            (0, "0 B"),
            (1023, "1023 B"),
            (67_108_864, "64 MiB"),
            (1536, "1.5 KiB"),
            (999_653_638_144, "931 GiB"),
            (u64::MAX, "16 EiB"),
        ] {
            assert_eq!(bytes(number), text);
        }
        assert_eq!(milliseconds(1234), "1.234 ms");
    }
}
