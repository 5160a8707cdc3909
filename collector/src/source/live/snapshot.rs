use std::collections::BTreeSet;

use iscsi_ebpf::config::Config;
use iscsi_ebpf::offsets::FIELDS;

use super::StartError;
use crate::host::Roots;
use crate::kernel::modules;
use crate::kernel::offsets::Known;
use crate::kernel::probes::{PROBES, Plan};
use crate::kernel::release::Release;
use crate::kernel::symbols::Symbols;

/// The kernel at one moment: all that decides which probes can run, and how.
pub struct Snapshot {
    pub modules: BTreeSet<String>,
    pub known: Known,
    pub symbols: Symbols,
    pub plan: Plan,
}

impl Snapshot {
    pub fn take(roots: &Roots, config: &Config) -> Result<Self, StartError> {
        // First, so that a module that comes meanwhile is seen as a change later.
        let modules = relevant(roots).map_err(StartError::Modules)?;
        let known = Known::find(roots, &Release::read(roots));
        let symbols = Symbols::read(roots, Plan::functions()).map_err(StartError::Symbols)?;
        let plan = Plan::make(roots, config, &known, &symbols, &modules);
        Ok(Self { modules, known, symbols, plan })
    }
}

/// The loaded modules that probes or fields belong to.
pub fn relevant(roots: &Roots) -> std::io::Result<BTreeSet<String>> {
    let mut loaded = modules::loaded(roots)?;
    loaded.retain(|name| is_relevant(name));
    Ok(loaded)
}

/// Whether a module has probes or fields.
pub fn is_relevant(name: &str) -> bool {
    PROBES.iter().any(|probe| probe.point.module() == name)
        || FIELDS.iter().any(|field| field.module == name)
}
