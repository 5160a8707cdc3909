//! `cargo xtask fuzz`: libFuzzer over the targets of tests/fuzz, with a stable toolchain and without cargo-fuzz.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};

use crate::{repo, run, setup};

/// Look for inputs that break a decoder, a filter, the model or an output
#[derive(Debug, clap::Args)]
pub struct Fuzz {
    /// How long to spend on each target
    #[arg(long, default_value_t = 60, value_name = "SECONDS")]
    seconds: u64,
    /// Only these targets
    #[arg(value_name = "TARGET")]
    targets: Vec<String>,
}

/// What cargo-fuzz passes for coverage counters and comparisons; the checks are the profile's.
const INSTRUMENT: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares --cfg fuzzing";

impl Fuzz {
    pub fn run(self) -> anyhow::Result<()> {
        all(&self.targets, &[format!("-max_total_time={}", self.seconds)])
    }
}

/// A short run of every target, for `cargo xtask test`: the same inputs each time, so that a change is judged by
/// what it changed and not by luck.
pub fn short() -> anyhow::Result<()> {
    all(&[], &["-seed=7143".to_owned(), "-runs=3000".to_owned()])
}

/// Fuzzes the chosen targets, or every one the fuzzer has.
fn all(chosen: &[String], effort: &[String]) -> anyhow::Result<()> {
    setup::install(setup::FUZZ)?;
    let fuzzer = build()?;
    let list = String::from_utf8(run::quiet(&mut Command::new(&fuzzer))?.stdout)?;
    let targets: Vec<&str> = list.lines().collect();
    if let Some(unknown) = chosen.iter().find(|name| !targets.contains(&name.as_str())) {
        bail!("there is no target `{unknown}`; there are {}", targets.join(", "));
    }
    let broken: Vec<String> = targets
        .iter()
        .filter(|target| chosen.is_empty() || chosen.iter().any(|name| name == *target))
        .filter_map(|target| fuzz(&fuzzer, target, effort).err())
        .map(|error| format!("{error:#}"))
        .collect();
    if !broken.is_empty() {
        bail!("{}", broken.join("\n"));
    }
    Ok(())
}

/// Naming the host as target keeps the instrumentation off build scripts and procedural macros.
fn build() -> anyhow::Result<PathBuf> {
    let host = run::quiet(Command::new("rustc").args(["--print", "host-tuple"]))?;
    let host = String::from_utf8(host.stdout)?.trim().to_owned();
    let mut cargo = Command::new("cargo");
    cargo
        .args(["build", "--locked", "--package", "iscsi-fuzz", "--features", "libfuzzer"])
        .args(["--profile", "fuzz", "--target", &host, "--target-dir", "target/fuzz"])
        .env("RUSTFLAGS", INSTRUMENT)
        .current_dir(repo::root());
    run::step("build the fuzzer", &mut cargo)?;
    Ok(repo::root().join("target/fuzz").join(host).join("fuzz/iscsi-fuzz"))
}

fn fuzz(fuzzer: &Path, target: &str, effort: &[String]) -> anyhow::Result<()> {
    let folder = repo::root().join("target/fuzz/runs").join(target);
    let corpus = folder.join("corpus");
    fs::create_dir_all(&corpus).with_context(|| format!("cannot create {}", corpus.display()))?;
    let mut command = Command::new(fuzzer);
    command
        .args(effort)
        .args(["-timeout=10", "-rss_limit_mb=1024", "-print_final_stats=0", "-verbosity=0"])
        .arg(format!("-dict={}", folder.join("dictionary").display()))
        .arg(format!("-artifact_prefix={}/", folder.display()))
        .arg(&corpus)
        .env("ISCSI_FUZZ_TARGET", target)
        .env("ISCSI_FUZZ_SEEDS", &folder);
    run::step(&format!("fuzz {target}"), &mut command).with_context(|| {
        format!(
            "{target} broke; the input is the newest file in {}. Once the cause is fixed, keep it as \
             tests/fuzz/regressions/{target}-WHAT",
            folder.display()
        )
    })
}
