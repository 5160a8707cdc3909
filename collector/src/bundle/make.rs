//! Makes a bundle.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::io;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use iscsi_decoders::Timestamp;

use super::anonymise::Pseudonyms;
use super::archive::{END, Frame, Output, WriteError};
use super::budget::{Part, fit};
use super::item::{Content, Found, Item, Missing};
use super::manifest::{self, Host, Manifest};
use super::names::Names;
use super::secrets::Secrets;
use super::setting::{Setting, Wish};
use super::source::SOURCES;
use super::{recording, report, time};

/// What was made.
#[derive(Debug)]
pub struct Made {
    /// Bytes of the archive.
    pub bytes: u64,
    /// What it says about itself.
    pub manifest: Manifest,
    /// The map of pseudonyms, if names were replaced.
    pub names: Option<PathBuf>,
}

/// Why no bundle was made.
#[derive(Debug, thiserror::Error)]
pub enum MakeError {
    /// A signal came.
    #[error("interrupted; no bundle was written")]
    Interrupted,
    /// The file cannot be written.
    #[error("cannot write {}: {error}; no bundle was written", path.display())]
    Write {
        /// Where.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// What must be in it does not fit.
    #[error("{0} bytes are too few for any bundle; allow more with --max-size")]
    TooSmall(u64),
    /// Members cannot be packed.
    #[error("cannot pack the archive: {0}")]
    Pack(io::Error),
}

/// Collects what is asked for and writes it to `path`; `progress` hears what is being looked at.
///
/// # Errors
/// No file was written then, and none is left.
pub fn make(wish: Wish, path: &Path, progress: &mut dyn FnMut(&str)) -> Result<Made, MakeError> {
    let unwritten = |error| MakeError::Write { path: path.to_owned(), error };
    // Before all the work: can it be written at all?
    let mut output = Output::create(path).map_err(unwritten)?;
    let mut setting = Setting { wish, names: Names::default(), so_far: BTreeMap::new() };
    let mut collected = Collected::default();
    for source in SOURCES {
        progress(source.name);
        let shared = Arc::new(setting);
        let found = source.ask(&shared).map_err(|_| MakeError::Interrupted)?;
        setting = again(shared);
        setting.names.append(&found.names);
        setting.so_far.extend(found.items.iter().map(|(path, item)| (path.clone(), item.clone())));
        collected.take(source.name, source.weight, found);
    }
    collected.hide_secrets();
    let wish = &setting.wish;
    let pseudonyms = wish.anonymise.then(|| {
        progress("pseudonyms");
        collected.anonymise(&setting.names)
    });
    progress("archive");
    let head = head(&setting, &mut collected);
    let stop = &*wish.stop;
    let packed = collected.pack(head, wish)?;
    let mut bytes = 0;
    let mut write = |output: &mut Output, piece: &[u8]| match output.write(piece, stop) {
        Ok(()) => {
            bytes += piece.len() as u64;
            Ok(())
        }
        Err(WriteError::Interrupted) => Err(MakeError::Interrupted),
        Err(WriteError::Io(error)) => Err(unwritten(error)),
    };
    for frame in &packed.frames {
        write(&mut output, frame.bytes())?;
    }
    // The map first: without it, an anonymised bundle is of less use to its owner.
    let names =
        pseudonyms.map(|pseudonyms| map(path, &pseudonyms)).transpose().map_err(unwritten)?;
    output.finish().map_err(unwritten)?;
    Ok(Made { bytes, manifest: packed.manifest, names })
}

/// The setting back, or a copy where a source that took too long still holds it.
fn again(shared: Arc<Setting>) -> Setting {
    Arc::try_unwrap(shared).unwrap_or_else(|shared| Setting {
        wish: shared.wish.clone(),
        names: shared.names.clone(),
        so_far: shared.so_far.clone(),
    })
}

/// What all sources found.
#[derive(Default)]
struct Collected {
    parts: Vec<Part>,
    missing: Vec<Missing>,
    masked: u64,
    secrets: Secrets,
}

/// An archive, packed.
struct Packed {
    frames: Vec<Frame>,
    manifest: Manifest,
}

impl Collected {
    fn take(&mut self, name: &'static str, weight: u8, found: Found) {
        if found.items.is_empty() && found.missing.is_empty() {
            self.missing.push(Missing { what: name.to_owned(), why: "nothing found".to_owned() });
        }
        self.missing.extend(found.missing);
        self.masked += found.masked;
        self.secrets.append(&found.secrets);
        let (recordings, items): (BTreeMap<_, _>, _) = found
            .items
            .into_iter()
            .partition(|(_, item)| matches!(item.content, Content::Recording(_)));
        // Each recording may be left out alone.
        for (path, item) in recordings {
            self.parts.push(Part {
                name,
                weight: weight + 1,
                items: BTreeMap::from([(path, item)]),
            });
        }
        if !items.is_empty() {
            self.parts.push(Part { name, weight, items });
        }
    }

