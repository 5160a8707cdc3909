//! The guest's whole system: this machine's own programs with their libraries, and one kernel's modules.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context;

use super::kernel::Kernel;
use crate::{repo, run};

const PROGRAMS: &[&str] =
    &["iscsid", "iscsiadm", "tgtd", "tgtadm", "tcpdump", "/usr/sbin/ip", "/usr/sbin/mke2fs"];
const MODULES: &[&str] = &[
    "virtio_pci",
    "virtio_blk",
    "iscsi_tcp",
    "iscsi_target_mod",
    "sd_mod",
    "8021q",
    "veth",
    "ip_gre",
    "crc32c_generic",
];
const FOLDERS: &[&str] = &[
    "bin",
    "dev",
    "etc/iscsi",
    "mnt",
    "out",
    "proc",
    "root",
    "run",
    "sbin",
    "sys",
    "tmp",
    "var/lib",
];

/// Builds the archive the guest boots into.
pub fn build(
    kernel: &Kernel,
    script: &Path,
    library: &Path,
    scratch: &Path,
) -> anyhow::Result<PathBuf> {
    let root = scratch.join("root");
    for folder in FOLDERS {
        fs::create_dir_all(root.join(folder))?;
    }
    symlink("/run", root.join("var/run"))?;
    fs::write(root.join("etc/passwd"), "root:x:0:0:root:/root:/bin/sh\n")?;
    fs::write(root.join("etc/group"), "root:x:0:\n")?;

    let init = root.join("init");
    fs::copy(repo::root().join("xtask/guest/init"), &init)?;
    fs::set_permissions(&init, fs::Permissions::from_mode(0o755))?;
    fs::copy(script, root.join("script"))?;
    fs::copy(library, root.join("lib.sh"))?;
    fs::copy(find("busybox")?, root.join("bin/busybox"))?;
    programs(&root)?;
    modules(kernel, &root)?;

    let archive = scratch.join("initramfs");
    let pack = "cd \"$1\" && find . | cpio --create --format=newc --quiet >\"$2\"";
    run::quiet(Command::new("sh").args(["-euc", pack, "sh"]).arg(&root).arg(&archive))?;
    Ok(archive)
}

fn programs(root: &Path) -> anyhow::Result<()> {
    let mut files = BTreeSet::new();
    for program in PROGRAMS {
        let path = find(program)?;
        let output = run::quiet(Command::new("ldd").arg(&path))?;
        let libraries = String::from_utf8_lossy(&output.stdout).into_owned();
        let words = libraries.split_whitespace().filter(|word| word.starts_with('/'));
        files.extend(words.map(PathBuf::from));
        files.insert(path);
    }
    files.iter().try_for_each(|file| copy_to(root, file, file))
}

fn modules(kernel: &Kernel, root: &Path) -> anyhow::Result<()> {
    run::quiet(Command::new("depmod").arg("--basedir").arg(&kernel.folder).arg(&kernel.release))?;
    for module in MODULES {
        let mut modprobe = Command::new("modprobe");
        modprobe.arg("--dirname").arg(&kernel.folder).args(["--set-version", &kernel.release]);
        let output = run::quiet(modprobe.args(["--show-depends", module]))?;
        let text = String::from_utf8_lossy(&output.stdout);
        for path in text.lines().filter_map(|line| line.strip_prefix("insmod ")) {
            let path = Path::new(path.trim());
            copy_to(root, path, path.strip_prefix(&kernel.folder)?)?;
        }
    }
    for list in ["modules.order", "modules.builtin", "modules.builtin.modinfo"] {
        let inside = Path::new("lib/modules").join(&kernel.release).join(list);
        copy_to(root, &kernel.folder.join(&inside), &inside)?;
    }
    run::quiet(Command::new("depmod").arg("--basedir").arg(root).arg(&kernel.release)).map(drop)
}

fn copy_to(root: &Path, file: &Path, inside: &Path) -> anyhow::Result<()> {
    let target = root.join(inside.strip_prefix("/").unwrap_or(inside));
    if let Some(folder) = target.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::copy(file, &target).with_context(|| format!("cannot copy {}", file.display()))?;
    Ok(())
}

fn find(program: &str) -> anyhow::Result<PathBuf> {
    let mut shell = Command::new("sh");
    shell.args(["-euc", "PATH=$PATH:/usr/sbin:/sbin command -v \"$1\"", "sh", program]);
    let output = run::quiet(&mut shell).with_context(|| format!("{program} is not installed"))?;
    Ok(PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()))
}
