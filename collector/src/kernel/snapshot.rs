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

/// Looks at a kernel whose modules change all the time before one of them must do; a later change is followed anyway.
const ATTEMPTS: u32 = 5;

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
        let mut modules = relevant(roots)?;
        let mut attempt = 1;
        loop {
            let snapshot = Self::with(roots, config, btf, modules)?;
            // A module that came or went meanwhile is in one file and not in the other.
            modules = relevant(roots)?;
            if modules == snapshot.modules || attempt == ATTEMPTS {
                return Ok(snapshot);
            }
            attempt += 1;
        }
    }

    fn with(
        roots: &Roots,
        config: &Config,
        btf: &mut KernelBtf,
        modules: BTreeSet<String>,
    ) -> Result<Self, Unreadable> {
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
