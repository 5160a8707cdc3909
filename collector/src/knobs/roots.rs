use std::path::{Path, PathBuf};

/// Where the machine's folders are; another root stands for a copy of them in a test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Roots(PathBuf);

impl Roots {
    /// This machine.
    #[must_use]
    pub fn machine() -> Self {
        Self::under("/")
    }

    /// A copy of a machine's folders.
    pub fn under(root: impl Into<PathBuf>) -> Self {
        Self(root.into())
    }

    /// A path, given as it is on the machine.
    #[must_use]
    pub fn path(&self, absolute: &str) -> PathBuf {
        self.0.join(Path::new(absolute).strip_prefix("/").unwrap_or(Path::new(absolute)))
    }
}
