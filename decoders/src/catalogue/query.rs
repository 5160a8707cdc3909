//! Reading what a person typed: `1011`, `0x18`, `login:02/01`, `state (3)`, `hostbyte=DID_OK`, `3/11/00`.

use super::space::{Form, Space};

/// The name spaces a query asks in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    /// No name space was named.
    Any,
    /// `sense:`, which takes a key, an ASC/ASCQ or all three.
    Sense,
    /// These, most likely first.
    In(Vec<Space>),
}

/// Splits `space:rest`, `space=rest`, `space (rest)` or `space rest`; the error is the name of a space
/// that does not exist. Only a colon insists on a space, the other separators occur in names as well.
pub(super) fn split(query: &str) -> Result<(Scope, &str), &str> {
    let query = query.trim();
    let end = query.find([':', '=', '(']).or_else(|| last_blank(query));
    let Some((head, rest)) = end.and_then(|at| query.split_at_checked(at)) else {
        return Ok((Scope::Any, query));
    };
    let value = rest.trim_start_matches([':', '=', '(', ' ', '\t']).trim_end_matches([')', ' ']);
    match scope(head) {
        Some(scope) if !value.is_empty() => Ok((scope, value)),
        None if rest.starts_with(':') => Err(head.trim()),
        _ => Ok((Scope::Any, query)),
    }
}

/// Where `conn error 1020` is cut in two: before its last word.
fn last_blank(query: &str) -> Option<usize> {
    query.rfind([' ', '\t'])
}

fn scope(name: &str) -> Option<Scope> {
    let name: String = name
        .trim()
        .chars()
        .map(|c| if c.is_alphanumeric() { c.to_ascii_lowercase() } else { '-' })
        .collect();
    match name.as_str() {
        "sense" | "add--sense" => Some(Scope::Sense),
        "state" => {
            let states = Space::ALL.iter().filter(|space| space.name().ends_with("-state"));
            Some(Scope::In(states.copied().collect()))
        }
        name => Space::from_name(name).map(|space| Scope::In(vec![space])),
    }
}

/// The codes a text may stand for in a space of this form, the natural reading first.
pub(super) fn readings(text: &str, form: Form) -> Vec<u32> {
    let mut codes = match form {
        Form::Decimal => vec![prefixed_hex(text).or_else(|| decimal(text))],
        Form::Hex => vec![hex(text), decimal(text)],
        Form::Pair => vec![pair(text)],
    };
    codes.dedup();
    codes.into_iter().flatten().collect()
}

/// The bytes of `3/11/00`, `03 11 00`, `0x11,0x00` or `11h/00h`, if that is what the text is.
pub(super) fn bytes(text: &str) -> Option<Vec<u8>> {
    text.split(['/', ',', ' '])
        .filter(|part| !part.is_empty())
        .map(|part| hex(part).and_then(|code| u8::try_from(code).ok()))
        .collect()
}

/// Does the text say by itself that it is hexadecimal?
pub(super) fn says_hex(text: &str) -> bool {
    prefixed_hex(text).is_some()
}

pub(super) fn decimal(text: &str) -> Option<u32> {
    text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

fn prefixed_hex(text: &str) -> Option<u32> {
    let digits = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"))?;
    hex_digits(digits)
}

/// With `0x`, with an `h` behind, or bare.
pub(super) fn hex(text: &str) -> Option<u32> {
    let bare = text.strip_suffix(['h', 'H']).unwrap_or(text);
    prefixed_hex(text).or_else(|| hex_digits(bare))
}

fn hex_digits(digits: &str) -> Option<u32> {
    let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_hexdigit());
    plain.then(|| u32::from_str_radix(digits, 16).ok()).flatten()
}

/// `02/01`, `2/1`, `0201`, `0x201`.
fn pair(text: &str) -> Option<u32> {
    if text.contains(['/', ',', ' ']) {
        match bytes(text)?.as_slice() {
            &[high, low] => Some(u16::from_be_bytes([high, low]).into()),
            _ => None,
        }
    } else {
        hex(text).filter(|&code| code <= u32::from(u16::MAX))
    }
}

/// Names compare by their letters and digits alone: `Abort Task`, `ABORT_TASK` and `abort-task` are one.
pub(super) fn normal(name: &str) -> String {
    let words = name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_ascii_uppercase).collect::<Vec<_>>().join("_")
}
