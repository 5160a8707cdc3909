//! What this process may do, and what the machine forbids everybody.

use super::capabilities::{Capabilities, Capability};
use super::{Check, Status, read};
use crate::host::Roots;
use crate::kernel::release::Release;
use crate::source::live::privileges::{MAPS, UNCOUNTED};

/// How to get all that is needed.
const ROOT: &str =
    "run it with sudo, or once: setcap cap_bpf,cap_perfmon,cap_syslog+ep $(command -v iscsi-trace)";

pub(super) fn checks(roots: &Roots) -> Vec<Check> {
    let Some(set) = Capabilities::read(roots) else {
        return vec![Check::new(
            "capabilities",
            Status::Unknown,
            "/proc/self/status cannot be read",
        )];
    };
    let mut checks = vec![
        needed(set, Capability::Bpf, "CAP_BPF", Status::Blocked, "to load probes"),
        needed(set, Capability::Perfmon, "CAP_PERFMON", Status::Blocked, "to attach probes"),
        needed(
            set,
            Capability::Syslog,
            "CAP_SYSLOG",
            Status::Limited,
            "to name functions in kernel stacks",
        ),
    ];
    checks.push(lockdown(roots));
    checks.extend(perf_event_paranoid(roots, set));
    checks.extend(unprivileged_bpf(roots, set));
    checks.extend(locked_memory(roots, set));
    checks.extend(kptr_restrict(roots));
    checks.extend(dmesg_restrict(roots, set));
    checks
}

fn needed(
    set: Capabilities,
    capability: Capability,
    name: &str,
    without: Status,
    why: &str,
) -> Check {
    // Syslog is not a part of SysAdmin for what is needed here (kernel: `kallsyms_show_value`).
    let has = match capability {
        Capability::Syslog => set.has(capability),
        _ => set.has_or_admin(capability),
    };
    if has {
        return Check::ok(name, format!("this process has it, {why}"));
    }
    Check::new(name, without, format!("this process lacks it, {why}")).remedy(ROOT)
}

/// `none integrity [confidentiality]`: the last forbids kprobes and reading kernel memory (kernel:
/// `LOCKDOWN_KPROBES`, `LOCKDOWN_BPF_READ_KERNEL`).
fn lockdown(roots: &Roots) -> Check {
    let name = "lockdown";
    let Ok(modes) = std::fs::read_to_string(roots.sysfs("kernel/security/lockdown")) else {
        return Check::ok(name, "not in this kernel, or securityfs is not mounted");
    };
    let mode = modes.split(['[', ']']).nth(1).unwrap_or_default();
    match mode {
        "confidentiality" => {
            Check::new(name, Status::Blocked, "confidentiality: probes must not read kernel memory")
                .remedy("boot with lockdown=integrity or without it (Secure Boot may set it)")
        }
        mode => Check::ok(name, mode),
    }
}

/// From 3 on, which only Debian's and Android's kernels know, perf events need CAP_SYS_ADMIN; CAP_PERFMON does not
/// do.
fn perf_event_paranoid(roots: &Roots, set: Capabilities) -> Option<Check> {
    let name = "kernel.perf_event_paranoid";
    let value: i32 = read(roots, "/proc/sys/kernel/perf_event_paranoid").ok()?.parse().ok()?;
    if value < 3 || set.has(Capability::SysAdmin) {
        return Some(Check::ok(name, value.to_string()));
    }
    let detail = format!(
        "{value}: probes cannot be attached without CAP_SYS_ADMIN, CAP_PERFMON is not enough"
    );
    Some(
        Check::new(name, Status::Blocked, detail)
            .remedy("run it with sudo, or sysctl kernel.perf_event_paranoid=2"),
    )
}

fn unprivileged_bpf(roots: &Roots, set: Capabilities) -> Option<Check> {
    let value = read(roots, "/proc/sys/kernel/unprivileged_bpf_disabled").ok()?;
    let detail = if set.has_or_admin(Capability::Bpf) {
        format!("{value}; CAP_BPF is here, so it does not matter")
    } else {
        format!("{value}; probes on kernel functions need CAP_BPF in any case")
    };
    Some(Check::ok("kernel.unprivileged_bpf_disabled", detail))
}

