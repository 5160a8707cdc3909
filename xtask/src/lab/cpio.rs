//! The archive format an initramfs is made of ("newc"); the kernel unpacks several of them, one after the other.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;

/// An archive in the making; folders appear by themselves.
#[derive(Debug, Default)]
pub struct Cpio {
    bytes: Vec<u8>,
    entries: u32,
    folders: BTreeSet<PathBuf>,
}

const FOLDER: u32 = 0o040_755;
const PROGRAM: u32 = 0o100_755;
const LINK: u32 = 0o120_777;

impl Cpio {
    /// Adds a folder and those it is in.
    pub fn folder(&mut self, inside: &Path) {
        let Some(name) = inside.to_str().map(|name| name.trim_start_matches('/')) else { return };
        if name.is_empty() || self.folders.contains(inside) {
            return;
        }
        self.parent(inside);
        self.folders.insert(inside.to_owned());
        self.entry(name, FOLDER, &[]);
    }

    /// Adds a file of this content. Everything may be run: nothing in the guest tells programs from data.
    pub fn file(&mut self, inside: &Path, content: &[u8]) {
        self.parent(inside);
        self.entry(inside.to_string_lossy().trim_start_matches('/'), PROGRAM, content);
    }

    /// Adds a copy of a file of this machine.
    pub fn copy(&mut self, inside: &Path, from: &Path) -> anyhow::Result<()> {
        let content = fs::read(from).with_context(|| format!("cannot read {}", from.display()))?;
        self.file(inside, &content);
        Ok(())
    }

    /// Adds a symbolic link to `target`.
    pub fn link(&mut self, inside: &Path, target: &str) {
        self.parent(inside);
        self.entry(inside.to_string_lossy().trim_start_matches('/'), LINK, target.as_bytes());
    }

    /// The complete archive.
    pub fn finish(mut self) -> Vec<u8> {
        self.entry("TRAILER!!!", 0, &[]);
        self.bytes
    }

    fn parent(&mut self, inside: &Path) {
        if let Some(parent) = inside.parent() {
            self.folder(parent);
        }
    }

    fn entry(&mut self, name: &str, mode: u32, content: &[u8]) {
        self.entries += 1;
        let (inode, size, name_size) = (self.entries, content.len(), name.len() + 1);
        // Owner, device and time stay 0: the same files make the same archive.
        let header = format!(
            "070701{inode:08x}{mode:08x}{0:08x}{0:08x}{1:08x}{0:08x}{size:08x}{0:08x}{0:08x}{0:08x}{0:08x}{name_size:08x}{0:08x}",
            0, 1
        );
        self.bytes.extend_from_slice(header.as_bytes());
        self.bytes.extend_from_slice(name.as_bytes());
        self.bytes.push(0);
        self.pad();
        self.bytes.extend_from_slice(content);
        self.pad();
    }

    fn pad(&mut self) {
        self.bytes.resize(self.bytes.len().next_multiple_of(4), 0);
    }
}
