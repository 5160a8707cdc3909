//! Making bundles of made-up machines.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use iscsi_collector::bundle::{Bundle, Made, MakeError, Programs, Wish, make};
use iscsi_collector::host::Roots;
use iscsi_decoders::Timestamp;

/// 2023-11-14T22:13:20Z
pub const NOW: Timestamp = Timestamp(1_700_000_000_000_000_000);

/// Everything of a machine.
pub fn wish(root: &Path) -> Wish {
    Wish {
        roots: Roots::under(root),
        programs: Programs::none(),
        now: NOW,
        since: None,
        session: None,
        captures: Vec::new(),
        live: None,
        anonymise: false,
        max_bytes: 64 << 20,
        patience: Duration::from_secs(20),
        stop: Arc::new(|| false),
    }
}

/// A bundle, in a folder that goes away with it.
pub struct Kept {
    pub folder: tempfile::TempDir,
    pub path: PathBuf,
    pub made: Made,
}

impl Kept {
    pub fn open(&self) -> Bundle {
        Bundle::open(&self.path).unwrap()
    }

    /// The whole tar.
    pub fn unpacked(&self) -> Vec<u8> {
        let tar =
            std::process::Command::new("zstd").args(["-dc"]).arg(&self.path).output().unwrap();
        assert!(tar.status.success(), "zstd reads what we wrote");
        tar.stdout
    }
}

pub fn try_bundle(wish: Wish) -> (tempfile::TempDir, PathBuf, Result<Made, MakeError>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bundle.tar.zst");
    let made = make(wish, &path, &mut |_| {});
    (folder, path, made)
}

pub fn bundle(wish: Wish) -> Kept {
    let (folder, path, made) = try_bundle(wish);
    Kept { folder, path, made: made.unwrap() }
}
