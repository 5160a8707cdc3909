//! `doctor`, over made-up machines.

use std::collections::HashMap;

use iscsi_tests::machine::{CANARY, Machine};
use serde_json::Value;

use crate::trace;

const RELEASE: &str = "6.1.0-50-amd64";

/// A machine as Debian makes it, looked at by root.
fn debian(name: &str) -> Machine {
    let machine = Machine::new(name).unwrap();
    let options = [
        "BPF_SYSCALL",
        "BPF_EVENTS",
        "BPF_JIT",
        "PERF_EVENTS",
        "KALLSYMS",
        "KPROBES",
        "KPROBE_EVENTS",
        "EVENT_TRACING",
        "DEBUG_INFO_BTF",
        "DEBUG_INFO_BTF_MODULES",
    ];
    let mut config: String = options.iter().map(|option| format!("CONFIG_{option}=y\n")).collect();
    config.push_str("CONFIG_SCSI_ISCSI_ATTRS=m\nCONFIG_INET_TCP_DIAG=m\n");
    for (path, text) in [
        ("proc/sys/kernel/osrelease", RELEASE),
        (&format!("boot/config-{RELEASE}"), &config),
        ("proc/self/status", "CapEff:\t000001ffffffffff\n"),
        ("proc/sys/kernel/perf_event_paranoid", "3\n"),
        ("proc/sys/kernel/kptr_restrict", "0\n"),
        ("proc/77/comm", "iscsid\n"),
        ("sys/kernel/btf/vmlinux", "types"),
        ("sys/kernel/btf/libiscsi", "types"),
        ("sys/kernel/btf/scsi_transport_iscsi", "types"),
        ("sys/module/libiscsi/initstate", "live\n"),
        ("sys/module/scsi_transport_iscsi/initstate", "live\n"),
        ("sys/kernel/tracing/events/iscsi/enable", "0\n"),
        ("sys/kernel/security/lockdown", "[none] integrity confidentiality\n"),
    ] {
        machine.write(path, text).unwrap();
    }
    machine
}

/// The exit code, and every check by its name.
fn examine(machine: &Machine) -> (Option<i32>, HashMap<String, Value>) {
    let root = machine.root().display().to_string();
    let output = trace(&["doctor", "--output", "json", "--root", &root]);
    let checks = iscsi_tests::json_lines(&output.stdout).unwrap();
    let named = checks.into_iter().map(|check| (check["name"].as_str().unwrap().to_owned(), check));
    (output.status.code(), named.collect())
}

/// A copy of a machine has no list of its kernel's functions: what is said of the probes is left out.
fn not_ok(checks: &HashMap<String, Value>) -> Vec<&String> {
    let bad = checks.iter().filter(|(name, check)| check["status"] != "ok" && *name != "probes");
    let mut names: Vec<_> = bad.map(|(name, _)| name).collect();
    names.sort();
    names
}

#[test]
fn a_debian_machine_with_a_healthy_session_has_nothing_to_mend() {
    let machine = debian("healthy");
    machine.session(1).unwrap();
    let (code, checks) = examine(&machine);
    assert_eq!((code, not_ok(&checks)), (Some(0), vec![]));
    assert!(checks["iscsid"]["detail"].as_str().unwrap().contains("77"), "{}", checks["iscsid"]);
}

#[test]
fn whatever_blocks_live_ends_with_4_and_names_the_remedy() {
    for (name, path, text, check) in [
        ("config", "boot/config-6.1.0-50-amd64", "CONFIG_BPF_SYSCALL=y\n", "CONFIG_KPROBES"),
        ("caps", "proc/self/status", "CapEff:\t0000000000000000\n", "CAP_BPF"),
        (
            "paranoid",
            "proc/self/status",
            "CapEff:\t000000c400000000\n",
            "kernel.perf_event_paranoid",
        ),
        (
            "lockdown",
            "sys/kernel/security/lockdown",
            "none integrity [confidentiality]\n",
            "lockdown",
        ),
    ] {
        let machine = debian(name);
        machine.write(path, text).unwrap();
        let (code, checks) = examine(&machine);
        assert_eq!((code, &checks[check]["status"]), (Some(4), &Value::from("blocked")), "{check}");
        assert!(checks[check]["remedy"].is_string(), "{}", checks[check]);
    }
}

#[test]
fn unsafe_settings_are_told_with_sessions_and_source_and_do_not_block() {
    let machine = debian("unsafe");
    for sid in [1, 2, 3] {
        machine.session(sid).unwrap();
    }
    for sid in [1, 2] {
        machine.mapper(sid, 0, "mpatha", "mpath-36001405").unwrap();
    }
    machine.set(1, "recovery_tmo", "120").unwrap();
    machine.set(2, "recovery_tmo", "5").unwrap();
    machine.record(2, &[("node.session.timeo.replacement_timeout", "120")]).unwrap();
    machine
        .write("proc/swaps", "Filename Type Size Used Priority\n/dev/sd3 partition 65536 0 -2\n")
        .unwrap();
    machine.set_connection(3, "recv_tmo", "20").unwrap();
    machine.set_connection(3, "ping_tmo", "15").unwrap();
    machine.set_device(3, "queue_depth", "256").unwrap();
    let (code, checks) = examine(&machine);
    assert_eq!(code, Some(0));
    for (rule, status, sessions) in [
        ("multipath-waits-for-iscsi", "advice", &[1][..]),
        ("multipath-overrides-record", "advice", &[2]),
        ("pings-off-under-multipath", "danger", &[1, 2]),
        ("root-or-swap-gives-up", "danger", &[3]),
        ("pings-slower-than-scsi", "advice", &[3]),
        ("queue-deeper-than-host", "advice", &[3]),
    ] {
        let check = &checks[rule];
        assert_eq!(
            (&check["status"], &check["sessions"]),
            (&status.into(), &sessions.into()),
            "{check}"
        );
        assert!(check["source"].is_string() && check["remedy"].is_string(), "{check}");
    }
    assert_eq!(not_ok(&checks).len(), 6);
}

#[test]
fn what_fails_now_is_told_and_secrets_are_not() {
    let machine = debian("failing");
    machine.session(1).unwrap();
    machine.record(1, &[]).unwrap();
    machine.set(1, "state", "FAILED").unwrap();
    let root = machine.root().display().to_string();
    let output = trace(&["doctor", "--root", &root]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("! danger  failing-now"), "{text}");
    assert!(text.contains("session 1: FAILED: I/O waits, at most 20 s"), "{text}");
    assert!(!text.contains(CANARY), "{text}");
}

#[test]
fn on_this_machine_it_ends_with_0_or_4_and_examines_every_group() {
    let output = trace(&["doctor", "--output", "json"]);
    assert!(matches!(output.status.code(), Some(0 | 4)), "{:?}", output.status);
    let checks = iscsi_tests::json_lines(&output.stdout).unwrap();
    let mut groups: Vec<_> = checks.iter().map(|check| check["group"].as_str().unwrap()).collect();
    groups.dedup();
    assert_eq!(
        groups,
        ["kernel", "types", "tracing", "modules", "probes", "privileges", "iscsid", "settings"]
    );
}
