//! Debian packages the tasks need, installed when missing.

use std::path::Path;
use std::process::Command;

use crate::{root, run};

/// What the tests run next to the real binary.
pub const TEST: &[&str] = &["tshark"];
/// What is measured against, and with.
pub const BENCH: &[&str] = &["time", "tshark"];
/// libFuzzer is C++.
pub const FUZZ: &[&str] = &["g++"];
/// A target, an initiator and a sniffer: one failure, live.
pub const DEMO: &[&str] = &["tgt", "libiscsi-bin", "tcpdump"];
/// Every program whose traffic is recorded, and what the recordings are packed with.
pub const FIXTURES: &[&str] = &[
    "ethtool",
    "iproute2",
    "libiscsi-bin",
    "nftables",
    "qemu-block-extra",
    "qemu-utils",
    "tcpdump",
    "tgt",
    "tshark",
    "zstd",
];

/// Installs those of `packages` that are missing; does nothing, and asks for nothing, when none is.
pub fn install(packages: &[&str]) -> anyhow::Result<()> {
    let missing: Vec<&str> =
        packages.iter().copied().filter(|package| !is_installed(package)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    refresh()?;
    run::step(
        &format!("install {}", missing.join(" ")),
        apt().args(["-q", "install", "--yes", "--no-install-recommends"]).args(&missing),
    )?;
    if missing.contains(&"tgt") {
        keep_target_private()?;
    }
    Ok(())
}

/// Updates what apt knows about packages.
pub fn refresh() -> anyhow::Result<()> {
    run::step("refresh the package lists", apt().args(["-q", "update"]))
}

fn is_installed(package: &str) -> bool {
    Command::new("dpkg-query")
        .args(["--show", "--showformat=${db:Status-Status}", package])
        .output()
        .is_ok_and(|output| output.stdout == b"installed")
}

/// `env` carries the setting through sudo, which drops the caller's environment.
fn apt() -> Command {
    let mut command = root::command("env");
    command.args(["DEBIAN_FRONTEND=noninteractive", "apt-get"]);
    command
}

/// The package starts a target daemon that listens on every address; whoever had none before wants none now.
fn keep_target_private() -> anyhow::Result<()> {
    if !Path::new("/run/systemd/system").exists() {
        return Ok(());
    }
    run::step(
        "stop the target service that came with the package",
        root::command("systemctl").args(["disable", "--now", "tgt.service"]),
    )
}
