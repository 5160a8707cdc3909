//! Debian's kernel for cloud machines: small, and with every iSCSI and network module the guests need.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::Context;

use crate::{repo, run, setup};

const PACKAGE: &str = "linux-image-cloud-amd64";

/// An unpacked kernel package.
#[derive(Debug)]
pub struct Kernel {
    /// Where it was unpacked.
    pub folder: PathBuf,
    /// As `uname -r` says it.
    pub release: String,
    /// The bootable image.
    pub image: PathBuf,
}

/// Downloads the kernel unless it is in the cache.
pub fn fetch() -> anyhow::Result<Kernel> {
    let package = match newest()? {
        Some(package) => package,
        None => {
            setup::refresh()?;
            newest()?
                .with_context(|| format!("no package {PACKAGE} for this machine's architecture"))?
        }
    };
    let cache = repo::root().join(".cache/vm");
    let folder = cache.join(&package);
    if !folder.exists() {
        let partial = cache.join("partial");
        if partial.exists() {
            fs::remove_dir_all(&partial)?;
        }
        let unpacked = partial.join("unpacked");
        fs::create_dir_all(&unpacked)?;
        let mut download = Command::new("apt-get");
        run::step(
            "download the guest's kernel",
            download.args(["-q", "download", &package]).current_dir(&partial),
        )?;
        let archive = fs::read_dir(&partial)?
            .filter_map(|entry| entry.ok().map(|entry| entry.path()))
            .find(|path| path.extension().is_some_and(|extension| extension == "deb"))
            .context("apt-get downloaded no package")?;
        run::quiet(Command::new("dpkg-deb").arg("-x").arg(archive).arg(&unpacked))?;
        // Last, so that an interrupted run does not leave half a kernel behind.
        fs::rename(unpacked, &folder)?;
    }
    let release = package.trim_start_matches("linux-image-").to_owned();
    let image = folder.join(format!("boot/vmlinuz-{release}"));
    Ok(Kernel { folder, release, image })
}

/// The package the metapackage stands for at the moment.
fn newest() -> anyhow::Result<Option<String>> {
    let output = run::quiet(Command::new("apt-cache").args(["depends", PACKAGE]))?;
    let text = String::from_utf8_lossy(&output.stdout);
    Ok(text.lines().find_map(|line| line.trim().strip_prefix("Depends: ")).map(str::to_owned))
}
