//! What the value of a safe field must look like, and what stands for everything else.

use std::net::IpAddr;

use serde::Deserialize;

use super::log::Vocabulary;
use super::names::{Identity, Names};

/// The kinds of `allowed.toml`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Kind {
    /// A number, decimal or hexadecimal.
    Number,
    /// Several.
    Numbers,
    /// A number or a word such as `off`.
    Setting,
    /// Lines of numbers with their names, as `/proc/pressure` has them.
    Lines,
    /// Letters, digits and `. _ + - / : ,`.
    Word,
    /// What both sides of a login may say about a setting.
    Login,
    /// A line of printable text.
    Text,
    /// An iSCSI name.
    Iqn,
    /// A list of them.
    LinesOfNames,
    /// An iSCSI name or a device's name in the world: LIO has one key for both.
    IqnOrSerial,
    /// An address or host name, with or without a port.
    Address,
    /// `address,port[,tag]`.
    Portal,
    /// A host name.
    Host,
    /// A hardware address.
    Mac,
    /// What names a device in the world.
    Serial,
    /// What an administrator called something.
    Name,
    /// A path.
    Path,
    /// Opens a section.
    Open,
}

/// Words of RFC 7143, chapter 13, for keys that are negotiated.
const LOGIN: [&str; 15] = [
    "Yes",
    "No",
    "None",
    "CRC32C",
    "CHAP",
    "SRP",
    "KRB5",
    "SPKM1",
    "SPKM2",
    "Reject",
    "Irrelevant",
    "NotUnderstood",
    "RFC3720",
    "FastAbort",
    "ResponseFence",
];

/// No value of a safe field is longer.
const LONGEST: usize = 512;

impl Kind {
    /// The value as it may be copied; `None` if it does not look like this kind. Identities are noted.
    pub fn admit(self, value: &str, names: &mut Names) -> Option<String> {
        let value = value.trim_end();
        if value.len() > LONGEST && !matches!(self, Self::LinesOfNames) {
            return None;
        }
        if matches!(value, "(null)" | "(none)" | "<NULL>" | "<empty>" | "" | "default") {
            return Some(value.to_owned());
        }
        let fits = match self {
            Self::Number => is_number(value),
            Self::Numbers => {
                value.split([' ', '\t', ':', '/']).filter(|word| !word.is_empty()).all(is_number)
            }
            Self::Lines => {
                value.split(['\n', ' ', '=']).all(|part| is_number(part) || is_lower(part))
            }
            Self::Setting => is_number(value) || is_lower(value),
            Self::Word | Self::Open => value.chars().all(is_word),
            Self::Login => value.split(',').all(|part| is_number(part) || LOGIN.contains(&part)),
            Self::Text => !value.chars().any(char::is_control),
            Self::Iqn => is_iscsi_name(value),
            Self::LinesOfNames => value.split_whitespace().all(is_iscsi_name),
            Self::IqnOrSerial => is_iscsi_name(value) || value.chars().all(is_word),
            Self::Address | Self::Portal => address(value).is_some(),
            Self::Host => is_host(value),
            Self::Mac => is_mac(value),
            Self::Serial | Self::Path => !value.chars().any(char::is_control),
            Self::Name => value.chars().all(|char| is_word(char) || matches!(char, ' ' | '@')),
        };
        if !fits {
            return None;
        }
        self.note(value, names);
        Some(value.to_owned())
    }

