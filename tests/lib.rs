//! What the end-to-end tests share: the real binary, and the captures.

pub mod conversation;
pub mod machine;
pub mod truth;

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

use anyhow::{Context, bail};
use serde_json::Value;

/// A command that runs the real `iscsi-trace`, built first if need be.
///
/// # Errors
/// It cannot be built.
pub fn iscsi_trace() -> anyhow::Result<Command> {
    static BINARY: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    match BINARY.get_or_init(|| build().map_err(|error| format!("{error:#}"))) {
        Ok(path) => Ok(Command::new(path)),
        Err(error) => bail!("{error}"),
    }
}

/// Cargo hands a test the binaries of its own package only; this is another package's, so it is built here, with
/// the profile and into the folder the test itself comes from.
fn build() -> anyhow::Result<PathBuf> {
    let test = env::current_exe()?;
    let profile =
        test.parent().and_then(Path::parent).context("the test is not in target/PROFILE/deps")?;
    let target = profile.parent().context("the test is not in target/PROFILE/deps")?;
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo
        .args(["build", "--quiet", "--package", "iscsi-collector", "--bin", "iscsi-trace"])
        .arg("--target-dir")
        .arg(target)
        .current_dir(root());
    if profile.ends_with("release") {
        cargo.arg("--release");
    }
    let output = cargo.stdin(Stdio::null()).output().context("cannot start cargo")?;
    if !output.status.success() {
        bail!("cannot build iscsi-trace:\n{}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(profile.join("iscsi-trace"))
}

/// The workspace's root folder.
#[must_use]
pub fn root() -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().unwrap_or(tests).to_path_buf()
}

/// Every capture we recorded, by name.
///
/// # Errors
/// The folder cannot be read.
pub fn captures() -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(root().join("tests/captures"))? {
        let path = entry?.path();
        if path.extension().is_none_or(|extension| extension != "md") {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// The capture with this file name.
#[must_use]
pub fn capture(file_name: &str) -> PathBuf {
    root().join("tests/captures").join(file_name)
}

/// Runs a command to its end, whatever that is, with nothing on stdin.
///
/// # Errors
/// It cannot be started.
pub fn run(command: &mut Command) -> anyhow::Result<Output> {
    command.stdin(Stdio::null()).output().with_context(|| format!("cannot run {command:?}"))
}

/// Everything `decode --output json` says about a capture, line by line.
///
/// # Errors
/// The command cannot be run, fails, or says something that is not JSON Lines.
pub fn decode_json(file: &Path, options: &[&str]) -> anyhow::Result<Vec<Value>> {
    let output = run(iscsi_trace()?.args(["decode", "--output", "json"]).args(options).arg(file))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("decoding {} ended with {}: {said}", file.display(), output.status);
    }
    json_lines(&output.stdout)
}

/// Parses JSON Lines.
///
/// # Errors
/// A line is not JSON.
pub fn json_lines(text: &[u8]) -> anyhow::Result<Vec<Value>> {
    text.split(|&byte| byte == b'\n')
        .filter(|line| !line.is_empty())
        .map(|line| {
            serde_json::from_slice(line)
                .with_context(|| format!("not JSON: {}", String::from_utf8_lossy(line)))
        })
        .collect()
}
