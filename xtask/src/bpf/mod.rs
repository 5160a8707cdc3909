//! `cargo xtask bpf`: the committed object of the probes, rebuilt byte for byte.

mod build;
mod strip;
mod toolchain;

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, bail};

use crate::repo;

/// Rebuild the probes' object that is committed as `ebpf/iscsi-probes.o`
#[derive(Debug, clap::Args)]
pub struct Bpf {
    /// Only compare: fail when the committed object is not what its source gives
    #[arg(long)]
    check: bool,
}

impl Bpf {
    pub fn run(self) -> anyhow::Result<()> {
        let built = build::object(&toolchain::prepare()?)?;
        let linked =
            fs::read(&built).with_context(|| format!("no object at {}", built.display()))?;
        let bytes = strip::debug_sections(&linked)?;
        let committed = committed();
        if !self.check {
            fs::write(&committed, &bytes)
                .with_context(|| format!("cannot write {}", committed.display()))?;
            eprintln!("\n{}: {} bytes", committed.display(), bytes.len());
            return Ok(());
        }
        let old = fs::read(&committed).unwrap_or_default();
        if old != bytes {
            bail!(
                "{} ({} bytes) is not what its source gives ({} bytes): run `cargo xtask bpf` \
                 and commit the object with the source it was built from",
                committed.display(),
                old.len(),
                bytes.len(),
            );
        }
        eprintln!("\n{}: the bytes its source gives", committed.display());
        Ok(())
    }
}

fn committed() -> PathBuf {
    repo::root().join("ebpf/iscsi-probes.o")
}
