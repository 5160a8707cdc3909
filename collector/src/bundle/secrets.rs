//! Secrets this machine is known to have: they are read where they are kept, to be recognised elsewhere and not copied.
//!
//! The tables and the vocabulary keep secrets out by what they look like. A password somebody also gave to a device as
//! its alias, or one made of an iSCSI message's words, looks like something else.

use std::collections::BTreeSet;

use aho_corasick::{AhoCorasick, MatchKind};

use super::kind::is_iscsi_name;
use super::log::Vocabulary;
use crate::output::HIDDEN;

/// Values that must not be in the bundle.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Secrets(BTreeSet<String>);

impl Secrets {
    /// Notes a secret. One that is everywhere (a short number, a word of every log) would tell itself by what is hidden.
    pub fn add(&mut self, secret: &str) {
        /// RFC 7143 asks for 12 octets (section 9.2.1); targets take fewer.
        const SHORTEST: usize = 8;
        const SHORTEST_NUMBER: usize = 12;
        let is_number = secret.bytes().all(|byte| byte.is_ascii_digit());
        let least = if is_number { SHORTEST_NUMBER } else { SHORTEST };
        let is_common = is_iscsi_name(secret) || Vocabulary::get().has(secret);
        if secret.len() >= least && !is_common {
            self.0.insert(secret.to_owned());
        }
    }

    /// Takes over another's.
    pub fn append(&mut self, other: &Self) {
        self.0.extend(other.0.iter().cloned());
    }

    /// What finds them in texts; none if there are none.
    pub fn hider(&self) -> Option<Hider> {
        let escaped = self.0.iter().filter_map(|secret| serde_json::to_string(secret).ok());
        // Without the quotes around it.
        let escaped =
            escaped.filter_map(|text| Some(text.get(1..text.len().checked_sub(1)?)?.to_owned()));
        let patterns: BTreeSet<String> = self.0.iter().cloned().chain(escaped).collect();
        if patterns.is_empty() {
            return None;
        }
        let mut builder = AhoCorasick::builder();
        builder.match_kind(MatchKind::LeftmostLongest).ascii_case_insensitive(true);
        builder.build(&patterns).ok().map(Hider)
    }
}

/// Takes secrets out of texts.
pub(super) struct Hider(AhoCorasick);

impl Hider {
    /// The text without them; how many there were.
    pub fn hide(&self, text: &str) -> (String, u64) {
        let mut count = 0;
        let mut out = String::with_capacity(text.len());
        self.0.replace_all_with(text, &mut out, |_, _, out| {
            count += 1;
            out.push_str(HIDDEN);
            true
        });
        (out, count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hidden(secrets: &[&str], text: &str) -> String {
        let mut all = Secrets::default();
        secrets.iter().for_each(|secret| all.add(secret));
        all.hider().map_or_else(|| text.to_owned(), |hider| hider.hide(text).0)
    }

    #[test]
    fn a_known_secret_is_found_whatever_it_looks_like() {
        assert_eq!(hidden(&["target/login"], "to Target/Login, again"), "to <hidden>, again");
        assert_eq!(hidden(&["say\"friend\""], r#"{"a":"say\"friend\""}"#), r#"{"a":"<hidden>"}"#);
        assert_eq!(hidden(&["longer-secret", "longer-s"], "longer-secret"), "<hidden>");
    }

    #[test]
    fn what_is_everywhere_is_no_secret() {
        let text = "connection to iqn.2024-01.lab:t, 131072 bytes";
        assert_eq!(hidden(&["connection", "iqn.2024-01.lab:t", "131072", "to"], text), text);
    }
}