    fn note(self, value: &str, names: &mut Names) {
        match self {
            Self::Iqn => names.add(Identity::Iqn, value),
            Self::LinesOfNames => {
                value.split_whitespace().for_each(|name| names.add(Identity::Iqn, name));
            }
            Self::IqnOrSerial if is_iscsi_name(value) => names.add(Identity::Iqn, value),
            Self::Serial | Self::IqnOrSerial => names.serial(value),
            Self::Address | Self::Portal => {
                if let Some(host) = address(value).filter(|host| host.parse::<IpAddr>().is_err()) {
                    names.host(host);
                }
            }
            Self::Host => {
                names.host(value);
            }
            Self::Name => names.add(Identity::Name, value),
            Self::Path => names.path(value),
            // Addresses of all kinds are found by their looks.
            Self::Mac
            | Self::Number
            | Self::Numbers
            | Self::Setting
            | Self::Lines
            | Self::Login
            | Self::Word
            | Self::Text
            | Self::Open => {}
        }
    }
}

/// Whether a key's value must not even show its length.
pub(super) fn names_a_secret(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    // `authentication`, `auth.authmethod` and `chap-type` say whether, not what.
    [
        "password",
        "passwd",
        "secret",
        "username",
        "userid",
        "chap_n",
        "chap_r",
        "chap_c",
        "chap-name",
    ]
    .iter()
    .any(|part| key.contains(part))
        || key.contains("user") && !key.contains("user_friendly")
}

/// The secret in the value of such a key; user names are hidden, but many are known names of other things.
pub(super) fn secret_of<'v>(key: &str, value: &'v str) -> Option<&'v str> {
    let key = key.to_ascii_lowercase();
    let is_pair = ["incominguser", "outgoinguser"].contains(&key.as_str());
    let is_secret = ["pass", "secret"].iter().any(|part| key.contains(part));
    match is_pair {
        true => value.split_whitespace().nth(1),
        false => is_secret.then_some(value),
    }
}

/// What stands for a value that is not known to be safe.
pub(super) fn masked(key: &str, value: &str) -> String {
    if names_a_secret(key) {
        return crate::output::HIDDEN.to_owned();
    }
    let kind = if is_number(value) { "number" } else { "text" };
    format!("<{kind}, {} bytes>", value.len())
}

/// A key of a known file that is not known itself: kept where it is plainly a setting's name, and not the next line of
/// somebody's password.
pub(super) fn shown_key(key: &str) -> String {
    const LONGEST_KEY: usize = 64;
    let plain = key.len() <= LONGEST_KEY
        && key.bytes().all(|byte| byte.is_ascii_lowercase() || matches!(byte, b'.' | b'_' | b'-'));
    if plain && is_of_known_words(key) || names_a_secret(key) && is_name_of_setting(key) {
        key.to_owned()
    } else {
        format!("<key, {} bytes>", key.len())
    }
}

/// `node.session.future_setting`, `max_retries`.
fn is_of_known_words(key: &str) -> bool {
    const GROUPS: [&str; 6] = ["node.", "discovery.", "iface.", "iscsid.", "isns.", "rd."];
    let words = Vocabulary::get();
    GROUPS.iter().any(|group| key.starts_with(group))
        || key.split(['.', '_', '-']).all(|word| !word.is_empty() && words.has(word))
}

/// `node.session.auth.password`, `CHAP_R`: no more than words.
fn is_name_of_setting(key: &str) -> bool {
    key.len() <= 48
        && key.bytes().all(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'.' | b'_' | b'-'))
}

pub(super) fn is_number(value: &str) -> bool {
    /// Of 64 bits, with sign.
    const DIGITS: usize = 21;
    let bare = value.trim_start_matches('-');
    if let Some(hex) = bare.strip_prefix("0x") {
        return !hex.is_empty() && hex.len() <= 16 && hex.bytes().all(|b| b.is_ascii_hexdigit());
    }
    !bare.is_empty()
        && bare.len() <= DIGITS
        && bare.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
}

fn is_lower(value: &str) -> bool {
    value.len() <= 24
        && value.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
}

fn is_word(char: char) -> bool {
    char.is_ascii_alphanumeric() || ".:_+-/,".contains(char)
}

