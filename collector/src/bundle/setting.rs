//! What every source gets to know: the machine, the wishes, the clock.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use iscsi_decoders::Timestamp;

use super::files;
use super::item::{Content, Item};
use super::names::Names;
use super::program::Programs;
use crate::host::Roots;

/// What is asked for.
#[derive(Clone)]
pub struct Wish {
    /// The machine, or a copy of its folders.
    pub roots: Roots,
    /// Where programs are looked for.
    pub programs: Programs,
    /// Now: the manifest's time, and what the window counts back from.
    pub now: Timestamp,
    /// How far logs go back; none for as much as makes sense.
    pub since: Option<Timestamp>,
    /// Only this session.
    pub session: Option<u32>,
    /// Captures and recordings to take along, without user data and secrets.
    pub captures: Vec<PathBuf>,
    /// A recording made for this bundle, as `live -w` writes it.
    pub live: Option<Vec<u8>>,
    /// Pseudonyms in place of names and addresses.
    pub anonymise: bool,
    /// The most bytes the archive may have.
    pub max_bytes: u64,
    /// The longest a source, or a program it runs, may take.
    pub patience: Duration,
    /// Whether to stop now.
    pub stop: Arc<dyn Fn() -> bool + Send + Sync>,
}

/// What a source works with.
pub(super) struct Setting {
    pub wish: Wish,
    /// Names that sources before this one have seen.
    pub names: Names,
    /// What sources before this one put into the bundle, by path.
    pub so_far: BTreeMap<String, Item>,
}

impl Setting {
    /// The folders.
    pub fn roots(&self) -> &Roots {
        &self.wish.roots
    }

    /// A text that a source before this one put into the bundle.
    pub fn text_so_far(&self, path: &str) -> &str {
        match self.so_far.get(path).map(|item| &item.content) {
            Some(Content::Text(text)) => text,
            _ => "",
        }
    }

    /// Nanoseconds since boot.
    pub fn uptime_ns(&self) -> Option<i64> {
        let text = files::read(&self.on_machine("proc/uptime"), files::SETTINGS).ok()?.text;
        let seconds: f64 = text.split(' ').next()?.parse().ok()?;
        let uptime = Duration::try_from_secs_f64(seconds).ok()?;
        i64::try_from(uptime.as_nanos()).ok()
    }

    /// A path of the archive's `root/`, given without its first `/`, on the machine.
    pub fn on_machine(&self, path: &str) -> PathBuf {
        match path.strip_prefix("sys/") {
            Some(below) => self.wish.roots.sysfs(below),
            None => self.wish.roots.path(path),
        }
    }
}
