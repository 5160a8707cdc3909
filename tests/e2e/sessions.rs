//! `sessions`, over made-up machines.

use std::process::Output;

use iscsi_tests::machine::{CANARY, Machine};
use serde_json::{Value, json};

use crate::trace;

fn run(machine: &Machine, options: &[&str]) -> Output {
    let root = machine.root().display().to_string();
    trace(&[&["sessions", "--root", &root], options].concat())
}

fn text(machine: &Machine, options: &[&str]) -> String {
    let output = run(machine, options);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn json(machine: &Machine) -> Vec<Value> {
    iscsi_tests::json_lines(text(machine, &["--output", "json"]).as_bytes()).unwrap()
}

#[test]
fn a_line_per_session_in_the_order_of_their_numbers() {
    let machine = Machine::new("lines").unwrap();
    for sid in [10, 9, 200] {
        machine.session(sid).unwrap();
    }
    let text = text(&machine, &[]);
    let lines: Vec<Vec<&str>> =
        text.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(lines[0], ["SID", "STATE", "TRANSPORT", "PORTAL", "TARGET", "DISKS"]);
    assert_eq!(
        lines[1],
        ["9", "LOGGED_IN", "tcp", "10.0.0.9:3260,1", "iqn.2024-01.lab:lio.9", "sd9"]
    );
    let sids: Vec<_> = lines[1..].iter().map(|line| line[0]).collect();
    assert_eq!(sids, ["9", "10", "200"]);
}

#[test]
fn without_sessions_stdout_is_empty_and_stderr_says_what_to_do() {
    let machine = Machine::new("none").unwrap();
    let output = run(&machine, &[]);
    assert_eq!(output.status.code(), Some(0));
    assert!(output.stdout.is_empty());
    assert!(String::from_utf8_lossy(&output.stderr).contains("iscsiadm -m node --login"));
}

#[test]
fn without_the_kernel_module_there_are_no_sessions() {
    let output = trace(&["sessions", "--root", "/nonexistent"]);
    assert_eq!(output.status.code(), Some(0));
    assert!(String::from_utf8_lossy(&output.stderr).contains("no sessions"));
}

#[test]
fn everything_iscsiadm_prints_of_a_session_is_there() {
    let machine = Machine::new("everything").unwrap();
    machine.session(1).unwrap();
    let text = text(&machine, &["-P", "3"]);
    // The values of `iscsiadm -m session -P 3`, recorded with the attributes these tests use.
    for part in [
        "iqn.2024-01.lab:lio.1",
        "10.0.0.1:3260,1",
        "iqn.2024-01.lab:initiator",
        "iface default",
        "address 127.0.0.1",
        "LOGGED_IN",
        "host1 iscsi_tcp, running",
        "sd1  1:0:0:0  running",
    ] {
        assert!(text.contains(part), "{part:?} is not in\n{text}");
    }
    for (name, value) in [
        ("replacement_timeout", "20"),
        ("tgt_reset_timeout", "2"),
        ("lu_reset_timeout", "2"),
        ("abort_timeout", "2"),
        ("HeaderDigest", "CRC32C"),
        ("DataDigest", "CRC32C"),
        ("MaxRecvDataSegmentLength", "262144"),
        ("MaxXmitDataSegmentLength", "262144"),
        ("FirstBurstLength", "65536"),
        ("MaxBurstLength", "262144"),
        ("ImmediateData", "Yes"),
        ("InitialR2T", "Yes"),
        ("MaxOutstandingR2T", "1"),
        ("noop_out_interval", "0"),
        ("noop_out_timeout", "0"),
    ] {
        let line = text.lines().find(|line| line.split_whitespace().next() == Some(name));
        let line = line.unwrap_or_else(|| panic!("{name} is not in\n{text}"));
        assert_eq!(line.split_whitespace().nth(1), Some(value), "{line}");
    }
}

#[test]
fn each_level_shows_more() {
    let machine = Machine::new("levels").unwrap();
    machine.session(1).unwrap();
    let lengths: Vec<usize> =
        ["0", "1", "2", "3"].iter().map(|level| text(&machine, &["-P", level]).len()).collect();
    assert!(lengths.is_sorted_by(|a, b| a < b), "{lengths:?}");
    assert_eq!(run(&machine, &["-P", "4"]).status.code(), Some(2));
}

#[test]
fn json_has_stable_names_and_nothing_null() {
    let machine = Machine::new("json").unwrap();
    machine.session(7).unwrap();
    let sessions = json(&machine);
    let session = &sessions[0];
    assert_eq!(session["sid"], 7);
    assert_eq!(session["target_portal_group_tag"], 1);
    assert_eq!(session["host"]["transport"], "tcp");
    assert_eq!(session["timeouts"]["recovery_tmo"], 20);
    assert_eq!(session["negotiated"]["first_burst_length"], 65_536);
    assert_eq!(session["connections"][0]["exp_stat_sn"], 1_906_111_600_u32);
    assert_eq!(session["devices"][0]["address"], "7:0:0:0");
    assert_eq!(session["devices"][0]["block"]["size_bytes"], 131_072 * 512);
    assert_eq!(session["devices"][0]["requests"], 0x1b);
    let line = text(&machine, &["--output", "json"]);
    assert!(!line.contains("null"), "{line}");
}

#[test]
fn chap_secrets_are_not_printed_in_any_form() {
    let machine = Machine::new("secrets").unwrap();
    machine.session(1).unwrap();
    machine.record(1, &[("node.session.auth.authmethod", "CHAP")]).unwrap();
    for options in [&["-P", "3"][..], &["--output", "json"]] {
        let output = run(&machine, options);
        let all = [output.stdout, output.stderr].concat();
        let all = String::from_utf8_lossy(&all);
        assert!(all.contains("CHAP"), "the method is no secret: {all}");
        assert!(!all.contains(CANARY), "{all}");
    }
}

#[test]
fn a_record_changed_since_the_login_says_when_it_takes_effect() {
    let machine = Machine::new("record").unwrap();
    machine.session(1).unwrap();
    machine
        .record(
            1,
            &[
                ("node.session.timeo.replacement_timeout", "120"),
                ("node.conn[0].timeo.noop_out_interval", "5"),
                ("node.session.iscsi.MaxBurstLength", "16776192"),
                ("node.session.iscsi.FirstBurstLength", "65536"),
                ("node.session.cmds_max", "128"),
            ],
        )
        .unwrap();
    let settings = json(&machine)[0]["settings"].clone();
    let setting = |name: &str| {
        let settings = settings.as_array().unwrap();
        settings.iter().find(|setting| setting["name"] == name).unwrap().clone()
    };
    assert_eq!(
        setting("replacement_timeout"),
        json!({"name": "replacement_timeout", "requested": "120", "in_force": "20",
               "comparison": "changed", "takes_effect": "login-or-sysfs"})
    );
    assert_eq!(setting("noop_out_interval")["takes_effect"], "login");
    assert_eq!(
        setting("MaxBurstLength"),
        json!({"name": "MaxBurstLength", "requested": "16776192", "offered": "262144",
               "in_force": "262144", "comparison": "negotiated"}),
        "what the record does not explain, the target brought about"
    );
    assert_eq!(setting("FirstBurstLength")["comparison"], "same");
    assert_eq!(setting("cmds_max")["comparison"], "same");
    let text = text(&machine, &["-P", "2"]);
    assert!(
        text.contains("at once: echo 120 > /sys/class/iscsi_session/session1/recovery_tmo"),
        "{text}"
    );
}

#[test]
fn a_lost_connection_shows_the_time_left_and_marks_the_line() {
    let machine = Machine::new("recovery").unwrap();
    for sid in [1, 2] {
        machine.session(sid).unwrap();
    }
    machine.set(1, "state", "FAILED").unwrap();
    machine.set_connection(1, "state", "failed").unwrap();
    machine.set_device(1, "state", "blocked").unwrap();
    machine
        .write(
            "dev/kmsg",
            "6,1,0,-;Linux version\n3,5,988000000,-; connection1:0: detected conn error (1022)\n",
        )
        .unwrap();
    let lines = text(&machine, &[]);
    let line = lines.lines().nth(1).unwrap();
    assert!(line.starts_with("! 1 "), "{lines}");
    assert!(
        line.ends_with("FAILED since 12 s by 1022: I/O waits, fails in 8 s (and 1 more)"),
        "{lines}"
    );
    assert!(lines.lines().nth(2).unwrap().starts_with("  2 "), "{lines}");
    let sessions = json(&machine);
    assert_eq!(
        sessions[0]["recovery"],
        json!({"elapsed_s": {"least": 12, "most": 12}, "remaining_s": {"least": 8, "most": 8}, "timed_out": false, "error": 1022})
    );
    assert_eq!(sessions[0]["problems"][1], "sd1 is blocked: I/O waits");
    assert_eq!(sessions[1].get("recovery"), None);
}

#[test]
fn who_uses_a_disk_is_followed_through_multipath_and_lvm() {
    let machine = Machine::new("users").unwrap();
    for sid in [1, 2] {
        machine.session(sid).unwrap();
        machine.mapper(sid, 0, "mpatha", "mpath-36001405").unwrap();
    }
    machine.write("sys/devices/virtual/block/dm-0/holders/dm-1", "").unwrap();
    machine.write("sys/devices/virtual/block/dm-1/dm/name", "vg-root\n").unwrap();
    machine.write("sys/devices/virtual/block/dm-1/dm/uuid", "LVM-xyz\n").unwrap();
    machine.write("sys/devices/virtual/block/dm-1/dev", "254:1\n").unwrap();
    std::os::unix::fs::symlink(
        "../../devices/virtual/block/dm-1",
        machine.root().join("sys/class/block/dm-1"),
    )
    .unwrap();
    machine
        .write("proc/self/mountinfo", "22 1 254:1 / / rw shared:1 - ext4 /dev/mapper/vg-root rw\n")
        .unwrap();
    for session in json(&machine) {
        let holder = &session["devices"][0]["block"]["holders"][0];
        assert_eq!(holder["kind"], "multipath");
        assert_eq!(holder["mapper_name"], "mpatha");
        assert_eq!(holder["holders"][0]["kind"], "lvm");
        assert_eq!(holder["holders"][0]["mounted_at"], json!(["/"]));
    }
    let text = text(&machine, &["-P", "3"]);
    assert!(
        text.contains("└ dm-0 mpatha (multipath)\n        └ dm-1 vg-root (lvm), mounted at /\n"),
        "{text}"
    );
}

#[test]
fn a_session_that_goes_away_while_it_is_read_is_noted_and_the_others_are_shown() {
    let machine = Machine::new("half").unwrap();
    for sid in [1, 2, 3] {
        machine.session(sid).unwrap();
    }
    machine.half_gone(2).unwrap();
    let sessions = json(&machine);
    assert_eq!(sessions.len(), 3);
    assert!(sessions[1]["notes"][0].as_str().unwrap().contains("went away"), "{}", sessions[1]);
    assert_eq!(sessions[2]["state"], "LOGGED_IN");
    assert!(text(&machine, &["-P", "3"]).contains("(the session went away while it was read)"));
}

#[test]
fn a_copy_of_a_machine_says_that_it_has_no_sockets() {
    let machine = Machine::new("copy").unwrap();
    machine.session(1).unwrap();
    let output = run(&machine, &["-P", "1"]);
    assert!(String::from_utf8_lossy(&output.stderr).contains("TCP: only the kernel"));
}

#[test]
fn names_a_target_chose_cannot_drive_the_terminal() {
    let machine = Machine::new("escape").unwrap();
    machine.session(1).unwrap();
    machine.set(1, "targetname", "iqn.x:\x1b[2Jy").unwrap();
    for level in ["0", "3"] {
        let text = text(&machine, &["-P", level]);
        assert!(!text.contains('\x1b') && text.contains("iqn.x:\\u{1b}[2Jy"), "{text:?}");
    }
}
