//! Bug-report bundles: the recording in one, or else the machine it was made on.

use std::path::Path;

use iscsi_collector::bundle::{Bundle, Machine};
use iscsi_collector::cli::Failure;
use iscsi_collector::stats::Fact;

/// The recording made for the bundle; others in it are captures somebody added.
const LIVE: &str = "live";

/// What there is to look at.
pub(super) struct Inside {
    pub stage: Stage,
    /// What its logs tell of failures.
    pub logged: Vec<Fact>,
}

/// What is shown.
pub(super) enum Stage {
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
    let stage = match chosen {
        Some(recording) => Stage::Recording(recording.to_vec()),
        None => Stage::Machine(bundle.machine()?),
    };
    let logged = bundle.logged_incidents().into_iter();
    let logged = logged.map(|incident| Fact::Logged(Box::new(incident))).collect();
    Ok(Inside { stage, logged })
}
