//! The kernel at one moment: all that decides which probes can run, and how.

use std::collections::{BTreeMap, BTreeSet};
use std::{io, mem};

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
    /// The modules that probes or fields belong to, those that are there.
    pub modules: BTreeSet<String>,
    /// Which builds of them ([`modules::build`]).
    pub builds: BTreeMap<String, Option<Vec<u8>>>,
    /// Where fields lie.
    pub known: Known,
    /// The probes that can be attached.
    pub plan: Plan,
}

impl Snapshot {
    /// Looks at everything. Without `symbols`, functions of modules that are there are taken to be there, too.
    ///
    /// # Errors
    /// When modules cannot be listed.
    pub fn take(
        roots: &Roots,
        config: &Config,
        btf: &mut KernelBtf,
        symbols: Option<&Symbols>,
    ) -> io::Result<Self> {
        let mut modules = relevant(roots)?;
        let mut attempt = 1;
        loop {
            btf.forget_modules();
            let known = Known::find(btf, &Release::read(roots));
            let before = mem::replace(&mut modules, relevant(roots)?);
            // A module that came or went meanwhile has fields where it was not listed, or the other way round.
            if before == modules || attempt == ATTEMPTS {
                let plan = Plan::make(roots, config, &known, symbols, &before);
                let build = |name: &String| (name.clone(), modules::build(roots, name));
                let builds = before.iter().map(build).collect();
                return Ok(Self { modules: before, builds, known, plan });
            }
            attempt += 1;
        }
    }
}

/// The modules that probes or fields belong to, those that are there.
///
/// # Errors
/// When modules cannot be listed.
pub fn relevant(roots: &Roots) -> io::Result<BTreeSet<String>> {
    modules::present(roots, names())
}

/// Whether a module is one of those.
#[must_use]
pub fn is_relevant(module: &str) -> bool {
    names().any(|name| name == module)
}

fn names() -> impl Iterator<Item = &'static str> {
    let probes = PROBES.iter().map(|probe| probe.point.module());
    probes.chain(FIELDS.iter().map(|field| field.module))
}