    fn items(&self) -> impl Iterator<Item = (&String, &Item)> {
        self.parts.iter().flat_map(|part| &part.items)
    }

    fn text(&self, path: &str) -> Option<&str> {
        self.items().find(|(name, _)| *name == path).and_then(|(_, item)| match &item.content {
            Content::Text(text) => Some(text.as_str()),
            Content::Link(_) | Content::Recording(_) => None,
        })
    }

    /// Takes out what is a secret somewhere on this machine, wherever else it stands.
    fn hide_secrets(&mut self) {
        let Some(hider) = self.secrets.hider() else { return };
        let hidden = Cell::new(0);
        let hide = |text: &str| {
            let (text, count) = hider.hide(text);
            hidden.set(hidden.get() + count);
            text
        };
        for item in self.parts.iter_mut().flat_map(|part| part.items.values_mut()) {
            match &mut item.content {
                Content::Text(text) => *text = hide(text),
                Content::Recording(bytes) => *bytes = recording::rename(bytes, &hide, &|end| end),
                Content::Link(_) => {}
            }
            item.origin = hide(&item.origin);
        }
        for missing in &mut self.missing {
            missing.what = hide(&missing.what);
            missing.why = hide(&missing.why);
        }
        self.masked += hidden.get();
    }

    /// Replaces names everywhere.
    fn anonymise(&mut self, names: &Names) -> Pseudonyms {
        let mut texts: Vec<String> = Vec::new();
        let mut ends: Vec<IpAddr> = Vec::new();
        for (_, item) in self.items() {
            if let Content::Recording(bytes) = &item.content {
                let (texts, ends) = (RefCell::new(&mut texts), RefCell::new(&mut ends));
                recording::rename(
                    bytes,
                    &|text| {
                        texts.borrow_mut().push(text.to_owned());
                        text.to_owned()
                    },
                    &|end| {
                        ends.borrow_mut().push(end.ip());
                        end
                    },
                );
            }
        }
        let missing = self.missing.iter().flat_map(|missing| [&missing.what, &missing.why]);
        let members = self.items().flat_map(|(path, item)| {
            let text = match &item.content {
                Content::Text(text) | Content::Link(text) => Some(text),
                Content::Recording(_) => None,
            };
            [Some(path), Some(&item.origin), text].into_iter().flatten()
        });
        let all = members.chain(missing).chain(&texts).map(String::as_str);
        let pseudonyms = Pseudonyms::new(names, all, ends.into_iter());
        let apply = |text: &str| pseudonyms.apply(text);
        for part in &mut self.parts {
            let items = std::mem::take(&mut part.items);
            part.items = items
                .into_iter()
                .map(|(path, item)| {
                    let content = match item.content {
                        Content::Text(text) => Content::Text(apply(&text)),
                        Content::Link(target) => Content::Link(apply(&target)),
                        Content::Recording(bytes) => {
                            Content::Recording(recording::rename(&bytes, &apply, &|end| {
                                pseudonyms.end(end)
                            }))
                        }
                    };
                    (apply(&path), Item { origin: apply(&item.origin), content })
                })
                .collect();
        }
        for missing in &mut self.missing {
            missing.what = apply(&missing.what);
            missing.why = apply(&missing.why);
        }
        pseudonyms
    }