/// `iqn.`, `eui.` or `naa.` and what RFC 3722 allows behind it.
pub(super) fn is_iscsi_name(value: &str) -> bool {
    const LONGEST: usize = 223;
    // Names are written in lower case (RFC 3722), but people write others.
    let typed = value.get(..4).is_some_and(|kind| {
        ["iqn.", "eui.", "naa."].iter().any(|known| kind.eq_ignore_ascii_case(known))
    });
    typed
        && value.len() <= LONGEST
        && value.chars().all(|char| char.is_alphanumeric() || ".:-_".contains(char))
}

/// The address or host name in front of a port, a tag, a prefix length.
pub(super) fn address(value: &str) -> Option<&str> {
    let is_rest = |rest: &str| {
        rest.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b',' | b':' | b'/'))
    };
    if value.parse::<IpAddr>().is_ok() {
        return Some(value);
    }
    if let Some((inner, rest)) = value.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        return (inner.parse::<IpAddr>().is_ok() && is_rest(rest)).then_some(inner);
    }
    let end = value.find([',', '/']).unwrap_or(value.len());
    let (host, rest) = value.split_at_checked(end)?;
    if host.parse::<IpAddr>().is_ok() {
        return is_rest(rest).then_some(host);
    }
    let (host, port) = host.split_once(':').unwrap_or((host, ""));
    (is_host(host) && is_rest(port) && is_rest(rest)).then_some(host)
}

fn is_host(value: &str) -> bool {
    !value.is_empty()
        && value.len() <= 253
        && value
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'))
}

/// `02:00:00:00:00:01`, with hyphens, and the longer ones of InfiniBand.
pub(super) fn is_mac(value: &str) -> bool {
    let mut parts = 0;
    let between = if value.contains('-') { '-' } else { ':' };
    value.split(between).all(|part| {
        parts += 1;
        part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_hexdigit())
    }) && (parts == 6 || parts == 20)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admit(kind: Kind, value: &str) -> Option<String> {
        kind.admit(value, &mut Names::default())
    }

    #[test]
    fn a_safe_fields_value_must_look_like_it() {
        for (kind, good, bad) in [
            (Kind::Number, "-1", "hunter2"),
            (Kind::Number, "0x1b", "0xcanary"),
            (Kind::Numbers, "4096 131072 6291456", "4096 secret"),
            (Kind::Setting, "off", "Tr0ub4dor&3"),
            (Kind::Word, "LOGGED_IN", "two words"),
            (Kind::Iqn, "iqn.2024-01.lab:lio", "lio"),
            (Kind::Address, "storage.example:3260", "a b"),
            (Kind::Address, "[fd00::1]:3260", "[x]:3260"),
            (Kind::Portal, "10.0.0.1,3260,1", "10.0.0.1,secret"),
            (Kind::Portal, "fd00::1,3260,1", "fd00::1;x"),
            (Kind::Mac, "02:00:00:00:00:01", "02:00"),
        ] {
            assert_eq!(admit(kind, good).as_deref(), Some(good));
            assert_eq!(admit(kind, bad), None, "{kind:?} {bad}");
        }
    }

    #[test]
    fn what_is_not_known_shows_length_and_type_and_secrets_not_even_that() {
        assert_eq!(masked("node.session.new_setting", "hello world"), "<text, 11 bytes>");
        assert_eq!(masked("node.session.new_setting", "12"), "<number, 2 bytes>");
        assert_eq!(masked("node.session.auth.password_in", "hunter2"), "<hidden>");
        assert_eq!(masked("incominguser", "ada difference"), "<hidden>");
    }

    #[test]
    fn unknown_keys_are_kept_only_if_they_are_plainly_settings() {
        assert_eq!(shown_key("node.session.new_setting"), "node.session.new_setting");
        assert_eq!(shown_key("max_queue_time"), "max_queue_time");
        for stranger in ["hunter2", "correct-horse", "target.horse"] {
            let hidden = format!("<key, {} bytes>", stranger.len());
            assert_eq!(shown_key(stranger), hidden);
        }
    }
}
