//! What the process may, before and after the probes are attached.
//!
//! Afterwards it keeps what attaching again takes when a module comes later, and nothing else: `CAP_BPF` to load,
//! `CAP_PERFMON` to attach and to read kernel memory, `CAP_SYSLOG` to see the addresses in `/proc/kallsyms`. Where
//! `kernel.perf_event_paranoid` is 3 or more (a setting of Debian's and Ubuntu's), perf_event_open asks for
//! `CAP_SYS_ADMIN`, which then stays, too.
//!
//! Capabilities belong to threads: those started later inherit what is left, earlier ones keep what they have.

use std::fs;
use std::io;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use rustix::thread::{
    CapabilitySet, CapabilitySets, capabilities, clear_ambient_capability_set, set_capabilities,
    set_no_new_privs,
};

use super::StartError;
use crate::host::Roots;
use crate::kernel::release::{Release, Version};

/// From this value on, distributions' kernels ask for `CAP_SYS_ADMIN`.
const PARANOID: i32 = 3;

/// Checks that tracing is allowed at all.
pub fn check(roots: &Roots) -> Result<(), StartError> {
    let have = capabilities(None).map_or(CapabilitySet::empty(), |sets| sets.effective);
    let paranoid = paranoid(roots);
    let missing = missing(have, paranoid);
    if !missing.is_empty() {
        let is_paranoid = paranoid >= PARANOID && missing == ["CAP_SYS_ADMIN"];
        let note = if is_paranoid { PARANOID_NOTE } else { "" };
        return Err(StartError::Capabilities { missing, note });
    }
    if is_confidential(
        &fs::read_to_string(roots.sysfs("kernel/security/lockdown")).unwrap_or_default(),
    ) {
        return Err(StartError::Lockdown);
    }
    Ok(())
}

const PARANOID_NOTE: &str = "\nCAP_PERFMON would do if kernel.perf_event_paranoid were below 3: \
                             sysctl kernel.perf_event_paranoid=2";

/// The first kernel that does not count maps as locked memory (kernel: `bpf_map_charge_init`, gone in 5.11).
pub const UNCOUNTED: Version = Version(5, 11);

/// What all maps need, bytes: the ring buffer, the flight recorder, counters.
pub const MAPS: u64 = 64 << 20;

/// Raises the limit of locked memory where maps count as such, as the usual one is far too small.
pub fn unlock_memory(roots: &Roots) -> Result<(), StartError> {
    let all = Rlimit { current: None, maximum: None };
    if Release::read(roots).version() >= UNCOUNTED || setrlimit(Resource::Memlock, all).is_ok() {
        return Ok(());
    }
    let maximum = getrlimit(Resource::Memlock).maximum;
    match maximum {
        Some(limit) if limit < MAPS => Err(StartError::LockedMemory { limit }),
        // Only lowering it could be forbidden.
        _ => setrlimit(Resource::Memlock, Rlimit { current: maximum, maximum })
            .map_err(|error| StartError::Privileges(error.into())),
    }
}

/// Gives up what is not needed any more, for good.
pub fn drop_others(roots: &Roots) -> io::Result<()> {
    let sets = capabilities(None)?;
    let kept = sets.permitted & keep(sets.permitted, paranoid(roots));
    // Without ambient capabilities there are none to clear.
    let _ = clear_ambient_capability_set();
    set_capabilities(
        None,
        CapabilitySets { effective: kept, permitted: kept, inheritable: CapabilitySet::empty() },
    )?;
    set_no_new_privs(true)?;
    Ok(())
}

fn keep(have: CapabilitySet, paranoid: i32) -> CapabilitySet {
    let needed = CapabilitySet::BPF | CapabilitySet::PERFMON;
    let keep = needed | CapabilitySet::SYSLOG;
    // Where only CAP_SYS_ADMIN was given, it stands for the two.
    let is_enough = have.contains(needed) && paranoid < PARANOID;
    if is_enough { keep } else { keep | CapabilitySet::SYS_ADMIN }
}

fn missing(have: CapabilitySet, paranoid: i32) -> Vec<&'static str> {
    if have.contains(CapabilitySet::SYS_ADMIN) {
        return Vec::new();
    }
    let mut missing = Vec::new();
    if !have.contains(CapabilitySet::BPF) {
        missing.push("CAP_BPF");
    }
    if !have.contains(CapabilitySet::PERFMON) {
        missing.push("CAP_PERFMON");
    }
    if paranoid >= PARANOID {
        missing.push("CAP_SYS_ADMIN");
    }
    missing
}

/// `kernel.perf_event_paranoid`; the mainline kernel's own default where it cannot be read.
fn paranoid(roots: &Roots) -> i32 {
    fs::read_to_string(roots.path("/proc/sys/kernel/perf_event_paranoid"))
        .ok()
        .and_then(|text| text.trim().parse().ok())
        .unwrap_or(2)
}

/// The mode in force stands in brackets: `none integrity [confidentiality]`.
fn is_confidential(lockdown: &str) -> bool {
    lockdown.contains("[confidentiality]")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_depends_on_what_the_distribution_asks_for() {
        let both = CapabilitySet::BPF | CapabilitySet::PERFMON;
        assert_eq!(missing(CapabilitySet::empty(), 2), ["CAP_BPF", "CAP_PERFMON"]);
        assert_eq!(missing(CapabilitySet::PERFMON, 2), ["CAP_BPF"]);
        assert_eq!(missing(both, 2), [""; 0]);
        assert_eq!(missing(both, 3), ["CAP_SYS_ADMIN"]);
        assert_eq!(missing(CapabilitySet::SYS_ADMIN, 3), [""; 0]);
    }

    #[test]
    fn only_a_distribution_that_asks_for_it_leaves_sys_admin() {
        let all = CapabilitySet::all();
        assert!(!keep(all, 2).contains(CapabilitySet::SYS_ADMIN));
        assert!(keep(all, 3).contains(CapabilitySet::SYS_ADMIN));
        assert!(keep(CapabilitySet::SYS_ADMIN, 2).contains(CapabilitySet::SYS_ADMIN));
        assert!(!keep(all, 3).contains(CapabilitySet::DAC_OVERRIDE));
    }

    #[test]
    fn integrity_alone_is_no_hindrance() {
        assert!(is_confidential("none integrity [confidentiality]\n"));
        assert!(!is_confidential("none [integrity] confidentiality\n"));
        assert!(!is_confidential(""));
    }
}
