//! Recording needs root; building must not have it. So only this program is run again, through sudo.

use std::env;
use std::path::Path;
use std::process::Command;

use anyhow::Context;

use crate::run;

/// Whether this process is root.
pub fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// A command that runs as root: itself when we are root, else through sudo.
pub fn command(program: &str) -> Command {
    if is_root() {
        return Command::new(program);
    }
    let mut sudo = Command::new("sudo");
    sudo.arg(program);
    sudo
}

/// Runs this program again as root with the arguments it was started with.
pub fn again() -> anyhow::Result<()> {
    let exe = env::current_exe().context("cannot tell where this program is")?;
    let mut sudo = Command::new("sudo");
    run::step("recording needs root", sudo.arg(exe).args(env::args_os().skip(1)))
}

/// Gives a file made under sudo to the user who called sudo.
pub fn hand_back(path: &Path) -> anyhow::Result<()> {
    let id = |name| env::var(name).ok().and_then(|text| text.parse::<u32>().ok());
    let (Some(uid), Some(gid)) = (id("SUDO_UID"), id("SUDO_GID")) else { return Ok(()) };
    std::os::unix::fs::chown(path, Some(uid), Some(gid))
        .with_context(|| format!("cannot give {} to user {uid}", path.display()))
}
