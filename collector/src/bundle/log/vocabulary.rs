//! The words iSCSI messages are made of: those of every message the decoders know, of every code's symbol and name, and
//! those `allowed.toml` adds.

use std::collections::HashSet;
use std::sync::OnceLock;

use iscsi_decoders::catalogue::{self, Space};
use iscsi_decoders::log::messages;

use super::super::allowed::Allowed;
use crate::knobs::table::Table;

/// Words, in lower case.
pub(in crate::bundle) struct Vocabulary(HashSet<String>);

impl Vocabulary {
    /// The one there is.
    pub fn get() -> &'static Self {
        static WORDS: OnceLock<Vocabulary> = OnceLock::new();
        WORDS.get_or_init(|| {
            let mut words = Self(HashSet::new());
            words.read(&Allowed::get().context.words);
            messages::all().for_each(|message| words.read(message.format));
            for entry in Space::ALL.iter().flat_map(|&space| catalogue::entries(space)) {
                words.read(entry.symbol);
                words.read(entry.label);
                words.read(entry.meaning);
                entry.aka.iter().for_each(|name| words.read(name));
            }
            // A table that cannot be read is another module's defect; its functions are masked then.
            for knob in Table::load().iter().flat_map(|table| &table.knobs) {
                knob.rows.iter().flat_map(|row| &row.functions).for_each(|name| words.read(name));
            }
            words
        })
    }

    /// Whether a word is among them.
    pub fn has(&self, word: &str) -> bool {
        self.0.contains(&word.to_ascii_lowercase())
    }

    fn read(&mut self, text: &str) {
        let mut text = text.to_owned();
        for conversion in ["%d", "%x", "%s", "%S", "%*"] {
            text = text.replace(conversion, " ");
        }
        for word in text.split(super::words::is_separator).filter(|word| !word.is_empty()) {
            self.0.insert(word.to_ascii_lowercase());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_messages_symbols_and_functions_are_known_and_others_are_not() {
        let words = Vocabulary::get();
        for word in ["detected", "DID_NO_CONNECT", "ISCSI_ERR_CONN_FAILED", "operational", "Link"] {
            assert!(words.has(word), "{word}");
        }
        for word in ["hunter2", "canary", "lovelace-1815", "ada"] {
            assert!(!words.has(word), "{word}");
        }
    }
}
