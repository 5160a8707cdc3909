//! What a scenario file says: tests/lab/scenarios/NAME.toml.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use iscsi_tests::truth::Expected;
use serde::Deserialize;

use super::kernel::Kernel;
use crate::repo;

/// One scenario.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// The file's name without `.toml`.
    #[serde(skip)]
    pub name: String,
    /// One sentence: what happens.
    pub about: String,
    /// The kernel lines it is for; all if absent.
    kernels: Option<Vec<String>>,
    /// Seconds the script may take.
    #[serde(default = "usual_limit")]
    pub limit: u64,
    /// Whether `iscsi-trace live` watches it, and what it saw is compared with the wire.
    #[serde(default = "usually_watched")]
    pub watched: bool,
    /// Runs in the guest under `bash -eux` with the functions of tests/lab/guest/lib.sh.
    pub script: String,
    pub expect: Expect,
    /// What `iscsi-trace why` must say about it; scenarios without one are not judged.
    pub truth: Option<Expected>,
}

/// What must be so after the script.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expect {
    /// The codes of all connection errors the kernel reported, each once.
    pub errors: BTreeSet<u32>,
    /// Further codes that it may have reported or not.
    #[serde(default)]
    pub may: BTreeSet<u32>,
    /// PDUs on the wire in each direction, at most, that the kernel's initiator has no part in.
    #[serde(default)]
    pub strange: u64,
    /// Texts the kernel's log holds.
    #[serde(default)]
    pub log: Vec<String>,
}

/// Most scenarios take a few seconds; emulation on a busy machine makes that ten times as many.
fn usual_limit() -> u64 {
    90
}

fn usually_watched() -> bool {
    true
}

impl Scenario {
    /// Whether it is for this kernel line.
    pub fn is_for(&self, kernel: &Kernel) -> bool {
        self.kernels.as_ref().is_none_or(|names| names.iter().any(|name| name == kernel.name))
    }

    fn read(path: &Path) -> anyhow::Result<Self> {
        let text = fs::read_to_string(path)?;
        let mut scenario: Self =
            toml::from_str(&text).with_context(|| format!("{} is not right", path.display()))?;
        for name in scenario.kernels.iter().flatten() {
            Kernel::find(name).with_context(|| format!("in {}", path.display()))?;
        }
        scenario.name =
            path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        Ok(scenario)
    }
}

fn folder() -> PathBuf {
    repo::root().join("tests/lab/scenarios")
}

/// Every scenario, by name.
pub fn all() -> anyhow::Result<Vec<Scenario>> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder())? {
        paths.push(entry?.path());
    }
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    paths.sort();
    paths.iter().map(|path| Scenario::read(path)).collect()
}

/// The scenarios of these names, in this order.
pub fn named(names: &[String]) -> anyhow::Result<Vec<Scenario>> {
    names
        .iter()
        .map(|name| {
            let path = folder().join(format!("{name}.toml"));
            if !path.exists() {
                bail!("no scenario is called `{name}`; `cargo xtask lab list` shows all");
            }
            Scenario::read(&path)
        })
        .collect()
}
