//! Debian's kernels. Those for cloud machines are small and have every module most guests need.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, bail};

use super::apt::Suite;
use super::{cache, image};

/// A kernel line the lab can boot.
#[derive(Debug, PartialEq, Eq)]
pub struct Kernel {
    /// What `--kernel` takes and what folders are called.
    pub name: &'static str,
    /// Debian's suite that carries the line.
    suite: &'static str,
    /// Debian's package whose dependencies are the line's newest kernel.
    package: &'static str,
    /// Modules it has besides those of every line.
    modules: &'static [&'static str],
}

const fn row(name: &'static str, suite: &'static str) -> Kernel {
    Kernel { name, suite, package: "linux-image-cloud-amd64", modules: &[] }
}

/// The kernel for real machines: three times the size, and with the drivers of adapters. They load without them.
const fn full(name: &'static str, suite: &'static str) -> Kernel {
    Kernel { name, suite, package: "linux-image-amd64", modules: ADAPTERS }
}

const ADAPTERS: &[&str] = &[
    "be2iscsi",
    "bnx2i",
    "cxgb3i",
    "cxgb4i",
    "cxgbit",
    "ib_iser",
    "ib_isert",
    "iscsi_boot_sysfs",
    "qedi",
    "qla4xxx",
];

/// Oldest first.
pub const ALL: &[Kernel] = &[
    row("5.10", "bullseye-security"),
    row("6.1", "bookworm-security"),
    row("6.12", "trixie-security"),
    row("7.x", "trixie-backports"),
];
/// For what needs the drivers of adapters; scenarios name them.
const FULL: &[Kernel] =
    &[full("5.10-full", "bullseye-security"), full("7.x-full", "trixie-backports")];
/// What runs when nobody asks for another: Debian 12's own.
pub const DEFAULT: &Kernel = &ALL[1];

/// Since 7.0 the image's package is empty and depends on these.
const PARTS: &[&str] = &["linux-base-", "linux-binary-", "linux-image-", "linux-modules-"];

/// A kernel in the cache.
#[derive(Debug)]
pub struct Fetched {
    /// Where its packages were unpacked.
    pub folder: PathBuf,
    /// As `uname -r` says it.
    pub release: String,
    /// The uncompressed image.
    pub vmlinux: PathBuf,
    /// Modules the guest gets besides those of every line.
    pub modules: &'static [&'static str],
}

impl Kernel {
    /// The kernel called `name`.
    pub fn find(name: &str) -> anyhow::Result<&'static Self> {
        let all = || ALL.iter().chain(FULL);
        let found = all().find(|kernel| kernel.name == name);
        let names = || all().map(|kernel| kernel.name).collect::<Vec<_>>().join(", ");
        found.with_context(|| format!("the lab has no kernel `{name}`; it has {}", names()))
    }

    /// Downloads the line's newest kernel unless one is in the cache.
    pub fn fetch(&self) -> anyhow::Result<Fetched> {
        let folder = cache()?.join("kernels").join(self.name);
        if !folder.exists() {
            let suite = Suite::refresh(self.suite, &cache()?)?;
            let packages = suite.closure(self.package)?;
            let parts: Vec<&str> =
                packages.iter().map(String::as_str).filter(|name| is_part(name)).collect();
            suite.unpack(&parts, &folder)?;
        }
        let modules =
            folder.join(if folder.join("lib/modules").exists() { "lib" } else { "usr/lib" });
        let release = only_entry(modules.join("modules"))?;
        let vmlinux = folder.join("vmlinux");
        if !vmlinux.exists() {
            let packed =
                [format!("boot/vmlinuz-{release}"), format!("usr/lib/modules/{release}/vmlinuz")]
                    .map(|path| folder.join(path))
                    .into_iter()
                    .find(|path| path.exists())
                    .with_context(|| format!("{} holds no kernel image", folder.display()))?;
            image::unpack(&packed, &vmlinux)?;
        }
        Ok(Fetched { folder, release, vmlinux, modules: self.modules })
    }
}

/// Whether a package is part of a concrete kernel: a version follows.
fn is_part(package: &str) -> bool {
    PARTS.iter().any(|part| {
        package
            .strip_prefix(part)
            .is_some_and(|rest| rest.starts_with(|first: char| first.is_ascii_digit()))
    })
}

fn only_entry(folder: PathBuf) -> anyhow::Result<String> {
    let mut names = Vec::new();
    for entry in fs::read_dir(&folder).with_context(|| format!("no folder {}", folder.display()))? {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    match names.as_slice() {
        [name] => Ok(name.clone()),
        _ => bail!("{} should hold one kernel, not {names:?}", folder.display()),
    }
}
