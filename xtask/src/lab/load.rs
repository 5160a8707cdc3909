//! `cargo xtask lab load`: what watching costs, next to bpftrace doing the same.

mod report;

use std::path::Path;
use std::time::Duration;

use anyhow::bail;

use super::guest::{End, Guest, MAIN};
use super::initramfs::Luggage;
use super::kernel::{self, Kernel};
use super::prepare;
use super::programs::Programs;
use super::qemu::Clock;
use crate::{repo, setup};

const PACKAGES: &[&str] = &["fio", "bpftrace"];
/// The guest builds nothing, but an emulated bpftrace takes its time to compile a script.
const AROUND: Duration = Duration::from_secs(300);

/// Measure I/O at full speed with nobody watching, with iscsi-trace counting and streaming, and with bpftrace
#[derive(Debug, clap::Args)]
pub struct Load {
    /// Kernel line to boot, not older than 6.1
    #[arg(long, value_name = "LINE", default_value = kernel::DEFAULT.name)]
    kernel: String,
    /// How often each is measured
    #[arg(long, value_name = "N", default_value_t = 5)]
    rounds: u32,
    /// How long each time
    #[arg(long, value_name = "SECONDS", default_value_t = 5)]
    seconds: u64,
}

impl Load {
    pub fn run(self) -> anyhow::Result<()> {
        setup::install(PACKAGES)?;
        let qemu = prepare()?;
        let kernel = Kernel::find(&self.kernel)?.fetch()?;
        let guest_files = repo::root().join("tests/lab/guest");
        let mut luggage = Luggage::default();
        luggage.copy(MAIN, &guest_files.join("load.sh"));
        luggage.copy("/lab/load.bt", &guest_files.join("load.bt"));
        luggage.copy("/bin/fio", Path::new("/usr/bin/fio"));
        luggage.copy("/bin/bpftrace", Path::new("/usr/bin/bpftrace"));
        let settings = format!("rounds={}\nseconds={}\n", self.rounds, self.seconds);
        luggage.file("/lab/settings", settings);
        Programs::build_fast()?.pack(&mut luggage);

        let (folder, _lock) = super::folder("load")?;
        let clock = Clock::steadiest();
        let guest = Guest { clock, ..Guest::new(&qemu, &kernel, folder.join("boot")) };
        // The guest's seconds are longer than this machine's.
        let patience = AROUND + Duration::from_secs(self.seconds * 10);
        let end = guest.boot(&luggage, patience, |line| {
            eprint!("    {}", String::from_utf8_lossy(line));
            Some(patience)
        })?;
        let status = std::fs::read_to_string(guest.out().join("status")).unwrap_or_default();
        if end != End::PoweredOff || status.trim() != "0" {
            bail!("the guest did not finish ({end:?}); the last it said:\n{}", guest.last_words());
        }
        report::print(&guest.out(), self.rounds, &format!("{}, {}", kernel.release, clock.name()))
    }
}
