//! Our own programs for the guest, built from this workspace.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context;

use super::cache;
use super::initramfs::Luggage;
use crate::{repo, run};

/// Package and binary.
const BUILT: &[(&str, &str)] = &[
    ("iscsi-collector", "iscsi-trace"),
    ("iscsi-relay", "iscsi-relay"),
    ("iscsi-tui", "iscsitop"),
];

/// Where the programs are.
#[derive(Debug)]
pub struct Programs(Vec<(&'static str, PathBuf)>);

impl Programs {
    /// Builds them, and takes off the symbols: the guest's memory holds them twice.
    pub fn build() -> anyhow::Result<Self> {
        Self::of_profile("dev", "debug")
    }

    /// The same as users run them, for measuring.
    pub fn build_fast() -> anyhow::Result<Self> {
        Self::of_profile("release", "release")
    }

    fn of_profile(profile: &str, target: &str) -> anyhow::Result<Self> {
        let mut cargo = Command::new("cargo");
        cargo.args(["build", "--locked", "--profile", profile]).current_dir(repo::root());
        for (package, _) in BUILT {
            cargo.args(["--package", package]);
        }
        run::step("build what runs in the guest", &mut cargo)?;
        let folder = cache()?.join("programs");
        fs::create_dir_all(&folder)?;
        let mut programs = Vec::new();
        for (_, name) in BUILT {
            let stripped = folder.join(name);
            let built = repo::root().join("target").join(target).join(name);
            run::quiet(Command::new("strip").arg("-o").arg(&stripped).arg(built))?;
            programs.push((*name, stripped));
        }
        Ok(Self(programs))
    }

    /// `iscsi-trace` for this machine: the same build.
    pub fn iscsi_trace(&self) -> anyhow::Result<&Path> {
        let found = self.0.iter().find(|(name, _)| *name == "iscsi-trace");
        found.map(|(_, file)| file.as_path()).context("iscsi-trace was not built")
    }

    /// Puts them where the guest's PATH finds them.
    pub fn pack(&self, luggage: &mut Luggage) {
        for (name, file) in &self.0 {
            luggage.copy(PathBuf::from("/bin").join(name), file);
        }
    }
}
