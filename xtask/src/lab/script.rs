//! `cargo xtask lab run --script`: an arbitrary shell script in a guest of its own.

use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, bail};

use super::guest::{End, Guest, MAIN};
use super::initramfs::Luggage;
use super::kernel::{self, Kernel};
use super::{cache, prepare};

/// Run a shell script in a fresh guest
#[derive(Debug, clap::Args)]
pub struct Run {
    /// Runs as root under bash in the guest; its output comes to stdout, its exit code is this command's
    #[arg(long, value_name = "FILE")]
    script: PathBuf,
    /// Copied into the guest's /extra, with its libraries if it is a program
    #[arg(long, value_name = "FILE")]
    add: Vec<PathBuf>,
    /// Which kernel line to boot
    #[arg(long, value_name = "LINE", default_value = kernel::DEFAULT.name)]
    kernel: String,
    /// Seconds the script may take
    #[arg(long, value_name = "SECONDS", default_value_t = 600)]
    limit: u64,
}

impl Run {
    pub fn run(self) -> anyhow::Result<()> {
        let qemu = prepare()?;
        let kernel = &Kernel::find(&self.kernel)?.fetch()?;
        let mut luggage = Luggage::default();
        luggage.copy(MAIN, &self.script);
        for file in &self.add {
            let name =
                file.file_name().with_context(|| format!("{} has no name", file.display()))?;
            luggage.copy(PathBuf::from("/extra").join(name), file);
        }
        let folder = cache()?.join("script");
        let guest = Guest { qemu: &qemu, kernel, folder: folder.clone() };
        eprintln!(
            "    Linux {}; what it leaves in /out comes to {}",
            kernel.release,
            guest.out().display()
        );
        let end = guest.boot(&luggage, Duration::from_secs(self.limit), |line| {
            // A reader that went away does not stop the guest.
            std::io::stdout().write_all(line).ok();
            None
        })?;
        if end != End::PoweredOff {
            bail!("the guest did not finish ({end:?}); the last it said:\n{}", guest.last_words());
        }
        let status = std::fs::read_to_string(guest.out().join("status"))?;
        match status.trim().parse()? {
            0 => Ok(()),
            code => std::process::exit(code),
        }
    }
}
