//! Bug-report bundles: the recording in one, or else the machine it was made on.

use std::path::Path;

use iscsi_collector::bundle::{Bundle, Machine};
use iscsi_collector::cli::Failure;

/// The recording made for the bundle; others in it are captures somebody added.
const LIVE: &str = "live";

/// What there is to look at.
pub(super) enum Inside {
    Recording(Vec<u8>),
    Machine(Machine),
}

/// Whether it is one, by its name: captures are compressed with zstd, too.
pub(super) fn is_bundle(path: &Path) -> bool {
    path.to_str().is_some_and(|path| path.ends_with(".tar.zst"))
}

/// Opens one.
///
/// # Errors
/// It cannot be read, or its machine's folders cannot be laid out.
pub(super) fn open(path: &Path) -> anyhow::Result<Inside> {
    let bundle = Bundle::open(path).map_err(|error| Failure::damaged(error.to_string()))?;
    let mut recordings = bundle.recordings();
    let chosen = recordings.remove(LIVE).or_else(|| recordings.into_values().next());
    Ok(match chosen {
        Some(recording) => Inside::Recording(recording.to_vec()),
        None => Inside::Machine(bundle.machine()?),
    })
}
