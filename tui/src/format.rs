//! Numbers as people read them.

/// A line of columns in lines of at most `width`, broken between words; what its last column goes on with is below it.
pub fn hang(line: &str, width: usize) -> Vec<String> {
    let last = line.rfind("  ").map_or(0, |at| at + 2);
    let indent = line.get(..last).map_or(0, |before| before.chars().count());
    if line.chars().count() <= width || indent * 4 > width * 3 {
        return vec![line.to_owned()];
    }
    let mut lines = vec![line.get(..last).unwrap_or_default().to_owned()];
    let mut length = indent;
    for word in line.get(last..).unwrap_or_default().split(' ') {
        let new = word.chars().count();
        if length > indent && length + 1 + new > width {
            lines.push(" ".repeat(indent));
            length = indent;
        }
        if let Some(line) = lines.last_mut() {
            if length > indent {
                line.push(' ');
                length += 1;
            }
            line.push_str(word);
            length += new;
        }
    }
    lines
}

/// A duration in nanoseconds, in at most six columns.
pub fn duration(nanoseconds: i64) -> String {
    let ns = nanoseconds.max(0) as f64;
    let three = |value: f64, unit: &str| {
        if value < 9.995 { format!("{value:.1}{unit}") } else { format!("{value:.0}{unit}") }
    };
    match ns {
        ..999_500.0 => format!("{:.0}µs", ns / 1e3),
        ..999_500_000.0 => three(ns / 1e6, "ms"),
        ..99_950_000_000.0 => three(ns / 1e9, "s"),
        _ => lasting(nanoseconds),
    }
}

/// How long something has lasted: the two largest units.
pub fn lasting(nanoseconds: i64) -> String {
    let seconds = nanoseconds.max(0) / 1_000_000_000;
    match seconds {
        ..60 => format!("{seconds}s"),
        60..3600 => format!("{}m{:02}", seconds / 60, seconds % 60),
        3600..86_400 => format!("{}h{:02}", seconds / 3600, seconds / 60 % 60),
        86_400..86_400_000 => format!("{}d{:02}", seconds / 86_400, seconds / 3600 % 24),
        _ => format!("{}d", seconds / 86_400),
    }
}

/// A count or rate in at most five columns.
pub fn count(value: f64) -> String {
    match value {
        ..0.05 => "0".to_owned(),
        ..9.95 => {
            let text = format!("{value:.1}");
            text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
        }
        ..9_999.5 => format!("{value:.0}"),
        ..99_950.0 => format!("{:.1}k", value / 1e3),
        ..999_500.0 => format!("{:.0}k", value / 1e3),
        ..99_950_000.0 => format!("{:.1}M", value / 1e6),
        _ => format!("{:.0}M", value / 1e6),
    }
}

/// Bytes a second as megabytes.
pub fn megabytes(bytes: f64) -> String {
    match bytes / 1e6 {
        ..0.005 => "0".to_owned(),
        small if small < 9.995 => format!("{small:.2}"),
        large if large < 99.95 => format!("{large:.1}"),
        huge => format!("{huge:.0}"),
    }
}

/// A number of bytes.
pub fn bytes(bytes: u64) -> String {
    let (mut value, mut unit) = (bytes as f64, "B");
    for next in ["KiB", "MiB", "GiB", "TiB", "PiB"] {
        if value < 1024.0 {
            break;
        }
        value /= 1024.0;
        unit = next;
    }
    if value >= 10.0 || unit == "B" {
        format!("{value:.0} {unit}")
    } else {
        format!("{value:.1} {unit}")
    }
}

/// `one thing`, `2 things`.
pub fn things(count: usize, thing: &str) -> String {
    if count == 1 { format!("1 {thing}") } else { format!("{count} {thing}s") }
}

/// The text in at most so many columns; what is cut is marked.
pub fn fit(text: &str, columns: usize) -> String {
    use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};
    if text.width() <= columns {
        return text.to_owned();
    }
    let mut used = 0;
    let mut cut: String = text
        .chars()
        .take_while(|char| {
            used += char.width().unwrap_or(0);
            used < columns
        })
        .collect();
    if columns > 0 {
        cut.push('…');
    }
    cut
}

/// The text with its middle left out: of a target's name the end tells targets apart.
pub fn fit_name(text: &str, columns: usize) -> String {
    let count = text.chars().count();
    if count <= columns || columns < 8 {
        return fit(text, columns);
    }
    let head = columns / 3;
    let tail = columns - head - 1;
    let mut cut: String = text.chars().take(head).collect();
    cut.push('…');
    cut.extend(text.chars().skip(count - tail));
    cut
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_to_their_columns() {
        for exponent in 0..19 {
            for digit in [1, 5, 9] {
                let value = digit * 10_i64.pow(exponent).min(i64::MAX / 9);
                for value in [value, value - 1] {
                    assert!(duration(value).chars().count() <= 7, "{value}: {}", duration(value));
                }
                if exponent < 9 {
                    assert!(count(value as f64).len() <= 5, "{value}: {}", count(value as f64));
                }
            }
        }
        let durations = [850_000, 999_700, 1_234_000, 123_400_000, 1_234_000_000, 100_000_000_000];
        let texts = durations.map(duration);
        assert_eq!(texts, ["850µs", "1.0ms", "1.2ms", "123ms", "1.2s", "1m40"]);
        assert_eq!([0.0, 3.0, 3.25, 12_345.0].map(count), ["0", "3", "3.2", "12.3k"]);
        assert_eq!([0, 512, 4096, 3 << 30].map(bytes), ["0 B", "512 B", "4.0 KiB", "3.0 GiB"]);
    }

    #[test]
    fn what_is_cut_is_marked() {
        assert_eq!(fit("abcdef", 4), "abc…");
        assert_eq!(fit("abcd", 4), "abcd");
        assert_eq!(fit("abcd", 0), "");
        assert_eq!(fit_name("iqn.2026-01.org.example:disk1", 13), "iqn.…le:disk1");
    }
}
