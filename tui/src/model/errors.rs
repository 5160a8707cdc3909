//! Searching the error catalogue.

use iscsi_collector::cli::Look;
use iscsi_collector::explain::text;
use iscsi_decoders::catalogue::{Entry, Match, Space, entries, find};

/// What was found.
#[derive(Debug)]
pub struct Errors {
    pub found: Vec<(String, &'static Entry)>,
}

impl Errors {
    pub fn new() -> Self {
        let mut errors = Self { found: Vec::new() };
        errors.search("");
        errors
    }

    /// Finds what a text names: first what `iscsi-trace explain` would say, then all that has the text in it.
    pub fn search(&mut self, wanted: &str) {
        let named = if wanted.is_empty() { Vec::new() } else { find(wanted).unwrap_or_default() };
        self.found = named.into_iter().map(|found| (found.code, found.entry)).collect();
        let first = self.found.len();
        let parts: Vec<&str> = wanted.split_whitespace().collect();
        for entry in Space::ALL.iter().flat_map(|&space| entries(space)) {
            let is_found = |part: &&str| {
                [entry.label, entry.symbol, entry.meaning, entry.space.title()]
                    .iter()
                    .any(|text| super::has(text, part))
            };
            let is_new =
                || !self.found.iter().take(first).any(|(_, old)| std::ptr::eq(*old, entry));
            if parts.iter().all(is_found) && is_new() {
                self.found.push((entry.label.to_owned(), entry));
            }
        }
    }

    /// All that is known of one, as lines.
    pub fn explain(&self, place: usize, width: usize) -> Vec<String> {
        let Some((code, entry)) = self.found.get(place) else { return Vec::new() };
        let found = Match { code: code.clone(), entry, sense_key: None };
        let mut out = Vec::new();
        let look = Look { width: width.max(40), colour: false };
        // Writing to memory cannot fail.
        let _ = text::write(&mut out, look, code, &[found]);
        String::from_utf8_lossy(&out).lines().map(str::to_owned).collect()
    }
}
