//! The guest's whole system: this machine's own programs with their libraries, one kernel's modules, and what a
//! single boot brings along.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context;

use super::cpio::Cpio;
use super::kernel::Fetched;
use super::modules;
use super::packages::{FILES, PROGRAMS};
use crate::{repo, run};

const FOLDERS: &[&str] = &[
    "/dev",
    "/etc/iscsi",
    "/extra",
    "/mnt",
    "/out",
    "/proc",
    "/root",
    "/run",
    "/sys",
    "/tmp",
    "/var/lib",
];

/// What one boot brings along.
#[derive(Debug, Default)]
pub struct Luggage {
    files: Vec<(PathBuf, Vec<u8>)>,
    copies: Vec<(PathBuf, PathBuf)>,
}

impl Luggage {
    /// A file with this content at `inside`.
    pub fn file(&mut self, inside: impl Into<PathBuf>, content: impl Into<Vec<u8>>) {
        self.files.push((inside.into(), content.into()));
    }

    /// A file of this machine at `inside`; a program brings its libraries.
    pub fn copy(&mut self, inside: impl Into<PathBuf>, from: &Path) {
        self.copies.push((inside.into(), from.to_owned()));
    }
}

/// Writes the archive the guest boots into.
pub fn write(kernel: &Fetched, luggage: &Luggage, file: &Path) -> anyhow::Result<()> {
    let mut bytes = userland()?;
    bytes.extend(modules::archive(kernel)?);
    let mut own = Cpio::default();
    for (inside, from) in &luggage.copies {
        own.copy(inside, from)?;
        libraries(from)?.iter().try_for_each(|library| own.copy(library, library))?;
    }
    for (inside, content) in &luggage.files {
        own.file(inside, content);
    }
    bytes.extend(own.finish());
    fs::write(file, bytes).with_context(|| format!("cannot write {}", file.display()))
}

/// What every guest has. Made anew each time, which takes a second and is never stale.
fn userland() -> anyhow::Result<Vec<u8>> {
    let mut archive = Cpio::default();
    FOLDERS.iter().for_each(|folder| archive.folder(Path::new(folder)));
    archive.link(Path::new("/var/run"), "/run");
    archive.link(Path::new("/bin/bash"), "/usr/bin/bash");
    archive.file(Path::new("/etc/passwd"), b"root:x:0:0:root:/root:/bin/bash\n");
    archive.file(Path::new("/etc/group"), b"root:x:0:\n");
    let guest = repo::root().join("tests/lab/guest");
    archive.copy(Path::new("/init"), &guest.join("init"))?;
    for shared in ["lib.sh", "debug.sh"] {
        archive.copy(&Path::new("/").join(shared), &guest.join(shared))?;
    }

    let mut files: BTreeSet<PathBuf> = FILES.iter().map(PathBuf::from).collect();
    let mut names = BTreeSet::from(["busybox".to_owned()]);
    for program in PROGRAMS {
        let path = find(program)?;
        files.extend(libraries(&path)?);
        names.extend(path.file_name().map(|name| name.to_string_lossy().into_owned()));
        files.insert(path);
    }
    files.iter().try_for_each(|file| archive.copy(file, file))?;
    let busybox = find("busybox")?;
    archive.copy(Path::new("/bin/busybox"), &busybox)?;
    let applets = run::quiet(Command::new(busybox).arg("--list"))?.stdout;
    for applet in String::from_utf8_lossy(&applets).lines().filter(|name| !names.contains(*name)) {
        archive.link(&Path::new("/bin").join(applet), "busybox");
    }
    Ok(archive.finish())
}

/// The shared libraries a program is loaded with; none for a script, a data file or a static program.
fn libraries(program: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let output = Command::new("ldd").arg(program).output().context("cannot start ldd")?;
    let text = String::from_utf8_lossy(&output.stdout);
    let paths =
        text.split_whitespace().filter(|word| word.starts_with('/') && !word.ends_with(':'));
    Ok(paths.map(PathBuf::from).collect())
}

fn find(program: &str) -> anyhow::Result<PathBuf> {
    let mut shell = Command::new("sh");
    shell.args(["-euc", "PATH=/usr/sbin:/usr/bin:/sbin:/bin command -v \"$1\"", "sh", program]);
    let output = run::quiet(&mut shell).with_context(|| format!("{program} is not installed"))?;
    Ok(PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()))
}
