//! The tracing file system, and switches that turn probes off.

use std::io;

use super::{Check, Status, read};
use crate::host::Roots;
use crate::host::sysfs::Dir;

/// Where tracefs is mounted, and where it used to be.
const PLACES: [&str; 2] = ["kernel/tracing/events", "kernel/debug/tracing/events"];

pub(super) fn checks(roots: &Roots) -> Vec<Check> {
    [Some(mounted(roots)), kprobes(roots), jit(roots)].into_iter().flatten().collect()
}

fn mounted(roots: &Roots) -> Check {
    let mut hidden = false;
    for place in PLACES {
        match Dir::open(&roots.sysfs(place)) {
            Ok(events) if events.names().iter().any(|name| name == "iscsi") => {
                return Check::ok("tracefs", "readable, with the iscsi tracepoints");
            }
            Ok(_) => {
                return Check::ok(
                    "tracefs",
                    "readable; the iscsi tracepoints come with scsi_transport_iscsi",
                );
            }
            Err(error) => hidden |= error.kind() == io::ErrorKind::PermissionDenied,
        }
    }
    let check = |detail| Check::new("tracefs", Status::Limited, detail);
    if hidden {
        return check("hidden: only root may read it; tracepoints stay off").remedy("run as root");
    }
    check("not mounted: tracepoints stay off")
        .remedy("mount -t tracefs tracefs /sys/kernel/tracing")
}

/// All kprobes can be switched off at once (kernel: `Documentation/trace/kprobes.rst`).
fn kprobes(roots: &Roots) -> Option<Check> {
    let enabled = std::fs::read_to_string(roots.sysfs("kernel/debug/kprobes/enabled")).ok()?;
    Some(match enabled.trim() {
        "0" => Check::new("kprobes", Status::Blocked, "switched off for the whole machine")
            .remedy("echo 1 > /sys/kernel/debug/kprobes/enabled"),
        _ => Check::ok("kprobes", "switched on"),
    })
}

fn jit(roots: &Roots) -> Option<Check> {
    Some(match read(roots, "/proc/sys/net/core/bpf_jit_enable").ok()?.as_str() {
        "0" => Check::new(
            "net.core.bpf_jit_enable",
            Status::Limited,
            "0: probes are interpreted, which costs several times more",
        )
        .remedy("sysctl net.core.bpf_jit_enable=1"),
        value => Check::ok("net.core.bpf_jit_enable", value),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::tests::Scratch;

    #[test]
    fn tracefs_is_found_at_either_place_and_its_absence_has_a_remedy() {
        let scratch = Scratch::new("tracefs");
        let roots = Roots::under(scratch.path());
        let missing = mounted(&roots);
        assert_eq!(missing.status, Status::Limited);
        assert!(missing.remedy.is_some_and(|remedy| remedy.starts_with("mount -t tracefs")));
        scratch.write("sys/kernel/debug/tracing/events/iscsi/enable", "0\n");
        assert_eq!(mounted(&roots), Check::ok("tracefs", "readable, with the iscsi tracepoints"));
    }

    #[test]
    fn probes_switched_off_block() {
        let scratch = Scratch::new("kprobes");
        let roots = Roots::under(scratch.path());
        assert_eq!(kprobes(&roots), None);
        scratch.write("sys/kernel/debug/kprobes/enabled", "0\n");
        assert_eq!(kprobes(&roots).unwrap().status, Status::Blocked);
    }
}