    fn pack(self, mut manifest: Manifest, wish: &Wish) -> Result<Packed, MakeError> {
        let seconds = u64::try_from(wish.now.0.div_euclid(1_000_000_000)).unwrap_or(0);
        let text = |path: &str| self.text(path).map(str::to_owned);
        let report = report::report(&manifest, &text);
        let mut packed = Vec::new();
        for part in self.parts {
            if (wish.stop)() {
                return Err(MakeError::Interrupted);
            }
            let frame = Frame::of(&part.items, seconds).map_err(MakeError::Pack)?;
            packed.push((part, frame));
        }
        let first = |kept: &[(Part, Frame)], dropped: &[Missing]| {
            manifest.dropped = dropped.to_vec();
            manifest.items = kept
                .iter()
                .flat_map(|(part, _)| &part.items)
                .map(|(path, item)| manifest::Entry::of(path, &item.origin, &item.content))
                .collect();
            let member =
                |text: String| Item { origin: String::new(), content: Content::Text(text) };
            let items = BTreeMap::from([
                (manifest::MEMBER.to_owned(), member(manifest.text())),
                (report::MEMBER.to_owned(), member(report.clone())),
            ]);
            Frame::of(&items, seconds)
        };
        let end = Frame::compressed(&END).map_err(MakeError::Pack)?;
        let limit = wish.max_bytes.saturating_sub(end.len());
        let mut frames = match fit(packed, limit, first) {
            Ok(Some(frames)) => frames,
            Ok(None) => return Err(MakeError::TooSmall(wish.max_bytes)),
            Err(error) => return Err(MakeError::Pack(error)),
        };
        frames.push(end);
        Ok(Packed { frames, manifest })
    }
}

/// The manifest without its items.
fn head(setting: &Setting, collected: &mut Collected) -> Manifest {
    let wish = &setting.wish;
    let line = |path: &str| collected.text(path).map(|text| text.trim().to_owned());
    let release = line("root/etc/os-release").unwrap_or_default();
    let system = release.lines().find_map(|line| line.strip_prefix("PRETTY_NAME = "));
    let host = Host {
        name: line("root/proc/sys/kernel/hostname"),
        kernel: line("root/proc/sys/kernel/osrelease"),
        system: system.map(str::to_owned),
        architecture: std::env::consts::ARCH.to_owned(),
        uptime_s: setting.uptime_ns().and_then(|ns| u64::try_from(ns / 1_000_000_000).ok()),
    };
    collected.missing.sort();
    collected.missing.dedup();
    Manifest {
        format: manifest::FORMAT,
        tool: concat!("iscsi-trace ", env!("CARGO_PKG_VERSION")).to_owned(),
        created: time::second(Timestamp(wish.now.0)),
        host,
        as_root: rustix::process::geteuid().is_root(),
        anonymised: wish.anonymise,
        session: wish.session,
        masked_values: collected.masked,
        missing: collected.missing.clone(),
        dropped: Vec::new(),
        items: Vec::new(),
    }
}

/// Writes the map of pseudonyms beside the bundle.
fn map(bundle: &Path, pseudonyms: &Pseudonyms) -> io::Result<PathBuf> {
    let name = bundle.file_name().unwrap_or_default().to_string_lossy();
    let stem = name.strip_suffix(".tar.zst").unwrap_or(&name);
    let path = bundle.with_file_name(format!("{stem}.names.json"));
    let text = serde_json::to_string_pretty(&pseudonyms.map())? + "\n";
    let mut output = Output::create(&path)?;
    match output.write(text.as_bytes(), &|| false) {
        Ok(()) => output.finish()?,
        Err(WriteError::Io(error)) => return Err(error),
        Err(WriteError::Interrupted) => {}
    }
    Ok(path)
}
