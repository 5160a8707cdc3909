//! What changed between two bundles.

use iscsi_collector::bundle::diff;
use iscsi_tests::machine::Machine;

use crate::collect::{bundle, wish};

#[test]
fn settings_versions_and_findings_that_changed_are_named_and_counters_are_not() {
    let machine = Machine::new("bundle-diff").unwrap();
    machine.session(1).unwrap();
    machine.write("proc/sys/kernel/osrelease", "6.1.0-13-amd64\n").unwrap();
    machine
        .write("etc/iscsi/iscsid.conf", "node.session.timeo.replacement_timeout = 120\n")
        .unwrap();
    let before = bundle(wish(machine.root()));
    machine.set(1, "recovery_tmo", "5").unwrap();
    machine.set_connection(1, "exp_statsn", "77").unwrap();
    machine.write("proc/sys/kernel/osrelease", "6.12.1\n").unwrap();
    machine.write("etc/iscsi/iscsid.conf", "node.session.timeo.replacement_timeout = 5\n").unwrap();
    machine
        .write("dev/kmsg", "4,3,990000100,-; connection1:0: detected conn error (1022)\n")
        .unwrap();
    let after = bundle(wish(machine.root()));
    let differences = diff(&before.open(), &after.open());
    let lines: Vec<String> = differences
        .iter()
        .map(|d| {
            format!(
                "{} {}: {:?} -> {:?}",
                d.subject,
                d.what,
                d.before.as_deref(),
                d.after.as_deref()
            )
        })
        .collect();
    for expected in [
        "machine kernel: Some(\"6.1.0-13-amd64\") -> Some(\"6.12.1\")",
        "setting /etc/iscsi/iscsid.conf: node.session.timeo.replacement_timeout: Some(\"120\") -> Some(\"5\")",
    ] {
        assert!(lines.iter().any(|line| line == expected), "{expected} in {lines:#?}");
    }
    assert!(
        lines.iter().any(|line| line.starts_with("session iqn.2024-01.lab:lio.1")
            && line.contains("Some(\"5\")")),
        "{lines:#?}"
    );
    assert!(
        lines
            .iter()
            .any(|line| line.starts_with("finding") && line.contains("ISCSI_ERR_NOP_TIMEDOUT")),
        "{lines:#?}"
    );
    assert!(!lines.iter().any(|line| line.contains("statsn") || line.contains("77")), "{lines:#?}");
    let causes = lines.iter().filter(|line| line.starts_with("finding cause "));
    assert!(causes.count() == 1, "{lines:#?}");
    assert_eq!(diff(&before.open(), &before.open()), []);
}

#[test]
fn a_session_that_is_gone_is_one_line_and_so_is_its_record() {
    let machine = Machine::new("bundle-diff-gone").unwrap();
    for sid in [1, 2] {
        machine.session(sid).unwrap();
        machine.record(sid, &[("node.startup", "automatic")]).unwrap();
    }
    let before = bundle(wish(machine.root()));
    std::fs::remove_file(machine.root().join("sys/class/iscsi_session/session2")).unwrap();
    std::fs::remove_dir_all(machine.root().join("etc/iscsi/nodes/iqn.2024-01.lab:lio.2")).unwrap();
    let differences = diff(&before.open(), &bundle(wish(machine.root())).open());
    let gone: Vec<(&str, &str, bool)> = differences
        .iter()
        .filter(|difference| difference.subject != "check")
        .map(|d| (d.subject, d.what.as_str(), d.after.is_none()))
        .collect();
    assert_eq!(
        gone,
        [
            ("session", "iqn.2024-01.lab:lio.2 at 10.0.0.2", true),
            ("setting", "/etc/iscsi/nodes/iqn.2024-01.lab:lio.2/10.0.0.2,3260,1/default", true),
        ]
    );
}
