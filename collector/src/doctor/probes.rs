//! Each probe: what it shows, and whether this kernel has the place it goes to and the fields it reads. Nothing is
//! attached for this.

use std::io;

use iscsi_ebpf::command::Class;
use iscsi_ebpf::config::Config;
use iscsi_ebpf::event::Kind;
use zerocopy::FromZeros as _;

use super::{Check, Status};
use crate::host::Roots;
use crate::kernel::btf::KernelBtf;
use crate::kernel::errors;
use crate::kernel::probes::{PROVEN, Plan, Planned, Point, Reason};
use crate::kernel::release::{Release, Version};
use crate::kernel::snapshot::Snapshot;
use crate::kernel::symbols::Symbols;
use crate::source::live::skips;

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
    let general = [kernel(&Release::read(roots)), missed(roots)];
    general.into_iter().chain(table).chain(probes).chain(differences).collect()
}

/// Whether the table was seen to be right on a kernel like this one.
fn kernel(release: &Release) -> Check {
    let (Version(a, b), Version(c, d)) = PROVEN;
    let range = format!("{a}.{b} to {c}.{d}, where the lab found every place and field below");
    let name = "kernel for probes";
    if (PROVEN.0..=PROVEN.1).contains(&release.version()) {
        return Check::ok(name, format!("{release} is one of {range}"));
    }
    let detail = format!(
        "{release} is not one of {range}; places and fields are looked up in the running kernel, and those that are \
         not there are named below"
    );
    Check::new(name, Status::Unknown, detail)
}

/// How exactly it is known which events were missed because the kernel skipped a probe.
fn missed(roots: &Roots) -> Check {
    let detail = if skips::are_told(roots) {
        "counted by the kernel, for every probe"
    } else {
        "counted for SCSI PDUs of iscsi_tcp only, by the connection's own counters; from Linux 6.17 on the kernel \
         counts all"
    };
    Check::ok("skipped probes", detail)
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
    let (shows, feature) = (probe.shows, probe.feature.name());
    let optional = if probe.required { "" } else { ", optional" };
    let detail = format!("{shows} ({feature}{optional}); {place}");
    let reason = match &planned.off {
        None => return Check::ok(probe.program, detail),
        Some(Reason::Module(module)) => {
            return Check::ok(probe.program, format!("{detail}, once module {module} is loaded"));
        }
        Some(reason) => reason,
    };
    let off = if probe.required { "off" } else { "less" };
    let without = probe.without.map(|without| format!("; without it, {without}"));
    let detail =
        format!("{off}: {feature}: {shows}; {place}: {reason}{}", without.unwrap_or_default());
    let check = Check::new(probe.program, Status::Limited, detail);
    Check { remedy: reason.remedy().map(str::to_owned), ..check }
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
        assert_eq!(checks.len(), PROBES.len() + 2);
        let find = |name| checks.iter().find(|check| check.name == name).unwrap();
        let waits = find("iscsi_sw_tcp_pdu_init");
        assert_eq!(waits.status, Status::Ok);
        assert!(waits.detail.ends_with("once module iscsi_tcp is loaded"), "{}", waits.detail);
        let lost = find("iscsi_conn_start");
        assert_eq!(lost.status, Status::Limited);
        assert_eq!(
            lost.detail,
            "off: connections: the login is over; entry of iscsi_conn_start [libiscsi]: this kernel has no function \
             iscsi_conn_start; without it, the last Login Response says so"
        );
        assert!(lost.remedy.is_some());
        assert_eq!(find("kernel for probes").status, Status::Unknown);
    }

    #[test]
    fn a_kernel_between_those_of_the_lab_is_one_of_them() {
        for (release, status) in [
            ("5.4.0", Status::Unknown),
            ("5.10.0-46-amd64", Status::Ok),
            ("6.12.107+deb13-amd64", Status::Ok),
            ("7.3-rc1", Status::Ok),
            ("7.10", Status::Unknown),
        ] {
            assert_eq!(kernel(&Release::parse(release)).status, status, "{release}");
        }
    }

    #[test]
    fn without_a_list_of_functions_nothing_is_claimed() {
        let scratch = Scratch::new("probes-none");
        let checks = checks(&Roots::under(scratch.path()));
        assert_eq!(checks.iter().map(|check| check.status).collect::<Vec<_>>(), [Status::Unknown]);
    }
}
