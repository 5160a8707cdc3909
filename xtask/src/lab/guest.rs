//! One boot from beginning to end: build the guest, start it, listen to it, take what it left.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};

use super::initramfs::{self, Luggage};
use super::kernel::Fetched;
use super::qemu::{Clock, Console, Machine, Qemu};
use crate::run;
use crate::worker::Worker;

/// What the guest runs once its system is up.
pub const MAIN: &str = "/main";
/// The disk is sparse: what is not written costs nothing.
const DISK_BYTES: u64 = 512 << 20;
/// Taken from this machine only as far as the guest uses it; bpftrace brings 200 MB of libraries, twice in memory.
const MEMORY_MIB: u32 = 2048;
/// How much of the console a report shows.
const TAIL_LINES: usize = 60;

/// A guest that is ready to boot; its files are in a folder of its own.
#[derive(Debug)]
pub struct Guest<'a> {
    pub qemu: &'a Qemu,
    pub kernel: &'a Fetched,
    /// Made anew; holds `serial.log` and, after the boot, `out`.
    pub folder: PathBuf,
    pub clock: Clock,
}

/// How a boot ended.
#[derive(Debug, PartialEq, Eq)]
pub enum End {
    /// The guest did all it had to do.
    PoweredOff,
    /// It said nothing for too long, and was killed.
    Hung,
    /// The emulator ended before the guest had finished: most likely a panic of its kernel.
    Died,
}

impl<'a> Guest<'a> {
    pub fn new(qemu: &'a Qemu, kernel: &'a Fetched, folder: PathBuf) -> Self {
        Self { qemu, kernel, folder, clock: Clock::Wall }
    }

    /// Boots and waits. `hear` gets every line the guest says and may set a new limit, from then on, for the next
    /// such moment; `patience` is the first limit.
    pub fn boot(
        &self,
        luggage: &Luggage,
        patience: Duration,
        mut hear: impl FnMut(&[u8]) -> Option<Duration>,
    ) -> anyhow::Result<End> {
        let (initramfs, disk) = self.build(luggage)?;
        let console = self.folder.join("serial.log");
        let mut qemu = self.qemu.command(&self.machine(&initramfs, &disk, Console::File(&console)));
        qemu.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(self.emulator_log()?);
        let mut worker = Worker::start(&mut qemu)?;
        let stdout = worker.stdout().context("the emulator has no stdout")?;

        let (sender, lines) = mpsc::channel();
        thread::spawn(move || {
            let mut stdout = BufReader::new(stdout);
            let mut line = Vec::new();
            while stdout.read_until(b'\n', &mut line).is_ok_and(|length| length > 0) {
                if sender.send(std::mem::take(&mut line)).is_err() {
                    return;
                }
            }
        });
        let mut said = File::create(self.said())?;
        let mut deadline = Instant::now() + patience;
        let hung = loop {
            match lines.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(line) => {
                    said.write_all(&line)?;
                    if let Some(patience) = hear(&line) {
                        deadline = Instant::now() + patience;
                    }
                }
                Err(RecvTimeoutError::Disconnected) => break false,
                Err(RecvTimeoutError::Timeout) => break true,
            }
        };
        drop(worker);
        self.take_results(&disk)?;
        let finished = self.out().join("finished").exists();
        Ok(if finished {
            End::PoweredOff
        } else if hung {
            End::Hung
        } else {
            End::Died
        })
    }

    /// Boots with the guest's console on this terminal.
    pub fn boot_here(&self, luggage: &Luggage) -> anyhow::Result<()> {
        let (initramfs, disk) = self.build(luggage)?;
        let mut qemu = self.qemu.command(&self.machine(&initramfs, &disk, Console::Terminal));
        let status = qemu.status().context("cannot start the emulator")?;
        if !status.success() {
            bail!("the emulator ended with {status}");
        }
        self.take_results(&disk)
    }

    /// Where the guest's /out is after the boot.
    pub fn out(&self) -> PathBuf {
        self.folder.join("out")
    }

    /// Where everything the guest said is.
    pub fn said(&self) -> PathBuf {
        self.folder.join("said.log")
    }

    /// The last lines of what the guest, the emulator and the guest's kernel said.
    pub fn last_words(&self) -> String {
        let mut words = String::new();
        let logs = ["qemu.log", "serial.log"].map(|name| self.folder.join(name));
        for log in [&self.said()].into_iter().chain(&logs) {
            let text = fs::read(log).unwrap_or_default();
            let text = String::from_utf8_lossy(&text);
            let lines: Vec<&str> = text.lines().collect();
            let first = lines.len().saturating_sub(TAIL_LINES);
            for line in lines.iter().skip(first) {
                words.push_str("    | ");
                words.push_str(line);
                words.push('\n');
            }
        }
        words
    }

    fn build(&self, luggage: &Luggage) -> anyhow::Result<(PathBuf, PathBuf)> {
        if self.folder.exists() {
            fs::remove_dir_all(&self.folder)?;
        }
        fs::create_dir_all(self.out())?;
        let initramfs = self.folder.join("initramfs");
        initramfs::write(self.kernel, luggage, &initramfs)?;
        let disk = self.folder.join("out.img");
        File::create(&disk)?.set_len(DISK_BYTES)?;
        Ok((initramfs, disk))
    }

    fn machine<'m>(
        &'m self,
        initramfs: &'m Path,
        disk: &'m Path,
        console: Console<'m>,
    ) -> Machine<'m> {
        Machine {
            kernel: self.kernel,
            initramfs,
            disk,
            console,
            memory_mib: MEMORY_MIB,
            clock: self.clock,
        }
    }

    fn emulator_log(&self) -> anyhow::Result<File> {
        Ok(File::create(self.folder.join("qemu.log"))?)
    }

    /// The disk holds tar archives, one after the other, with gaps.
    fn take_results(&self, disk: &Path) -> anyhow::Result<()> {
        let mut tar = Command::new("tar");
        tar.args(["--extract", "--ignore-zeros", "--no-same-owner", "--directory"]).arg(self.out());
        run::quiet(tar.arg("--file").arg(disk))?;
        // Large, and of no use any more.
        fs::remove_file(disk)?;
        fs::remove_file(self.folder.join("initramfs"))?;
        Ok(())
    }
}
