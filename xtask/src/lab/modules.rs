//! One kernel's modules as an archive: those the lab loads, what they depend on, unpacked.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};

use super::cpio::Cpio;
use super::kernel::Fetched;
use crate::run;

const NEEDED: &[&str] = &[
    "8021q",
    "dm_mod",
    "ext4",
    "ip_gre",
    "iscsi_target_mod",
    "iscsi_tcp",
    "nf_tables",
    "nft_reject_inet",
    "sch_netem",
    "sch_prio",
    "sd_mod",
    "sg",
    "target_core_file",
    "target_core_iblock",
    "tcp_diag",
    "veth",
    "virtio_blk",
    "virtio_pci",
    "virtio_rng",
];
/// Not in every kernel line: newer ones compute this checksum without a module.
const WHERE_PRESENT: &[&str] = &["crc32c_generic"];

/// The archive; made once for each kernel and list of modules.
pub fn archive(kernel: &Fetched) -> anyhow::Result<Vec<u8>> {
    let archive = kernel.folder.join("modules.cpio");
    let list = kernel.folder.join("modules.list");
    let wanted = [NEEDED, WHERE_PRESENT, kernel.modules].concat().join("\n");
    if fs::read_to_string(&list).is_ok_and(|made_for| made_for == wanted) {
        return Ok(fs::read(&archive)?);
    }
    let staged = kernel.folder.join("staged");
    if staged.exists() {
        fs::remove_dir_all(&staged)?;
    }
    stage(kernel, &staged)?;
    let bytes = pack(&staged)?;
    fs::write(&archive, &bytes)?;
    fs::write(&list, wanted)?;
    Ok(bytes)
}

/// Copies the modules to where the guest looks for them and writes the index modprobe reads.
fn stage(kernel: &Fetched, staged: &Path) -> anyhow::Result<()> {
    let inside = Path::new("lib/modules").join(&kernel.release);
    let base = if kernel.folder.join(&inside).exists() {
        kernel.folder.clone()
    } else {
        kernel.folder.join("usr")
    };
    run::quiet(Command::new("depmod").arg("--basedir").arg(&base).arg(&kernel.release))?;
    for module in NEEDED.iter().chain(kernel.modules) {
        depends(&base, &kernel.release, module)?
            .iter()
            .try_for_each(|file| unpack(file, &staged.join(file.strip_prefix(&base)?)))?;
    }
    for module in WHERE_PRESENT {
        for file in depends(&base, &kernel.release, module).unwrap_or_default() {
            unpack(&file, &staged.join(file.strip_prefix(&base)?))?;
        }
    }
    for list in ["modules.order", "modules.builtin", "modules.builtin.modinfo"] {
        fs::copy(base.join(&inside).join(list), staged.join(&inside).join(list))?;
    }
    run::quiet(Command::new("depmod").arg("--basedir").arg(staged).arg(&kernel.release)).map(drop)
}

/// A module's file after those it needs; none if it is built in.
fn depends(base: &Path, release: &str, module: &str) -> anyhow::Result<Vec<PathBuf>> {
    let mut modprobe = Command::new("modprobe");
    modprobe.arg("--dirname").arg(base).args(["--set-version", release, "--show-depends", module]);
    let output = run::quiet(&mut modprobe)?;
    let text = String::from_utf8_lossy(&output.stdout);
    let files = text.lines().filter_map(|line| line.strip_prefix("insmod "));
    Ok(files.map(|path| PathBuf::from(path.trim())).collect())
}

/// Debian packs modules since 6.12; unpacking them here is quicker than in an emulated machine.
fn unpack(module: &Path, to: &Path) -> anyhow::Result<()> {
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder)?;
    }
    if module.extension().is_none_or(|extension| extension == "ko") {
        fs::copy(module, to)?;
        return Ok(());
    }
    let status = Command::new("xz")
        .arg("-dc")
        .arg(module)
        .stdout(File::create(to.with_extension(""))?)
        .status()
        .context("cannot start xz")?;
    if !status.success() {
        bail!("xz cannot unpack {}", module.display());
    }
    Ok(())
}

fn pack(staged: &Path) -> anyhow::Result<Vec<u8>> {
    let mut archive = Cpio::default();
    let mut folders = vec![staged.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                archive.copy(&Path::new("/").join(path.strip_prefix(staged)?), &path)?;
            }
        }
    }
    Ok(archive.finish())
}
