//! What could not be read.

use std::collections::BTreeSet;
use std::fmt;
use std::io;

/// What could not be read and why, for people. Each note is kept once.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[serde(transparent)]
pub struct Notes(BTreeSet<String>);

impl Notes {
    /// Takes a note.
    pub fn add(&mut self, note: impl Into<String>) {
        self.0.insert(note.into());
    }

    /// Takes a note about an error, unless it says that there is no such thing: what a driver or kernel does not
    /// have, and what has just gone away, is absent.
    pub fn error(&mut self, what: impl fmt::Display, error: &io::Error) {
        match error.kind() {
            io::ErrorKind::NotFound => {}
            io::ErrorKind::PermissionDenied => {
                self.add(format!("{what}: hidden, only root may read it"))
            }
            _ => self.add(format!("{what}: {error}")),
        }
    }

    /// Takes over another's notes.
    pub fn append(&mut self, mut other: Notes) {
        self.0.append(&mut other.0);
    }

    /// In alphabetical order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// Whether nothing was noted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_hidden_says_so_and_what_is_absent_does_not() {
        let mut notes = Notes::default();
        notes.error("a", &io::ErrorKind::PermissionDenied.into());
        notes.error("b", &io::ErrorKind::NotFound.into());
        notes.error("a", &io::ErrorKind::PermissionDenied.into());
        assert_eq!(notes.iter().collect::<Vec<_>>(), ["a: hidden, only root may read it"]);
    }
}
