//! Where things are in this repository.

use std::path::{Path, PathBuf};

/// The workspace's root folder.
pub fn root() -> PathBuf {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().unwrap_or(xtask).to_path_buf()
}

/// The captures we recorded ourselves.
pub fn captures() -> PathBuf {
    root().join("tests/captures")
}
