//! Each probe: whether this kernel has the place it goes to and the fields it reads. Nothing is attached for this.

use std::io;

use iscsi_ebpf::command::Class;
use iscsi_ebpf::config::Config;
use iscsi_ebpf::event::Kind;
use zerocopy::FromZeros as _;

use super::{Check, Status};
use crate::host::Roots;
use crate::kernel::btf::KernelBtf;
use crate::kernel::errors;
use crate::kernel::probes::{Plan, Planned, Point, Reason};
use crate::kernel::snapshot::Snapshot;
use crate::kernel::symbols::Symbols;

pub(super) fn checks(roots: &Roots) -> Vec<Check> {
    let mut btf = KernelBtf::read(roots);
    let symbols = match Symbols::read(roots, Plan::functions()) {
        Ok(symbols) => symbols,
        Err(error) => return unreadable(roots, "/proc/kallsyms", &error),
    };
    let snapshot = match Snapshot::take(roots, &everything(), &mut btf, Some(&symbols)) {
        Ok(snapshot) => snapshot,
        Err(error) => return unreadable(roots, "/proc/modules", &error),
    };
    let table = snapshot.known.unproven().map(|source| {
        let detail = format!(
            "the modules' types are not described; fields are where {source} has them, which live tracing \
             compares with sysfs before it believes them"
        );
        Check::ok("table of offsets", detail)
    });
    let probes = snapshot.plan.probes.iter().map(check);
    let differences = errors::differences(&mut btf);
    let differences = differences.iter().map(|difference| {
        Check::new(
            format!("connection error {}", difference.code),
            Status::Limited,
            difference.to_string(),
        )
        .remedy("update this program, or read the code in the kernel's include/scsi/iscsi_if.h")
    });
    table.into_iter().chain(probes).chain(differences).collect()
}

/// A copy of a machine need not have everything; here, live tracing fails by the same error.
fn unreadable(roots: &Roots, path: &str, error: &io::Error) -> Vec<Check> {
    let status = if roots.is_machine() { Status::Blocked } else { Status::Unknown };
    vec![
        Check::new("probes", status, format!("{path}: {error}"))
            .remedy("mount procfs: mount -t proc proc /proc"),
    ]
}

/// All probes that there are.
fn everything() -> Config {
    let kinds = Kind::ALL.iter().fold(0, |bits, kind| bits | 1 << *kind as u32);
    let classes = Class::ALL.iter().fold(0, |bits, class| bits | 1 << *class as u32);
    Config { kinds, classes, count: 1, ..Config::new_zeroed() }
}

fn check(planned: &Planned) -> Check {
    let probe = planned.probe;
    let place = match probe.point {
        Point::Entry { module, function } => format!("entry of {function} [{module}]"),
        Point::Return { module, function } => format!("return of {function} [{module}]"),
        Point::Tracepoint { category, name, .. } => format!("tracepoint {category}:{name}"),
        Point::RawTracepoint { name, .. } => format!("tracepoint {name}"),
    };
    match &planned.off {
        None => Check::ok(probe.program, place),
        Some(Reason::Module(module)) => {
            Check::ok(probe.program, format!("{place}, once module {module} is loaded"))
        }
        Some(reason) => {
            let need = if probe.required { "missing" } else { "incomplete" };
            let detail = format!("{place}: {reason}; {need}: {}", probe.feature.name());
            Check::new(probe.program, Status::Limited, detail)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::tests::Scratch;
    use crate::kernel::probes::PROBES;

    #[test]
    fn every_probe_is_listed_with_what_it_waits_for_or_what_is_lost() {
        let scratch = Scratch::new("probes");
        scratch.write("proc/modules", "libiscsi 1 0 - Live 0x0\n");
        scratch.write("proc/kallsyms", "ffffffffc0000000 t iscsi_eh_abort\t[libiscsi]\n");
        let checks = checks(&Roots::under(scratch.path()));
        assert_eq!(checks.len(), PROBES.len());
        let find = |name| checks.iter().find(|check| check.name == name).unwrap();
        let waits = find("iscsi_sw_tcp_pdu_init");
        assert_eq!(waits.status, Status::Ok);
        assert!(waits.detail.ends_with("once module iscsi_tcp is loaded"), "{}", waits.detail);
        let lost = find("iscsi_conn_start");
        assert_eq!(lost.status, Status::Limited);
        assert!(
            lost.detail.ends_with("no function iscsi_conn_start; missing: connections"),
            "{}",
            lost.detail
        );
    }

    #[test]
    fn without_a_list_of_functions_nothing_is_claimed() {
        let scratch = Scratch::new("probes-none");
        let checks = checks(&Roots::under(scratch.path()));
        assert_eq!(checks.iter().map(|check| check.status).collect::<Vec<_>>(), [Status::Unknown]);
    }
}
