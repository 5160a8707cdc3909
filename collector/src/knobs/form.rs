//! Numbers of knobs: what a number shows, and which number shows what is wanted.

use super::table::{Form, Row};

/// Each kind of message of `scsi_logging_level` has three bits.
const FIELD: u32 = 0b111;

impl Form {
    /// The number that shows what `current` shows and `rows` besides.
    pub fn with<'a>(self, current: u32, rows: impl IntoIterator<Item = &'a Row>) -> u32 {
        rows.into_iter().fold(current, |number, row| match self {
            Self::Flag if number != 0 => number,
            Self::Flag | Self::Exact => row.value,
            Self::Mask => number | row.value,
            Self::Level => number.max(row.value),
            Self::Fields => {
                let field = FIELD << row.shift;
                let level = (number & field).max(row.value << row.shift);
                (number & !field) | level
            }
        })
    }

    /// Whether `current` shows what a row is about.
    pub fn shows(self, current: u32, row: &Row) -> bool {
        match self {
            Self::Flag => current != 0,
            Self::Exact => current == row.value,
            Self::Mask => current & row.value == row.value,
            Self::Level => current >= row.value,
            Self::Fields => (current >> row.shift) & FIELD >= row.value,
        }
    }

    /// A number as people read this kind.
    pub fn text(self, number: u32) -> String {
        match self {
            Self::Mask | Self::Fields => format!("{number:#x}"),
            Self::Flag | Self::Level | Self::Exact => number.to_string(),
        }
    }
}

/// A number as drivers print it: decimal, or hexadecimal behind `0x`. Signed ones (`debug_conn` is an int) keep
/// their bits.
pub fn number(text: &str) -> Option<u32> {
    let text = text.trim();
    if let Some(digits) = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        return u32::from_str_radix(digits, 16).ok();
    }
    text.parse().ok().or_else(|| text.parse::<i32>().ok().map(i32::cast_unsigned))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::category::Categories;

    fn row(value: u32, shift: u32) -> Row {
        Row {
            categories: Categories::CONN,
            value,
            shift,
            functions: Vec::new(),
            starts: Vec::new(),
            secrets: false,
            what: String::new(),
        }
    }

    #[test]
    fn nothing_that_was_on_is_switched_off() {
        assert_eq!(Form::Flag.with(5, [&row(1, 0)]), 5);
        assert_eq!(Form::Mask.with(0x8000_0100, [&row(0x10, 0), &row(0x2, 0)]), 0x8000_0112);
        assert_eq!(Form::Level.with(3, [&row(2, 0)]), 3);
        // ERROR was 6 already, MLQUEUE becomes 2, MLCOMPLETE stays 1.
        let level = Form::Fields.with(6 | 1 << 12, [&row(4, 0), &row(2, 9)]);
        assert_eq!(level, 6 | 2 << 9 | 1 << 12);
    }

    #[test]
    fn what_was_switched_on_is_seen_to_be_on() {
        for (form, row) in [
            (Form::Flag, row(1, 0)),
            (Form::Exact, row(2, 0)),
            (Form::Mask, row(0x30, 0)),
            (Form::Level, row(3, 0)),
            (Form::Fields, row(2, 12)),
        ] {
            assert!(!form.shows(0, &row), "{form:?}");
            assert!(form.shows(form.with(0, [&row]), &row), "{form:?}");
        }
        assert!(!Form::Exact.shows(3, &row(2, 0)));
        assert!(!Form::Mask.shows(0x10, &row(0x30, 0)));
    }

    #[test]
    fn numbers_are_read_as_drivers_print_them() {
        assert_eq!(number("2147483904\n"), Some(0x8000_0100));
        assert_eq!(number("0x21"), Some(0x21));
        assert_eq!(number("-1"), Some(u32::MAX));
        assert_eq!(number("N"), None);
    }
}
