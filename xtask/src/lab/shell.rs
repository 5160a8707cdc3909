//! `cargo xtask lab shell`: a guest to look around in.

use super::guest::{Guest, MAIN};
use super::initramfs::Luggage;
use super::kernel::{self, Kernel};
use super::prepare;
use crate::repo;

/// A root shell in a guest, on this terminal; `exit` or Ctrl-A X ends it
#[derive(Debug, clap::Args)]
pub struct Shell {
    /// Which kernel line to boot
    #[arg(long, value_name = "LINE", default_value = kernel::DEFAULT.name)]
    kernel: String,
}

impl Shell {
    pub fn run(self) -> anyhow::Result<()> {
        let qemu = prepare()?;
        let kernel = &Kernel::find(&self.kernel)?.fetch()?;
        let mut luggage = Luggage::default();
        luggage.copy(MAIN, &repo::root().join("tests/lab/guest/shell.sh"));
        let (folder, _lock) = super::folder("shell")?;
        let guest = Guest::new(&qemu, kernel, folder.join("boot"));
        eprintln!(
            "    Linux {}; what you leave in /out comes to {}",
            kernel.release,
            guest.out().display()
        );
        guest.boot_here(&luggage)
    }
}
