//! Codes as `errors.toml` writes them.

use std::ops::RangeInclusive;

use crate::space::Form;

/// The codes a label stands for: the upper and the lower byte each in a range. A decimal code above 255
/// is never part of a range, so its value is kept whole beside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Codes {
    /// The first code, and the only one unless `ranged`.
    pub first: u32,
    /// Upper byte, `code >> 8`.
    pub high: RangeInclusive<u8>,
    /// Lower byte.
    pub low: RangeInclusive<u8>,
    /// More than one code.
    pub ranged: bool,
}

/// Reads a label, or says how it should look.
pub fn parse(label: &str, form: Form) -> Result<Codes, String> {
    match form {
        Form::Pair => {
            let (high, low) = label.split_once('/').ok_or("the code must be written `02/0b`")?;
            pair(half(high, hex_pair)?, half(low, hex_pair)?)
        }
        Form::Hex => pair(0..=0, half(label, hex_byte)?),
        Form::Decimal if label.contains('-') => pair(0..=0, half(label, decimal_byte)?),
        Form::Decimal => {
            let code = label.parse::<u16>().map_err(|_| "the code must be a decimal number")?;
            let [high, low] = code.to_be_bytes();
            Ok(Codes { first: code.into(), high: high..=high, low: low..=low, ranged: false })
        }
    }
}

fn pair(high: RangeInclusive<u8>, low: RangeInclusive<u8>) -> Result<Codes, String> {
    if high.is_empty() || low.is_empty() {
        return Err("the range ends before it begins".into());
    }
    let first = u32::from(*high.start()) << 8 | u32::from(*low.start());
    let ranged = high.start() != high.end() || low.start() != low.end();
    Ok(Codes { first, high, low, ranged })
}

/// One byte, or a range of bytes joined by a dash.
fn half(text: &str, byte: fn(&str) -> Result<u8, String>) -> Result<RangeInclusive<u8>, String> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    Ok(byte(first)?..=byte(last)?)
}

fn hex_pair(text: &str) -> Result<u8, String> {
    let lower_case = text.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_lowercase());
    if text.len() != 2 || !lower_case {
        return Err(format!("`{text}` must be two hexadecimal digits in lower case"));
    }
    u8::from_str_radix(text, 16).map_err(|e| format!("`{text}`: {e}"))
}

fn hex_byte(text: &str) -> Result<u8, String> {
    let digits = text.strip_prefix("0x").ok_or_else(|| format!("`{text}` must begin with 0x"))?;
    u8::from_str_radix(digits, 16).map_err(|e| format!("`{text}`: {e}"))
}

fn decimal_byte(text: &str) -> Result<u8, String> {
    text.parse().map_err(|e| format!("`{text}`: {e}"))
}
