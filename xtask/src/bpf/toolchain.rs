//! What building for the BPF target takes beside a stock stable Rust, put into `.cache/bpf/`; nothing on the
//! machine itself is changed.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};

use crate::lab::apt::Suite;
use crate::{repo, run};

/// The object's bytes depend on the compiler: everyone builds it with this one.
const RUST: &str = "1.95.0";
const LINKER: &str = "0.13.0";
/// The LLVM of that compiler, as bpf-linker's features call it.
const LINKER_FEATURE: &str = "llvm-22";

/// Where the parts are.
#[derive(Debug)]
pub struct Toolchain {
    /// bpf-linker's executable.
    pub linker: PathBuf,
    /// `library` of Rust's own source.
    pub library: PathBuf,
}

/// Finds or fetches everything; quick when it is there already.
pub fn prepare() -> anyhow::Result<Toolchain> {
    let version = rustc(&["--version"])?;
    if version.split(' ').nth(1) != Some(RUST) {
        bail!(
            "the probes are built with Rust {RUST}, this is {version}: \
             run `rustup toolchain install {RUST}`, then `cargo +{RUST} xtask bpf`"
        );
    }
    let sysroot = PathBuf::from(rustc(&["--print", "sysroot"])?);
    let cache = repo::root().join(".cache/bpf");
    fs::create_dir_all(&cache)?;
    Ok(Toolchain { linker: linker(&cache, &sysroot)?, library: library(&cache, &sysroot)? })
}

/// `core` has to be compiled for the target, so its source is needed: rustup's component, else Debian's package.
fn library(cache: &Path, sysroot: &Path) -> anyhow::Result<PathBuf> {
    let component = sysroot.join("lib/rustlib/src/rust/library");
    if component.join("core").exists() {
        return Ok(component);
    }
    let folder = cache.join(format!("rust-src-{RUST}"));
    let library = folder.join(format!("usr/src/rustc-{RUST}/library"));
    if !library.join("core").exists() {
        debian(cache, &folder).context("else `rustup component add rust-src` brings it")?;
    }
    Ok(library)
}

fn debian(cache: &Path, folder: &Path) -> anyhow::Result<()> {
    let suite = Suite::refresh("trixie-backports", cache)?;
    let version = suite.version("rust-src", RUST)?;
    suite.unpack(&[&format!("rust-src={version}")], folder)
}

/// Builds bpf-linker against the compiler's own LLVM: another one might not read its bitcode.
fn linker(cache: &Path, sysroot: &Path) -> anyhow::Result<PathBuf> {
    let root = cache.join(format!("bpf-linker-{LINKER}-rust-{RUST}"));
    let program = root.join("bin/bpf-linker");
    if program.exists() {
        return Ok(program);
    }
    let libraries = sysroot.join("lib");
    let llvm = fs::read_dir(&libraries)?
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .find(|path| {
            path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("libLLVM.so."))
        })
        .with_context(|| format!("no shared LLVM in {}", libraries.display()))?;
    let prefix = root.join("llvm");
    if prefix.exists() {
        fs::remove_dir_all(&prefix)?;
    }
    fs::create_dir_all(prefix.join("lib"))?;
    symlink(llvm, prefix.join("lib/libLLVM.so"))?;
    run::step(
        "build bpf-linker (some minutes, once)",
        Command::new("cargo")
            .args(["install", "--quiet", "--locked", "--version", LINKER])
            .args(["--no-default-features", "--features", LINKER_FEATURE, "--root"])
            .arg(&root)
            .arg("bpf-linker")
            .env("LLVM_PREFIX", &prefix)
            .env("RUSTFLAGS", format!("-C link-arg=-Wl,-rpath,{}", libraries.display())),
    )?;
    Ok(program)
}

fn rustc(arguments: &[&str]) -> anyhow::Result<String> {
    let output = run::quiet(Command::new("rustc").args(arguments))?;
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}
