//! One line's words.

use super::super::device::is_device;
use super::super::item::Found;
use super::super::kind::{address, is_iscsi_name, is_mac};
use super::super::names::{Identity, Names};
use super::Vocabulary;
use crate::output::HIDDEN;

/// What may stand in a line besides the vocabulary.
#[derive(Clone, Copy)]
pub(super) struct Known<'a> {
    /// Names this machine is known to have.
    pub names: &'a Names,
    /// The kernel function that traces.
    pub function: Option<&'a str>,
    /// Numbers may have up to 20 digits: all of the line is known.
    pub long_numbers: bool,
}

/// Where words of a message end.
pub(in crate::bundle) fn is_separator(char: char) -> bool {
    char.is_whitespace() || "=,;()[]{}<>\"'`|:/!?*#".contains(char)
}

/// The line with every word that is not known replaced by its length.
pub(super) fn filter(text: &str, known: Known<'_>, found: &mut Found) -> String {
    let mut out = String::with_capacity(text.len());
    for piece in text.split_inclusive(char::is_whitespace) {
        let word = piece.trim_end();
        let blank = piece.get(word.len()..).unwrap_or_default();
        if word.contains(HIDDEN) {
            out.push_str(&hidden(word));
        } else {
            token(word, known, found, &mut out);
        }
        out.push_str(if blank.is_empty() { "" } else { " " });
    }
    out
}

/// `CHAP_R=<hidden>`: what masks secrets was here before.
fn hidden(word: &str) -> String {
    let key = word.split_once(HIDDEN).map_or("", |(key, _)| key);
    let plain = key.chars().all(|char| char.is_ascii_alphabetic() || "_.=:".contains(char));
    format!("{}{HIDDEN}", if plain && key.len() <= 48 { key } else { "" })
}

/// What stands between blanks: a whole that is known (an iSCSI name, an address), else words and punctuation.
fn token(token: &str, known: Known<'_>, found: &mut Found, out: &mut String) {
    const AROUND: &[char] =
        &['(', ')', '[', ']', '{', '}', '<', '>', '"', '\'', ',', ';', '.', ':'];
    let start = token.len() - token.trim_start_matches(AROUND).len();
    let inner = token.trim_matches(AROUND);
    let (before, rest) = token.split_at_checked(start).unwrap_or(("", token));
    let after = rest.get(inner.len()..).unwrap_or_default();
    // `portal:10.0.0.1`, `TargetName=iqn...`
    let whole = |text: &str, found: &mut Found| {
        if is_iscsi_name(text) {
            found.names.add(Identity::Iqn, text);
            return true;
        }
        let is_address = address(text)
            .is_some_and(|host| host.parse::<std::net::IpAddr>().is_ok() || known.names.has(host));
        is_address || is_mac(text) || known.names.has(text) || is_device(text)
    };
    if whole(inner, found) {
        out.push_str(token);
        return;
    }
    if let Some((key, value)) = inner.split_once('=')
        && whole(value, found)
    {
        out.push_str(before);
        words(key, known, found, out);
        out.push('=');
        out.push_str(value);
        out.push_str(after);
        return;
    }
    words(token, known, found, out);
}

fn words(text: &str, known: Known<'_>, found: &mut Found, out: &mut String) {
    for piece in text.split_inclusive(is_separator) {
        let end = piece.chars().next_back().filter(|&char| is_separator(char));
        let word = piece.strip_suffix(is_separator).unwrap_or(piece);
        let bare = word.trim_end_matches('.');
        let dots = word.get(bare.len()..).unwrap_or_default();
        if is_safe(bare, known) {
            out.push_str(bare);
        } else {
            found.masked += 1;
            out.push_str(&format!("<{}>", bare.chars().count()));
        }
        out.push_str(dots);
        out.extend(end);
    }
}

fn is_safe(word: &str, known: Known<'_>) -> bool {
    word.is_empty()
        || Vocabulary::get().has(word)
        || Vocabulary::get().has(word.trim_matches(['-', '+', '.', '#', '@', '%', '_']))
        || is_short_number(word, known.long_numbers)
        || is_device(word)
        || is_numbered(word)
        || known.function == Some(word)
        || known.names.has(word)
}

/// Numbers too short to be a secret: CHAP's have 12 characters at least (RFC 7143, 9.2.1).
fn is_short_number(word: &str, long: bool) -> bool {
    let most = if long { 20 } else { 10 };
    let bare = word.trim_matches(['-', '+', '#', '%', '.']);
    let digits = |text: &str| text.bytes().filter(u8::is_ascii_digit).count() <= most;
    if let Some(hex) = bare.strip_prefix("0x") {
        return hex.len() <= 8 && hex.bytes().all(|byte| byte.is_ascii_hexdigit());
    }
    // `120`, `3.5s`, `10ms`, `1024kB`
    let number = bare.trim_end_matches(|char: char| char.is_ascii_alphabetic());
    let unit = bare.get(number.len()..).unwrap_or_default();
    let is_number =
        number.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'+'));
    !number.is_empty()
        && is_number
        && digits(number)
        && (unit.len() <= 2 || ["secs", "Mbps", "Gbps"].contains(&unit))
        || bare.len() <= 8
            && bare.bytes().all(|byte| byte.is_ascii_hexdigit())
            && bare.bytes().any(|byte| byte.is_ascii_digit())
}

/// A known word with a number behind it: `conn0`, `cpu3`, `e1000e`.
fn is_numbered(word: &str) -> bool {
    const DRIVERS: [&str; 12] = [
        "e1000",
        "e1000e",
        "igb",
        "ixgbe",
        "i40e",
        "ice",
        "mlx5_core",
        "mlx4_en",
        "bnxt_en",
        "bnx2x",
        "tg3",
        "virtio_net",
    ];
    let stem = word.trim_end_matches(|char: char| char.is_ascii_digit());
    let digits = word.len() - stem.len();
    DRIVERS.contains(&word) || digits <= 4 && !stem.is_empty() && Vocabulary::get().has(stem)
}
