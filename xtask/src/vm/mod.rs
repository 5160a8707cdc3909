//! A virtual machine with a Debian kernel: for what this machine's kernel has no modules for.

mod initramfs;
mod kernel;

use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, bail};

use crate::lab::Worker;
use crate::run;

/// What building and running a guest takes.
pub const PACKAGES: &[&str] = &[
    "busybox-static",
    "cpio",
    "e2fsprogs",
    "iproute2",
    "kmod",
    "open-iscsi",
    "qemu-system-x86",
    "tcpdump",
    "tgt",
];

/// Emulated: a script of a minute takes about two.
const PATIENCE: Duration = Duration::from_secs(600);
const RESULT_BYTES: u64 = 256 << 20;

/// Boots a guest that runs `script` (with `library` beside it as /lib.sh) and leaves what it put into /out in
/// `scratch`/out.
pub fn boot(script: &Path, library: &Path, scratch: &Path) -> anyhow::Result<()> {
    let kernel = kernel::fetch()?;
    let initramfs = initramfs::build(&kernel, script, library, scratch)?;
    let disk = scratch.join("result.img");
    File::create(&disk)?.set_len(RESULT_BYTES)?;
    let serial = scratch.join("serial.log");

    let mut qemu = Command::new("qemu-system-x86_64");
    // Without hardware help: where there is a KVM device it may not be able to run a kernel. One processor and no
    // cmpxchg16b, because QEMU 7.2 gets both wrong when it emulates.
    qemu.args(["-machine", "q35", "-accel", "tcg,thread=multi", "-cpu", "max,-cx16", "-smp", "1"])
        .args(["-m", "1024", "-display", "none", "-nodefaults", "-no-reboot"])
        .arg("-serial")
        .arg(format!("file:{}", serial.display()))
        .arg("-kernel")
        .arg(&kernel.image)
        .arg("-initrd")
        .arg(&initramfs)
        .args(["-object", "rng-random,filename=/dev/urandom,id=rng"])
        .args(["-device", "virtio-rng-pci,rng=rng"])
        .arg("-drive")
        .arg(format!("file={},format=raw,if=none,id=result,cache=unsafe", disk.display()))
        .args(["-device", "virtio-blk-pci,drive=result"])
        .args(["-append", "console=ttyS0 quiet panic=-1 oops=panic mitigations=off random.trust_cpu=1 tsc=reliable"])
        .stdin(Stdio::null());
    let status = Worker::start(&mut qemu)?.wait(PATIENCE);
    if !matches!(&status, Ok(status) if status.success()) {
        bail!("the guest did not end well ({status:?}); its console is in {}", serial.display());
    }

    let out = scratch.join("out");
    fs::create_dir_all(&out)?;
    run::quiet(Command::new("tar").arg("-C").arg(&out).arg("-xf").arg(&disk)).with_context(
        || format!("the guest left no result; its console is in {}", serial.display()),
    )?;
    Ok(())
}
