//! The real program where things go wrong around it: no privileges, a full disk, signals, programs that hang.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use iscsi_collector::bundle::Bundle;
use iscsi_tests::machine::Machine;

use crate::planted::script;

fn binary() -> PathBuf {
    PathBuf::from(iscsi_tests::iscsi_trace().unwrap().get_program())
}

fn is_root() -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let uids = status.lines().find(|line| line.starts_with("Uid:")).unwrap();
    uids.split_whitespace().nth(2) == Some("0")
}

/// Runs a script in a mount namespace of its own; `$0` is the program, the rest are its arguments. Where that is not
/// possible the test fails: it proves nothing then.
fn in_own_mounts(text: &str, arguments: &[&Path]) -> Output {
    let mut command = Command::new("unshare");
    command.arg(if is_root() { "-m" } else { "-rm" }).args(["sh", "-c", text]).arg(binary());
    iscsi_tests::run(command.args(arguments)).unwrap()
}

fn lines(bytes: &[u8]) -> Vec<String> {
    String::from_utf8_lossy(bytes).lines().map(str::to_owned).collect()
}

#[test]
fn another_user_gets_a_bundle_that_says_what_only_root_may_read() {
    let machine = Machine::new("bundle-nobody").unwrap();
    machine.session(1).unwrap();
    machine.write("etc/iscsi/iscsid.conf", "node.startup = manual\n").unwrap();
    machine.write("proc/sys/kernel/osrelease", "6.1.0\n").unwrap();
    let closed = ["etc/iscsi/iscsid.conf", "dev/kmsg"].map(|path| machine.root().join(path));
    for path in &closed {
        fs::set_permissions(path, fs::Permissions::from_mode(0o000)).unwrap();
    }
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o777)).unwrap();
    // Others may not look into the folder it was built in.
    let program = folder.path().join("iscsi-trace");
    fs::copy(binary(), &program).unwrap();
    let path = folder.path().join("b.tar.zst");
    let mut command = if is_root() {
        let mut command = Command::new("setpriv");
        command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]).arg(&program);
        command
    } else {
        Command::new(&program)
    };
    let output = iscsi_tests::run(
        command.args(["bundle", "-o"]).arg(&path).arg("--root").arg(machine.root()),
    );
    let output = output.unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(said.contains("not root: some things could not be read"), "{said}");
    let bundle = Bundle::open(&path).unwrap();
    assert!(!bundle.manifest().as_root);
    for what in ["/etc/iscsi/iscsid.conf", "/dev/kmsg (kernel log)"] {
        let missing = bundle.manifest().missing.iter().find(|missing| missing.what == what);
        assert!(
            missing.is_some_and(|missing| missing.why.contains("only root may read it")),
            "{what}"
        );
    }
    assert!(bundle.text("sessions.txt").unwrap().contains("iqn.2024-01.lab:lio.1"));
    assert!(bundle.text("REPORT.md").unwrap().contains("without root"));
    assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn a_full_disk_is_told_and_nothing_is_left_on_it() {
    let machine = Machine::new("bundle-full").unwrap();
    machine.session(1).unwrap();
    let folder = tempfile::tempdir().unwrap();
    for option in ["", "--anonymise"] {
        let script = format!(
            "mount -t tmpfs -o size=4k none \"$1\" || exit 99
            \"$0\" bundle -o \"$1/b.tar.zst\" --root \"$2\" {option}
            code=$?; ls -A \"$1\"; exit $code"
        );
        let output = in_own_mounts(&script, &[folder.path(), machine.root()]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(3), "{said}");
        assert!(said.contains("cannot write") && said.contains("No space left"), "{said}");
        assert!(said.contains("no bundle was written"), "{said}");
        assert_eq!(lines(&output.stdout), [""; 0]);
    }
}

#[test]
fn a_signal_at_any_time_leaves_nothing() {
    let machine = Machine::new("bundle-any-time").unwrap();
    for sid in 1..=150 {
        machine.session(sid).unwrap();
    }
    let folder = tempfile::tempdir().unwrap();
    // As soon as there is a file, or something in memory, and a moment later.
    let moments = [("INT", "/dev/shm", "0"), ("TERM", "$1", "0"), ("HUP", "$1", "0.1")];
    for (signal, place, later) in moments {
        let script = format!(
            "mount -t tmpfs none \"$1\" && mount -t tmpfs none /dev/shm || exit 99
            \"$0\" bundle -o \"$1/b.tar.zst\" --root \"$2\" &
            while kill -0 $! && [ -z \"$(ls -A {place})\" ]; do sleep 0.01; done; sleep {later}
            kill -{signal} $!; wait $!; code=$?; ls -A /dev/shm \"$1\" | grep -v : ; exit $code"
        );
        let output = in_own_mounts(&script, &[folder.path(), machine.root()]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(3), "{signal}: {said}");
        assert!(said.contains("interrupted; no bundle was written"), "{said}");
        let left: Vec<_> =
            lines(&output.stdout).into_iter().filter(|line| !line.is_empty()).collect();
        assert_eq!(left, [""; 0], "{signal}");
    }
}

#[test]
fn programs_of_this_machine_that_hang_are_ended_and_named() {
    let folder = tempfile::tempdir().unwrap();
    let (programs, path) = (folder.path().join("sbin"), folder.path().join("b.tar.zst"));
    let mark = |name: &str| folder.path().join(name);
    for name in ["iscsiadm", "multipathd"] {
        let mark = mark(name);
        script(&programs.join(name), &format!("sleep 600 & echo $! > {}; wait", mark.display()));
    }
    let begin = Instant::now();
    let output = in_own_mounts(
        "mount --bind \"$2\" /usr/sbin || exit 99; \"$0\" bundle -o \"$1\"",
        &[&path, &programs],
    );
    let took = begin.elapsed();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(took < Duration::from_secs(120), "{took:?}");
    let missing = Bundle::open(&path).unwrap().manifest().missing.clone();
    for name in ["iscsiadm", "multipathd"] {
        let named =
            missing.iter().any(|m| m.what.starts_with(name) && m.why.contains("did not end"));
        assert!(named, "{name}: {missing:?}");
        let child = fs::read_to_string(mark(name)).unwrap();
        let stat = fs::read_to_string(format!("/proc/{}/stat", child.trim())).unwrap_or_default();
        assert!(stat.is_empty() || stat.contains(") Z "), "{name}: {stat}");
    }
}
