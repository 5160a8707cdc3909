//! What a bundle is made of before it is an archive.

use std::collections::BTreeMap;

use super::names::Names;
use super::secrets::Secrets;

/// One member of the archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Item {
    /// The file or command it comes from, for people.
    pub origin: String,
    pub content: Content,
}

/// What it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// Text.
    Text(String),
    /// A link, as sysfs has them.
    Link(String),
    /// A recording: a pcapng of ours.
    Recording(Vec<u8>),
}

impl Content {
    /// Its length in the archive.
    pub fn len(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Link(_) => 0,
            Self::Recording(bytes) => bytes.len(),
        }
    }
}

/// What is not in the bundle, and why.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub struct Missing {
    /// The file, command or subject.
    pub what: String,
    /// Why, and what to do about it.
    pub why: String,
}

/// What one source found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Found {
    /// By path inside the archive.
    pub items: BTreeMap<String, Item>,
    pub missing: Vec<Missing>,
    pub names: Names,
    /// Secrets that were met; none of them is copied.
    pub secrets: Secrets,
    /// Values that were replaced because nobody says they are safe.
    pub masked: u64,
}

impl Found {
    /// Adds a text; an empty one says nothing.
    pub fn text(&mut self, path: impl Into<String>, origin: impl Into<String>, text: String) {
        if !text.is_empty() {
            self.put(path.into(), origin.into(), Content::Text(text));
        }
    }

    /// Adds anything.
    pub fn put(&mut self, path: String, origin: String, content: Content) {
        self.items.insert(path, Item { origin, content });
    }

    /// Notes that something is missing.
    pub fn missing(&mut self, what: impl Into<String>, why: impl Into<String>) {
        let missing = Missing { what: what.into(), why: why.into() };
        if !self.missing.contains(&missing) {
            self.missing.push(missing);
        }
    }
}
