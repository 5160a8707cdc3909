//! The tracing file system.

use std::path::PathBuf;

use crate::host::Roots;

/// Where it may be mounted, in sysfs.
const FOLDERS: [&str; 2] = ["kernel/tracing", "kernel/debug/tracing"];

/// Its folder; none where it is not mounted or may not be read.
#[must_use]
pub fn folder(roots: &Roots) -> Option<PathBuf> {
    FOLDERS.iter().map(|folder| roots.sysfs(folder)).find(|folder| folder.join("events").is_dir())
}
