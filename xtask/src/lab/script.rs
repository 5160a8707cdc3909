//! An arbitrary shell script in a guest of its own.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process;
use std::time::Duration;

use anyhow::{Context, bail};

use super::guest::{End, Guest, MAIN};
use super::initramfs::Luggage;
use super::kernel::Kernel;
use super::prepare;

/// Runs it with its output on stdout, and ends this process with its exit code if that is not 0.
pub fn run(script: &Path, add: &[PathBuf], kernel: &Kernel, limit: Duration) -> anyhow::Result<()> {
    let qemu = prepare()?;
    let kernel = &kernel.fetch()?;
    let mut luggage = Luggage::default();
    luggage.copy(MAIN, script);
    for file in add {
        let name = file.file_name().with_context(|| format!("{} has no name", file.display()))?;
        luggage.copy(Path::new("/extra").join(name), file);
    }
    let (folder, _lock) = super::folder("script")?;
    let guest = Guest::new(&qemu, kernel, folder.join("boot"));
    let out = guest.out();
    eprintln!("    Linux {}; what it leaves in /out comes to {}", kernel.release, out.display());
    let end = guest.boot(&luggage, limit, |line| {
        // A reader that went away does not stop the guest.
        io::stdout().write_all(line).ok();
        None
    })?;
    if end != End::PoweredOff {
        bail!("the guest did not finish ({end:?}); the last it said:\n{}", guest.last_words());
    }
    match fs::read_to_string(out.join("status"))?.trim().parse()? {
        0 => Ok(()),
        code => process::exit(code),
    }
}
