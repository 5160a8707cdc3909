//! Every reader works from the bundle alone.

use iscsi_collector::bundle::Bundle;
use iscsi_tests::machine::Machine;
use serde_json::Value;

use crate::collect::{Kept, bundle, wish};

fn failed(name: &str) -> (Machine, Kept) {
    let machine = Machine::new(name).unwrap();
    machine.session(1).unwrap();
    machine.session(2).unwrap();
    machine.set(1, "state", "FAILED").unwrap();
    machine.set(1, "recovery_tmo", "120").unwrap();
    machine
        .record(
            1,
            &[
                ("node.session.timeo.replacement_timeout", "120"),
                ("node.conn[0].iscsi.HeaderDigest", "None"),
            ],
        )
        .unwrap();
    let log = "6,1,0,-;Linux version 6.1.0-13-amd64\n4,2,990000000,-; connection1:0: ping timeout of 5 secs expired, recv timeout 5, last rx 4294914861, last ping 4294916111, now 4294917362\n4,3,990000100,-; connection1:0: detected conn error (1022)\n";
    machine.write("dev/kmsg", log).unwrap();
    let mut wish = wish(machine.root());
    wish.captures = vec![iscsi_tests::capture("kernel-ping-timeout.pcap")];
    let kept = bundle(wish);
    (machine, kept)
}

fn trace(arguments: &[&str], kept: &Kept) -> String {
    let mut command = iscsi_tests::iscsi_trace().unwrap();
    let output = iscsi_tests::run(command.args(arguments).arg("--bundle").arg(&kept.path)).unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {said}");
    assert!(said.contains("bundle of "), "{said}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn sessions_are_shown_as_on_the_machine() {
    let (machine, kept) = failed("bundle-sessions");
    let there = iscsi_tests::run(
        iscsi_tests::iscsi_trace()
            .unwrap()
            .args(["sessions", "-P", "3", "--root"])
            .arg(machine.root()),
    );
    let there = String::from_utf8(there.unwrap().stdout).unwrap();
    drop(machine);
    assert!(there.contains("FAILED"), "{there}");
    assert_eq!(trace(&["sessions", "-P", "3"], &kept), there);
}

#[test]
fn what_doctor_said_is_said_again() {
    let (machine, kept) = failed("bundle-doctor");
    let doctor = |arguments: &[&str], of: &std::ffi::OsStr| {
        let mut command = iscsi_tests::iscsi_trace().unwrap();
        let output = iscsi_tests::run(command.arg("doctor").args(arguments).arg(of)).unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    for output in ["text", "json"] {
        let there = doctor(&["--output", output, "--root"], machine.root().as_os_str());
        assert!(there.1.contains("settings"), "{there:?}");
        assert_eq!(doctor(&["--output", output, "--bundle"], kept.path.as_os_str()), there);
    }
}

#[test]
fn logs_and_recordings_are_read() {
    let (machine, kept) = failed("bundle-decode");
    drop(machine);
    let annotated = trace(&["annotate", "--incidents"], &kept);
    assert!(annotated.contains("ISCSI_ERR_NOP_TIMEDOUT"), "{annotated}");
    let why = trace(&["why", "--output", "json"], &kept);
    assert!(why.lines().count() >= 1 && why.contains("\"cause\""), "{why}");
    // The log does not tell how it went on, sysfs does.
    assert!(why.contains("\"recovered\":false"), "{why}");
    let timers = trace(&["why", "--timers"], &kept);
    assert!(timers.contains("replacement_timeout"), "{timers}");
    let decoded = trace(&["decode", "--output", "json"], &kept);
    let count = |text: &str, pdu: &str| {
        let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        lines.filter(|line| line["pdu"] == pdu).count()
    };
    let original = iscsi_tests::capture("kernel-ping-timeout.pcap").display().to_string();
    let direct = iscsi_tests::run(
        iscsi_tests::iscsi_trace().unwrap().args(["decode", "--output", "json", &original]),
    );
    let direct = String::from_utf8(direct.unwrap().stdout).unwrap();
    for pdu in ["scsi-command", "scsi-response", "login-request", "nop-out", "scsi-data-in"] {
        assert_eq!(count(&decoded, pdu), count(&direct, pdu), "{pdu}");
    }
    assert!(count(&decoded, "scsi-command") > 0);
}

#[test]
fn the_report_names_the_cause_on_a_page() {
    let (_machine, kept) = failed("bundle-report");
    let bundle = kept.open();
    let report = bundle.text("REPORT.md").unwrap();
    for part in [
        "## What happened",
        "ISCSI_ERR_NOP_TIMEDOUT",
        "1022",
        "iqn.2024-01.lab:lio.1",
        "FAILED",
        "## Most likely causes\n\n1. **",
    ] {
        assert!(report.contains(part), "{part} in\n{report}");
    }
    let facts: Vec<&str> =
        report.lines().filter_map(|line| line.strip_prefix("   - seen: ")).collect();
    assert!(!facts.is_empty() && facts.iter().all(|fact| !fact.is_empty()), "{report}");
    assert!(report.lines().count() < 70, "{report}");
}

#[test]
fn only_the_wanted_session_is_taken() {
    let machine = Machine::new("bundle-one").unwrap();
    for sid in 1..=3 {
        machine.session(sid).unwrap();
        machine.record(sid, &[("node.startup", "automatic")]).unwrap();
    }
    let mut wish = wish(machine.root());
    wish.session = Some(2);
    let kept = bundle(wish);
    let paths: Vec<String> = kept.open().members().map(|(path, _)| path.to_owned()).collect();
    assert!(paths.iter().any(|path| path.contains("session2/state")), "{paths:?}");
    assert!(paths.iter().any(|path| path.contains("nodes/iqn.2024-01.lab:lio.2/")), "{paths:?}");
    let others = ["session1/", "session3/", "lio.1/", "lio.3/", "connection1:0"];
    assert!(!paths.iter().any(|path| others.iter().any(|other| path.contains(other))), "{paths:?}");
}

#[test]
fn a_changed_bundle_is_noticed() {
    let (_machine, kept) = failed("bundle-changed");
    assert!(kept.open().changed().is_empty());
    let folder = tempfile::tempdir().unwrap();
    let run = |program: &str, arguments: &[&str]| {
        let mut command = std::process::Command::new(program);
        assert!(
            command.args(arguments).current_dir(folder.path()).status().unwrap().success(),
            "{program}"
        );
    };
    run("tar", &["--zstd", "-xf", &kept.path.display().to_string()]);
    std::fs::write(folder.path().join("iscsi-bundle/sessions.txt"), "all is well\n").unwrap();
    run("tar", &["--zstd", "-cf", "changed.tar.zst", "iscsi-bundle"]);
    let changed = Bundle::open(&folder.path().join("changed.tar.zst")).unwrap();
    assert_eq!(changed.changed(), ["sessions.txt"]);
}

#[test]
fn what_is_no_bundle_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.tar.zst");
    std::fs::write(&path, "nothing of ours").unwrap();
    let mut command = iscsi_tests::iscsi_trace().unwrap();
    let output = iscsi_tests::run(command.args(["sessions", "--bundle"]).arg(&path)).unwrap();
    assert_eq!(output.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&output.stderr).contains("is no bundle that can be read"));
}
