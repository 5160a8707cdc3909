//! The build itself: the same bytes in whatever folder the repository lies.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::Context;

use super::toolchain::Toolchain;
use crate::{repo, run};

const TARGET: &str = "bpfel-unknown-none";

/// Builds the probes and says where the object is.
pub fn object(toolchain: &Toolchain) -> anyhow::Result<PathBuf> {
    let root = repo::root();
    let target = root.join("target/bpf");
    let probes = root.join("ebpf/probes");
    // First, so that the folders to be renamed exist.
    run::quiet(Command::new("cargo").args(["fetch", "--locked"]).current_dir(&probes))?;
    run::step(
        "build the probes",
        Command::new("cargo")
            .args(["build", "--quiet", "--release", "--locked", "-Z", "build-std=core"])
            .args(["--target", TARGET, "--target-dir"])
            .arg(&target)
            .current_dir(&probes)
            // Incremental builds cut the code into other units, and other bytes come of it.
            .env("CARGO_INCREMENTAL", "0")
            // The two unstable things used: building `core`, and where its source is.
            .env("RUSTC_BOOTSTRAP", "1")
            .env("__CARGO_TESTS_ONLY_SRC_ROOT", &toolchain.library)
            .env("RUSTC_WRAPPER", root.join("xtask/src/bpf/rustc.sh"))
            .env("CARGO_ENCODED_RUSTFLAGS", flags(toolchain)?.join("\u{1f}")),
    )?;
    Ok(target.join(TARGET).join("release/iscsi-probes"))
}

fn flags(toolchain: &Toolchain) -> anyhow::Result<Vec<String>> {
    let mut flags = vec![
        format!("-Clinker={}", toolchain.linker.display()),
        // Registers differ per architecture; the committed object is for this one.
        "--cfg=bpf_target_arch=\"x86_64\"".to_owned(),
        // Line and type information, which the kernel shows beside what its verifier refuses.
        "-Cdebuginfo=2".to_owned(),
        "-Clink-arg=--btf".to_owned(),
    ];
    let mut places = vec![(repo::root(), "/iscsi-trace")];
    // One folder for each registry or mirror, named after its address.
    for registry in fs::read_dir(cargo_home()?.join("registry/src"))? {
        places.push((registry?.path(), "/crates"));
    }
    // Last, because it may be inside the repository, and the last that fits counts.
    places.push((toolchain.library.clone(), "/rust/library"));
    flags.extend(
        places.iter().map(|(from, to)| format!("--remap-path-prefix={}={to}", from.display())),
    );
    Ok(flags)
}

fn cargo_home() -> anyhow::Result<PathBuf> {
    std::env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cargo")))
        .context("neither CARGO_HOME nor HOME is set")
}
