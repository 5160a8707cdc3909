//! Whatever stands behind a word like "password" is one, even if it looks like a number or a word of every log.

use std::borrow::Cow;

use iscsi_decoders::log::messages;

use crate::output::HIDDEN;

/// In lower case.
const WORDS: [&str; 11] = [
    "password",
    "passwd",
    "passphrase",
    "secret",
    "username",
    "userid",
    "incominguser",
    "outgoinguser",
    "chap_n",
    "chap_r",
    "chap_c",
];

/// The line with `<hidden>` for all that stands behind such a word, unless the message is one that is known to be only
/// about secrets.
pub(super) fn mask(line: &str) -> Cow<'_, str> {
    let lower = line.to_ascii_lowercase();
    let found = WORDS.iter().filter_map(|word| Some(lower.find(word)? + word.len())).min();
    let Some(end) = found.filter(|_| !is_about_secrets(line)) else { return Cow::Borrowed(line) };
    let rest = line.get(end..).unwrap_or_default();
    let value = rest.trim_start_matches(|letter: char| !letter.is_alphanumeric() && letter != '<');
    if value.is_empty() || value == HIDDEN {
        return Cow::Borrowed(line);
    }
    let head = line.get(..line.len() - value.len()).unwrap_or_default();
    Cow::Owned(format!("{head}{HIDDEN}"))
}

/// Messages in which such words are part of the text, and nothing is printed into them.
fn is_about_secrets(line: &str) -> bool {
    messages::all().any(|message| !message.format.contains('%') && line.ends_with(message.format))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_behind_an_announcement_is_kept() {
        for (line, kept) in [
            ("node.session.auth.password -v 12345678 -p x", "node.session.auth.password -<hidden>"),
            ("Chap_R=0xaffe", "Chap_R=<hidden>"),
            ("PASSWORD: target", "PASSWORD: <hidden>"),
            ("password 'connection' password two", "password '<hidden>"),
        ] {
            assert_eq!(mask(line), kept);
        }
    }

    #[test]
    fn messages_about_secrets_stay() {
        for line in [
            "CHAP user or password not set for Initiator ACL",
            "CHAP_N values do not match!",
            "Got key: CHAP_R=<hidden>",
            "connection1:0: detected conn error (1020)",
        ] {
            assert_eq!(mask(line), line);
        }
    }
}
