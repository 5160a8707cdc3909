//! The emulator: which one, and the machine it makes.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::apt::Suite;
use super::cache;
use super::kernel::Fetched;
use crate::setup;

/// Debian 12's own QEMU 7.2 miscompiles when it emulates: flags after cmpxchg16b, and kernel code that was patched.
const SUITE: &str = "bookworm-backports";
const PACKAGE: &str = "qemu-system-x86";
const PACKAGES: &[&str] = &[PACKAGE, "qemu-system-common", "qemu-system-data"];
const LIBRARIES: &str = "libraries.list";

/// The emulator in the cache.
#[derive(Debug)]
pub struct Qemu {
    folder: PathBuf,
}

/// Where the guest's first serial line, its console, goes.
#[derive(Clone, Copy, Debug)]
pub enum Console<'a> {
    /// Into a file; the second line, what the guest has to say, is the emulator's stdout.
    File(&'a Path),
    /// To the terminal this program runs in.
    Terminal,
}

/// What makes the guest's time pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clock {
    /// This machine's clock; two processors.
    Wall,
    /// Each instruction takes 8 ns, on one processor: what costs instructions costs time, and nothing else does. For
    /// measuring where an emulator's own speed changes from second to second.
    Instructions,
}

impl Clock {
    /// The one to measure by.
    pub fn steadiest() -> Self {
        if has_hardware_help() { Self::Wall } else { Self::Instructions }
    }

    /// It as a report says it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Wall => "two processors",
            Self::Instructions => "emulated, one processor, 8 ns an instruction",
        }
    }
}

/// A machine to start.
#[derive(Debug)]
pub struct Machine<'a> {
    pub kernel: &'a Fetched,
    pub initramfs: &'a Path,
    /// The disk the guest leaves its results on.
    pub disk: &'a Path,
    pub console: Console<'a>,
    pub memory_mib: u32,
    pub clock: Clock,
}

impl Qemu {
    /// Downloads it unless it is in the cache. Unpacked, not installed: a machine may have another of its own.
    pub fn fetch() -> anyhow::Result<Self> {
        let folder = cache()?.join("qemu");
        let list = folder.join(LIBRARIES);
        if !list.exists() {
            let suite = Suite::refresh(SUITE, &cache()?)?;
            let libraries = suite.libraries_of(PACKAGE)?;
            suite.unpack(PACKAGES, &folder)?;
            fs::write(&list, libraries.join("\n"))?;
        }
        let libraries = fs::read_to_string(&list)?;
        let libraries: Vec<&str> = libraries.lines().chain(["seabios"]).collect();
        setup::install(&libraries)?;
        Ok(Self { folder })
    }

    /// The command that starts the machine.
    pub fn command(&self, machine: &Machine) -> Command {
        let mut qemu = Command::new(self.folder.join("usr/bin/qemu-system-x86_64"));
        qemu.env("QEMU_MODULE_DIR", self.folder.join("usr/lib/x86_64-linux-gnu/qemu"))
            .arg("-L")
            .arg(self.folder.join("usr/share/qemu"))
            .args(["-L", "/usr/share/seabios", "-machine", "q35", "-cpu", "max"]);
        match machine.clock {
            Clock::Wall => {
                qemu.args(["-smp", "2"]);
                if has_hardware_help() {
                    qemu.args(["-accel", "kvm"]);
                }
                // The next best where the one before does not work.
                qemu.args(["-accel", "tcg,thread=multi"]);
            }
            Clock::Instructions => {
                qemu.args(["-smp", "1", "-accel", "tcg", "-icount", "shift=3,sleep=off"]);
            }
        }
        qemu.args(["-m", &machine.memory_mib.to_string()]).args([
            "-display",
            "none",
            "-nodefaults",
            "-no-reboot",
        ]);
        match machine.console {
            Console::File(path) => {
                qemu.arg("-serial").arg(format!("file:{}", path.display()));
                qemu.args(["-serial", "stdio"])
            }
            Console::Terminal => qemu.args(["-serial", "mon:stdio", "-serial", "null"]),
        };
        qemu.arg("-kernel")
            .arg(&machine.kernel.vmlinux)
            .arg("-initrd")
            .arg(machine.initramfs)
            .args(["-object", "rng-random,filename=/dev/urandom,id=rng"])
            .args(["-device", "virtio-rng-pci,rng=rng", "-drive"])
            .arg(format!("file={},format=raw,if=none,id=out,cache=unsafe", machine.disk.display()))
            .args(["-device", "virtio-blk-pci,drive=out", "-append"])
            .arg("console=ttyS0 quiet panic=-1 oops=panic mitigations=off no_timer_check random.trust_cpu=1 tsc=reliable");
        qemu
    }
}

/// A device node alone says nothing: where the processor lacks the extension, a virtual machine starts and then
/// cannot run a stock kernel.
fn has_hardware_help() -> bool {
    let flags = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let capable = flags.split_whitespace().any(|flag| flag == "vmx" || flag == "svm");
    capable && fs::OpenOptions::new().read(true).write(true).open("/dev/kvm").is_ok()
}
