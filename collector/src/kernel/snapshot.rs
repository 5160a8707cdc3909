//! The kernel at one moment: all that decides which probes can run, and how.

use std::collections::BTreeSet;
use std::io;

use iscsi_ebpf::config::Config;
use iscsi_ebpf::offsets::FIELDS;

use super::btf::KernelBtf;
use super::modules;
use super::offsets::Known;
use super::probes::{PROBES, Plan};
use super::release::Release;
use super::symbols::Symbols;
use crate::host::Roots;

/// What was found.
pub struct Snapshot {
    /// The loaded modules that probes or fields belong to.
    pub modules: BTreeSet<String>,
    /// Where fields lie.
    pub known: Known,
    /// The functions.
    pub symbols: Symbols,
    /// The probes that can be attached.
    pub plan: Plan,
}

/// A file without which nothing can be said.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {error}; without it no function can be found")]
pub struct Unreadable {
    path: &'static str,
    error: io::Error,
}

impl Snapshot {
    /// Looks at everything.
    ///
    /// # Errors
    /// When functions or modules cannot be listed.
    pub fn take(roots: &Roots, config: &Config, btf: &mut KernelBtf) -> Result<Self, Unreadable> {
        // First, so that a module that comes meanwhile is seen as a change later.
        let modules = relevant(roots)?;
        btf.forget_modules();
        let known = Known::find(btf, &Release::read(roots));
        let symbols = Symbols::read(roots, Plan::functions())
            .map_err(|error| Unreadable { path: "/proc/kallsyms", error })?;
        let plan = Plan::make(roots, config, &known, &symbols, &modules);
        Ok(Self { modules, known, symbols, plan })
    }
}

/// The loaded modules that probes or fields belong to.
///
/// # Errors
/// When modules cannot be listed.
pub fn relevant(roots: &Roots) -> Result<BTreeSet<String>, Unreadable> {
    let mut loaded =
        modules::loaded(roots).map_err(|error| Unreadable { path: "/proc/modules", error })?;
    loaded.retain(|name| {
        PROBES.iter().any(|probe| probe.point.module() == name)
            || FIELDS.iter().any(|field| field.module == name)
    });
    Ok(loaded)
}
