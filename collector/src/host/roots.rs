//! Where the machine's folders are, or a copy of them.

use std::path::{Path, PathBuf};

/// Where the machine's folders are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Roots {
    /// What is normally `/`.
    root: PathBuf,
    /// What is normally `/sys`.
    sysfs: PathBuf,
}

impl Roots {
    /// This machine.
    #[must_use]
    pub fn machine() -> Self {
        Self::under("/")
    }

    /// A copy of a machine's folders: `sys`, `proc`, `etc`, `var`, `boot` and `dev` under one.
    pub fn under(root: impl Into<PathBuf>) -> Self {
        let root = root.into();
        Self { sysfs: root.join("sys"), root }
    }

    /// The same with another place for sysfs.
    #[must_use]
    pub fn with_sysfs(self, sysfs: impl Into<PathBuf>) -> Self {
        Self { sysfs: sysfs.into(), ..self }
    }

    /// Whether this is the machine we run on, so that asking its kernel makes sense, too.
    #[must_use]
    pub fn is_machine(&self) -> bool {
        *self == Self::machine()
    }

    /// A path in sysfs, without the leading `/sys`.
    #[must_use]
    pub fn sysfs(&self, path: &str) -> PathBuf {
        self.sysfs.join(path)
    }

    /// What a path under the root is called on the machine.
    #[must_use]
    pub fn name_there(&self, path: &Path) -> PathBuf {
        path.strip_prefix(&self.root)
            .map_or_else(|_| path.to_owned(), |below| Path::new("/").join(below))
    }

    /// Any other path, given as it is on the machine.
    #[must_use]
    pub fn path(&self, absolute: &str) -> PathBuf {
        self.root.join(Path::new(absolute).strip_prefix("/").unwrap_or(Path::new(absolute)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_lie_under_the_root_given() {
        let roots = Roots::under("/tmp/bundle");
        assert_eq!(roots.path("/etc/iscsi"), Path::new("/tmp/bundle/etc/iscsi"));
        assert_eq!(roots.sysfs("class"), Path::new("/tmp/bundle/sys/class"));
        assert!(!roots.is_machine());
    }

    #[test]
    fn sysfs_can_lie_elsewhere() {
        let roots = Roots::machine().with_sysfs("/mnt/sys");
        assert_eq!(roots.sysfs("class"), Path::new("/mnt/sys/class"));
        assert_eq!(roots.path("/proc/swaps"), Path::new("/proc/swaps"));
        assert!(!roots.is_machine());
        assert!(Roots::machine().is_machine());
    }
}
