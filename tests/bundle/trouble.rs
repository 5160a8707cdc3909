//! Machines on which not everything goes well.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use iscsi_collector::bundle::{MakeError, Programs};
use iscsi_tests::machine::Machine;

use crate::collect::{bundle, try_bundle, wish};
use crate::planted::script;

#[test]
fn without_modules_or_anything_else_a_bundle_says_what_is_missing() {
    let empty = tempfile::tempdir().unwrap();
    let kept = bundle(wish(empty.path()));
    let missing = &kept.made.manifest.missing;
    assert!(
        missing.iter().any(|missing| missing.why.contains("scsi_transport_iscsi is not loaded")),
        "{missing:?}"
    );
    assert!(kept.open().text("REPORT.md").is_some());
    assert_eq!(kept.path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn the_same_machine_makes_the_same_bytes() {
    let machine = Machine::new("bundle-same").unwrap();
    machine.session(1).unwrap();
    let bytes = || fs::read(&bundle(wish(machine.root())).path).unwrap();
    assert_eq!(bytes(), bytes());
}

#[test]
fn every_part_that_is_not_there_is_named() {
    let empty = tempfile::tempdir().unwrap();
    let missing = bundle(wish(empty.path())).made.manifest.missing;
    for what in [
        "/etc/iscsi/iscsid.conf",
        "/etc/multipath.conf",
        "/etc/tgt/targets.conf",
        "/etc/{target|rtslib-fb-target}/saveconfig.json",
        "/{etc|var/lib}/iscsi/nodes/{iqn}/{portal}/{name}",
        "/dev/kmsg (kernel log)",
        "/proc/modules",
        "journal",
        "recordings",
        "services",
        "causes",
    ] {
        assert!(missing.iter().any(|missing| missing.what == what), "{what}: {missing:?}");
    }
}

#[test]
fn broken_and_huge_files_are_survived() {
    let machine = Machine::new("bundle-broken").unwrap();
    machine.session(1).unwrap();
    machine.half_gone(1).unwrap();
    machine.write("etc/target/saveconfig.json", "{\"targets\": [").unwrap();
    machine.write("etc/iscsi/iscsid.conf", &"node.startup = manual\n".repeat(200_000)).unwrap();
    machine.write("proc/self/mountinfo", "a b - c\n - \n\0\0\n").unwrap();
    machine.write("proc/net/route", "x\ty\n").unwrap();
    machine.write("dev/kmsg", &"\u{fffd};;;,,\n".repeat(1000)).unwrap();
    fs::write(machine.root().join("proc/cmdline"), [0xff, 0xfe, 0, 1]).unwrap();
    fs::create_dir_all(machine.root().join("proc/sys/kernel/osrelease")).unwrap();
    let kept = bundle(wish(machine.root()));
    let missing = &kept.made.manifest.missing;
    let cut =
        |missing: &&iscsi_collector::bundle::Missing| missing.what == "/etc/iscsi/iscsid.conf";
    assert!(
        missing.iter().find(cut).is_some_and(|missing| missing.why.contains("only its first")),
        "{missing:?}"
    );
    assert!(kept.open().member("root/etc/iscsi/iscsid.conf").unwrap().len() < 2 << 20);
}

#[test]
fn programs_that_hang_cost_their_time_limit_and_are_named() {
    let machine = Machine::new("bundle-hang").unwrap();
    let programs = machine.root().join("programs");
    for name in ["journalctl", "systemctl", "multipathd", "iscsid"] {
        script(&programs.join(name), "sleep 600 & sleep 600");
    }
    let mut wish = wish(machine.root());
    wish.programs = Programs::in_folder(&programs);
    wish.patience = Duration::from_millis(700);
    let begin = Instant::now();
    let kept = bundle(wish);
    assert!(begin.elapsed() < Duration::from_secs(60), "{:?}", begin.elapsed());
    let missing = &kept.made.manifest.missing;
    for name in ["journalctl", "systemctl", "multipathd"] {
        let named = missing
            .iter()
            .any(|m| m.what.starts_with(name) && m.why.contains("did not end within"));
        assert!(named, "{name}: {missing:?}");
    }
}

#[test]
fn an_interrupt_leaves_nothing() {
    let machine = Machine::new("bundle-stop").unwrap();
    let mut wish = wish(machine.root());
    wish.stop = Arc::new(|| true);
    let (folder, _, made) = try_bundle(wish);
    assert!(matches!(made, Err(MakeError::Interrupted)), "{made:?}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn signals_end_it_without_half_an_archive() {
    let machine = Machine::new("bundle-signal").unwrap();
    for sid in 1..=200 {
        machine.session(sid).unwrap();
    }
    for signal in ["-INT", "-TERM"] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("b.tar.zst");
        let mut command = iscsi_tests::iscsi_trace().unwrap();
        command.args(["bundle", "-o"]).arg(&path).arg("--root").arg(machine.root());
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // It makes its file before anything else: then the handlers are there, too.
        let begin = Instant::now();
        while fs::read_dir(folder.path()).unwrap().count() == 0
            && begin.elapsed() < Duration::from_secs(60)
        {
            std::thread::sleep(Duration::from_millis(1));
        }
        assert!(!path.exists(), "it is not that fast");
        assert!(
            Command::new("kill")
                .args([signal, &child.id().to_string()])
                .status()
                .unwrap()
                .success()
        );
        let status = child.wait().unwrap();
        assert_eq!(status.code(), Some(3), "{signal}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "{signal}");
    }
}

#[test]
fn a_folder_that_takes_no_files_is_a_clear_error() {
    let empty = tempfile::tempdir().unwrap();
    let mut command = iscsi_tests::iscsi_trace().unwrap();
    command.args(["bundle", "-o", "/proc/nowhere/b.tar.zst", "--root"]).arg(empty.path());
    let output = iscsi_tests::run(&mut command).unwrap();
    assert_eq!(output.status.code(), Some(3));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        said.contains("cannot write /proc/nowhere/b.tar.zst")
            && said.contains("no bundle was written"),
        "{said}"
    );
}

#[test]
fn too_large_a_bundle_loses_the_least_useful_and_says_so() {
    let machine = Machine::new("bundle-budget").unwrap();
    machine.session(1).unwrap();
    let mut wide = wish(machine.root());
    wide.captures = vec![iscsi_tests::capture("queue-depth.pcap")];
    let all = bundle(wide.clone());
    let mut tight = wide.clone();
    tight.max_bytes = all.made.bytes - 1;
    let kept = bundle(tight);
    assert!(kept.made.bytes < all.made.bytes);
    assert_eq!(fs::metadata(&kept.path).unwrap().len(), kept.made.bytes);
    let dropped = &kept.open().manifest().dropped.clone();
    assert_eq!(dropped.len(), 1, "{dropped:?}");
    assert_eq!(dropped[0].what, "recordings/capture-1.pcapng");
    assert!(kept.open().text("sessions.txt").is_some());
    let mut none = wide;
    none.max_bytes = 100;
    assert!(matches!(try_bundle(none).2, Err(MakeError::TooSmall(100))));
}

#[test]
fn many_sessions_take_little_room() {
    let machine = Machine::new("bundle-many").unwrap();
    for sid in 1..=100 {
        machine.session(sid).unwrap();
    }
    let kept = bundle(wish(machine.root()));
    assert!(kept.made.manifest.dropped.is_empty());
    assert!(kept.made.bytes < 2 << 20, "{} bytes", kept.made.bytes);
    let sessions = kept.open().text("sessions.jsonl").unwrap().lines().count();
    assert_eq!(sessions, 100);
}
