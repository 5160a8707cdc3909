//! What the tests of this folder share.

use std::path::PathBuf;

use crate::host::{Roots, tests::Scratch};

/// A machine made of files.
pub(crate) struct Folder(Scratch);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(Scratch::new("knobs"))
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn roots(&self) -> Roots {
        Roots::under(self.0.path())
    }

    /// Writes a file, given as it is on the machine, with all folders it needs.
    pub(crate) fn file(&self, absolute: &str, text: &str) -> PathBuf {
        self.0.write(absolute.trim_start_matches('/'), text);
        self.roots().path(absolute)
    }
}
