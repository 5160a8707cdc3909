mod machine;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};

pub use machine::Machine;

use super::archive::unpack::{Unpacked, unpack};
use super::causes;
use super::manifest::{self, Manifest};
use super::source::RECORDINGS;
use crate::why::Incident;

/// A bundle that was opened. Everything in it is held in memory.
#[derive(Debug)]
pub struct Bundle {
    manifest: Manifest,
    contents: Unpacked,
    changed: Vec<String>,
}

/// Why a bundle cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The file cannot be opened.
    #[error("cannot open {}: {error}", path.display())]
    Open {
        /// Which.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// It is no bundle, or damaged.
    #[error("{} is no bundle that can be read: {why}", path.display())]
    Damaged {
        /// Which.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
}

impl Bundle {
    /// Opens a bundle made by `iscsi-trace bundle`, by anybody: nothing in it is trusted.
    ///
    /// # Errors
    /// It cannot be opened, is damaged, or was made by a version with another layout.
    pub fn open(path: &Path) -> Result<Self, ReadError> {
        let file =
            File::open(path).map_err(|error| ReadError::Open { path: path.to_owned(), error })?;
        let damaged = |why: String| ReadError::Damaged { path: path.to_owned(), why };
        let contents = unpack(BufReader::new(file)).map_err(|error| damaged(error.to_string()))?;
        let manifest = contents.files.get(manifest::MEMBER);
        let manifest = manifest.ok_or_else(|| damaged("it has no MANIFEST.json".to_owned()))?;
        let manifest: Manifest = serde_json::from_slice(manifest)
            .map_err(|error| damaged(format!("MANIFEST.json: {error}")))?;
        if manifest.format > manifest::FORMAT {
            return Err(damaged(format!(
                "{} made it, which is newer than this program",
                manifest.tool
            )));
        }
        let is_changed = |entry: &&manifest::Entry| {
            let file = contents.files.get(&entry.path).map(Vec::as_slice);
            let bytes = file.or_else(|| contents.links.get(&entry.path).map(String::as_bytes));
            bytes.is_none_or(|bytes| manifest::sha256(bytes) != entry.sha256)
        };
        let changed =
            manifest.items.iter().filter(is_changed).map(|entry| entry.path.clone()).collect();
        Ok(Self { manifest, contents, changed })
    }

    /// What it says about itself.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Members that are missing or not what the manifest says: somebody changed the archive.
    #[must_use]
    pub fn changed(&self) -> &[String] {
        &self.changed
    }

    /// A member's bytes.
    #[must_use]
    pub fn member(&self, path: &str) -> Option<&[u8]> {
        self.contents.files.get(path).map(Vec::as_slice)
    }

    /// A member's text.
    #[must_use]
    pub fn text(&self, path: &str) -> Option<&str> {
        std::str::from_utf8(self.member(path)?).ok()
    }

    /// Every member, by path.
    pub fn members(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.contents.files.iter().map(|(path, bytes)| (path.as_str(), bytes.as_slice()))
    }

    /// The logs, in one order, as `annotate` and `why` read them.
    #[must_use]
    pub fn log(&self) -> Option<&str> {
        self.text(super::source::LOG)
    }

    /// The recordings, by name.
    #[must_use]
    pub fn recordings(&self) -> BTreeMap<&str, &[u8]> {
        let name =
            |path: &'_ str| path.strip_prefix(RECORDINGS)?.strip_suffix(".pcapng").map(str::len);
        self.members()
            .filter_map(|(path, bytes)| {
                let length = name(path)?;
                Some((path.get(RECORDINGS.len()..RECORDINGS.len() + length)?, bytes))
            })
            .collect()
    }

    /// Why what its logs and recordings show happened, in the order it began in each.
    #[must_use]
    pub fn incidents(&self) -> Vec<Incident> {
        let recordings = self.recordings();
        causes::incidents(self.log().unwrap_or_default(), recordings.values().copied())
    }

    /// Those of its logs alone.
    #[must_use]
    pub fn logged_incidents(&self) -> Vec<Incident> {
        causes::incidents(self.log().unwrap_or_default(), std::iter::empty())
    }

    /// The machine's folders, laid out again for readers of folders; gone when the result is dropped.
    ///
    /// # Errors
    /// They cannot be written.
    pub fn machine(&self) -> io::Result<Machine> {
        let links = self.contents.links.iter();
        Machine::lay_out(
            self.members(),
            links.map(|(path, target)| (path.as_str(), target.as_str())),
            &|| false,
        )
    }
}