fn locked_memory(roots: &Roots, set: Capabilities) -> Option<Check> {
    let name = "locked memory";
    if Release::read(roots).version() >= UNCOUNTED || set.has(Capability::SysResource) {
        return None;
    }
    let limits = read(roots, "/proc/self/limits").ok()?;
    let limit = limits.lines().find_map(|line| line.strip_prefix("Max locked memory"))?;
    // Soft limit, which may be raised to the hard one; hard limit, unit.
    let hard = limit.split_whitespace().nth(1)?;
    let enough = hard.parse().map_or(hard == "unlimited", |bytes: u64| bytes >= MAPS);
    if enough {
        return Some(Check::ok(name, hard));
    }
    let detail = format!(
        "{hard} bytes at most; before Linux 5.11 the probes' maps count as locked, and are up to {MAPS}"
    );
    Some(Check::new(name, Status::Blocked, detail).remedy(
        "run it with sudo, or raise the limit (ulimit -l unlimited, as root), or give it CAP_SYS_RESOURCE, too",
    ))
}

fn kptr_restrict(roots: &Roots) -> Option<Check> {
    let name = "kernel.kptr_restrict";
    Some(match read(roots, "/proc/sys/kernel/kptr_restrict").ok()?.as_str() {
        "2" => Check::new(
            name,
            Status::Limited,
            "2: kernel stacks show no function names, not even to root",
        )
        .remedy("sysctl kernel.kptr_restrict=1"),
        value => Check::ok(name, value),
    })
}

fn dmesg_restrict(roots: &Roots, set: Capabilities) -> Option<Check> {
    let name = "kernel.dmesg_restrict";
    let value = read(roots, "/proc/sys/kernel/dmesg_restrict").ok()?;
    if value == "0" || set.has_or_admin(Capability::Syslog) {
        return Some(Check::ok(name, value));
    }
    let detail = format!("{value}: `sessions` cannot tell how long a connection has been lost");
    Some(Check::new(name, Status::Limited, detail).remedy(ROOT))
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;
    use crate::host::tests::Scratch;

    const ALL: &str = "CapEff:\t000001ffffffffff\n";
    const BPF_AND_PERFMON: &str = "CapEff:\t000000c000000000\n";

    /// What is not as it should be.
    fn bad(scratch: &Scratch) -> HashMap<String, Status> {
        let checks = checks(&Roots::under(scratch.path()));
        checks.into_iter().filter(|c| c.status != Status::Ok).map(|c| (c.name, c.status)).collect()
    }

    #[test]
    fn root_may_everything() {
        let scratch = Scratch::new("privileges-root");
        scratch.write("proc/self/status", ALL);
        scratch.write("proc/sys/kernel/perf_event_paranoid", "3\n");
        scratch.write("proc/sys/kernel/dmesg_restrict", "1\n");
        assert_eq!(bad(&scratch), HashMap::new());
    }

    #[test]
    fn debians_paranoia_stops_all_but_root() {
        let scratch = Scratch::new("privileges-paranoid");
        scratch.write("proc/self/status", BPF_AND_PERFMON);
        scratch.write("proc/sys/kernel/perf_event_paranoid", "3\n");
        let expected =
            [("kernel.perf_event_paranoid", Status::Blocked), ("CAP_SYSLOG", Status::Limited)];
        assert_eq!(bad(&scratch), expected.map(|(name, status)| (name.to_owned(), status)).into());
        scratch.write("proc/sys/kernel/perf_event_paranoid", "2\n");
        assert_eq!(bad(&scratch).len(), 1);
    }

    #[test]
    fn old_kernels_count_maps_as_locked_memory() {
        let scratch = Scratch::new("privileges-memlock");
        scratch.write("proc/self/status", BPF_AND_PERFMON);
        scratch.write("proc/sys/kernel/osrelease", "5.10.0-9-amd64\n");
        let limits = |hard| format!("Limit\nMax locked memory         65536    {hard}    bytes\n");
        scratch.write("proc/self/limits", &limits("65536"));
        assert_eq!(bad(&scratch).get("locked memory"), Some(&Status::Blocked));
        scratch.write("proc/self/limits", &limits("unlimited"));
        assert_eq!(bad(&scratch).get("locked memory"), None);
        scratch.write("proc/self/limits", &limits("65536"));
        scratch.write("proc/sys/kernel/osrelease", "5.11.0\n");
        assert_eq!(bad(&scratch).get("locked memory"), None);
    }

    #[test]
    fn lockdown_blocks_in_confidentiality_mode_only() {
        let scratch = Scratch::new("privileges-lockdown");
        scratch.write("proc/self/status", ALL);
        scratch.write("sys/kernel/security/lockdown", "none [integrity] confidentiality\n");
        assert_eq!(bad(&scratch), HashMap::new());
        scratch.write("sys/kernel/security/lockdown", "none integrity [confidentiality]\n");
        assert_eq!(bad(&scratch), HashMap::from([("lockdown".to_owned(), Status::Blocked)]));
    }
}
