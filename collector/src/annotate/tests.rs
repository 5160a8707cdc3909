use proptest::prelude::*;
use serde_json::Value;

use super::*;

const LOGS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/logs/");
const TEXT: Output = Output::Text { colour: false };

fn file(name: &str) -> Vec<u8> {
    std::fs::read(format!("{LOGS}{name}")).unwrap()
}

fn annotate(input: &[u8], output: Output) -> String {
    let mut out = Vec::new();
    let mut annotator = Annotator::new(&mut out, output);
    for line in input.split_inclusive(|byte| *byte == b'\n') {
        annotator.line(line).unwrap();
    }
    annotator.finish().unwrap();
    String::from_utf8_lossy(&out).into_owned()
}

fn objects(input: &[u8], output: Output) -> Vec<Value> {
    annotate(input, output).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn incidents(input: &[u8]) -> Vec<Value> {
    objects(input, Output::JsonIncidents)
}

/// A log of the last reports of each incident.
fn final_reports(input: &[u8]) -> Vec<Value> {
    incidents(input).into_iter().filter(|incident| incident.get("interim").is_none()).collect()
}

#[test]
fn every_recorded_scenario_gives_its_incident() {
    let expected = [
        ("01-login-plain.txt", None),
        ("04-chap-wrong-password.txt", Some((5, 1020, "login-failed"))),
        ("05-no-such-target.txt", Some((6, 1020, "login-failed"))),
        ("07-rst-reconnect.txt", Some((8, 1020, "recovered"))),
        ("08-ping-timeout.txt", Some((9, 1022, "recovered"))),
        ("09-recovery-timeout.txt", Some((10, 1020, "failed"))),
        ("10-header-digest-error.txt", Some((11, 1014, "recovered"))),
        ("11-data-digest-error.txt", Some((12, 1015, "recovered"))),
        ("14-bad-datasn.txt", Some((15, 1001, "recovered"))),
        ("19-resets.txt", Some((20, 1021, "recovered"))),
        ("20-tmf-timeouts-session-reset.txt", Some((21, 1021, "open"))),
        ("21-async-logout.txt", None),
        ("26-no-iscsid-1011.txt", Some((27, 1011, "open"))),
        ("33-tgt-killed.txt", Some((34, 1020, "failed-then-recovered"))),
    ];
    for (name, expected) in expected {
        let incidents = incidents(&file(name));
        let got: Vec<_> = incidents
            .iter()
            .map(|i| (i["session"].as_u64(), i["code"].as_u64(), i["outcome"].as_str()))
            .collect();
        let expected: Vec<_> =
            expected.into_iter().map(|(s, c, o)| (Some(s), Some(c), Some(o))).collect();
        assert_eq!(got, expected, "{name}");
    }
}

#[test]
fn a_reset_without_a_lost_connection_is_an_incident_of_the_host() {
    let incidents = incidents(&file("18-lost-response-abort.txt"));
    assert_eq!(incidents.len(), 1);
    assert_eq!((&incidents[0]["host"], &incidents[0]["outcome"]), (&0.into(), &"held".into()));
    assert_eq!(incidents[0].get("session"), None);
    assert!(incidents[0]["detail"].as_str().unwrap().contains("ABORT_TASK"));
}

#[test]
fn all_scenarios_in_one_log_stay_apart() {
    let mut names: Vec<_> =
        std::fs::read_dir(LOGS).unwrap().map(|entry| entry.unwrap().path()).collect();
    names.retain(|path| {
        path.file_name().unwrap().to_string_lossy().starts_with(|c: char| c.is_ascii_digit())
    });
    names.sort();
    let log: Vec<u8> = names.iter().flat_map(|path| std::fs::read(path).unwrap()).collect();
    let mut sessions: Vec<_> =
        incidents(&log).iter().filter_map(|incident| incident["session"].as_u64()).collect();
    sessions.sort_unstable();
    assert_eq!(sessions, [5, 6, 8, 9, 10, 11, 12, 15, 20, 21, 27, 34]);
}

#[test]
fn durations_are_those_between_the_lines() {
    let incident = &incidents(&file("33-tgt-killed.txt"))[0];
    assert_eq!(incident["boot_time"], "302.038070000");
    let near = |name: &str, seconds: f64| (incident[name].as_f64().unwrap() - seconds).abs() < 1e-6;
    assert!(near("until_failed_s", 305.265_176 - 302.038_070));
    assert!(near("down_s", 307.278_921 - 302.038_070));
    let offsets: Vec<_> = incident["timeline"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| step["offset_s"].as_f64().unwrap())
        .collect();
    assert!(offsets.is_sorted() && offsets[0] == 0.0);
}

#[test]
fn the_whole_chain_from_ping_to_read_only_is_one_incident() {
    let reports = incidents(&file("journal-short-readonly.txt"));
    assert_eq!(reports.len(), 2, "one while the session is down, one when it is back");
    assert_eq!((&reports[0]["interim"], &reports[0]["outcome"]), (&true.into(), &"failed".into()));
    let last = &reports[1];
    assert_eq!(last["outcome"], "failed-then-recovered");
    assert_eq!((&last["session"], &last["code"]), (&3.into(), &1022.into()));
    assert_eq!(
        (&last["target"], &last["portal"]),
        (&"iqn.2024-01.lab:vol1".into(), &"192.0.2.10,3260".into())
    );
    assert_eq!(last["read_only"], serde_json::json!(["ext4 on sdc1"]));
    assert_eq!((&last["losses"], &last["io_errors"]), (&1.into(), &4.into()));
    assert_eq!(
        (&last["silent_s"], &last["until_failed_s"], &last["down_s"]),
        (&10.02.into(), &121.0.into(), &620.0.into())
    );
    let text = annotate(&file("journal-short-readonly.txt"), Output::Incidents { colour: false });
    assert!(
        text.contains("cannot connect to 192.0.2.10:3260: No route to host (2 times in 6 s)"),
        "{text}"
    );
    assert!(text.contains("logged in again after 44 attempts"), "{text}");
}

#[test]
fn interleaved_sessions_keep_their_lines_apart() {
    let reports = final_reports(&file("journal-two-sessions.json"));
    let seen: Vec<_> = reports
        .iter()
        .map(|i| {
            (
                i["session"].as_u64().unwrap(),
                i["code"].as_u64().unwrap(),
                i["outcome"].as_str().unwrap(),
            )
        })
        .collect();
    // In the order in which they were over: 2 recovered and stayed up, 1 is down at the end of the log.
    assert_eq!(seen, [(1, 1020, "failed"), (2, 1019, "recovered")]);
    assert_eq!(reports[0]["devices"], serde_json::json!(["sdb"]));
    assert_eq!(reports[0]["read_only"], serde_json::json!(["xfs on sdb"]));
    assert_eq!(reports[1].get("devices"), None);
    assert_eq!(reports[0]["time"], "1763812860.000000000");
}

fn loop_of(times: u32) -> String {
    let error =
        |at| format!("[{:5}.000000]  connection4:0: detected conn error (1020)\n", 100 + 5 * at);
    (0..times).map(error).collect()
}

#[test]
fn a_reconnect_loop_is_one_incident_with_a_count_and_no_wall_of_text() {
    let log = loop_of(400);
    let reports = incidents(log.as_bytes());
    assert_eq!(reports.len(), 1);
    assert_eq!(reports[0]["losses"], 400);
    assert_eq!(reports[0]["timeline"].as_array().unwrap().len(), 1);
    let text = annotate(log.as_bytes(), TEXT);
    assert_eq!(text.matches("How one gets it").count(), 1);
    assert!(text.contains("again (no. 400 in incident 1): 1020 ISCSI_ERR_TCP_CONN_CLOSE"));
}

#[test]
fn a_session_that_flaps_is_one_incident_of_several_outages() {
    let lost = |at: u32| format!("[{at}.0]  connection4:0: detected conn error (1020)\n");
    let back = |at: u32| {
        format!(
            "[{at}.0] localhost iscsid[1]: connection4:0 is operational after recovery (1 attempts)\n"
        )
    };
    let log = [lost(10), back(13), lost(20), back(24), "[60.0] x\n".to_owned()].concat();
    let reports = incidents(log.as_bytes());
    assert_eq!(reports.len(), 1);
    assert_eq!((&reports[0]["losses"], &reports[0]["down_s"]), (&2.into(), &4.0.into()));
    assert!(
        reports[0]["summary"]
            .as_str()
            .unwrap()
            .contains("2 times (ISCSI_ERR_TCP_CONN_CLOSE) in 2 outages")
    );
}

#[test]
fn multipaths_device_numbers_are_disks_of_a_session() {
    let log = "[1.0] Loading iSCSI transport class v2.0-870.\n[2.0] scsi host3: iSCSI Initiator over TCP/IP\n[2.1] sd 3:0:0:0: [sdb] Attached SCSI disk\n[9.0]  connection1:0: detected conn error (1022)\n[14.0] device-mapper: multipath: 253:0: Failing path 8:16.\n[30.0] device-mapper: multipath: 253:0: Reinstating path 8:16.\n";
    let report = &incidents(log.as_bytes())[0];
    assert_eq!((&report["session"], &report["outcome"]), (&1.into(), &"recovered".into()));
    assert_eq!(report["devices"], serde_json::json!(["sdb"]));
}

#[test]
fn losses_hours_apart_are_two_incidents() {
    let log = "[100.0]  connection4:0: detected conn error (1020)\n[9000.0] x\n[9100.0]  connection4:0: detected conn error (1020)\n";
    let reports = incidents(log.as_bytes());
    let outcomes: Vec<_> = reports.iter().map(|i| i["outcome"].as_str().unwrap()).collect();
    assert_eq!(outcomes, ["probably-recovered", "open"]);
}

#[test]
fn how_a_session_ends_after_the_trouble_does_not_change_how_the_trouble_ended() {
    let end = "iscsid: Connection4:0 to [target: t, portal: 192.0.2.1,3260] through [iface: default] is shutdown.\n";
    let lost = "[1.0]  connection4:0: detected conn error (1020)\n";
    let back = "iscsid: connection4:0 is operational after recovery (1 attempts)\n";
    let outcome =
        |log: String| incidents(log.as_bytes())[0]["outcome"].as_str().unwrap().to_owned();
    assert_eq!(outcome(format!("{lost}{back}{end}")), "recovered");
    assert_eq!(outcome(format!("{lost}{end}")), "logged-out");
}

#[test]
fn a_disk_of_nobody_known_is_claimed_by_the_only_failing_session_and_marked() {
    let log = "[1.0]  connection4:0: detected conn error (1020)\n[121.0]  session4: session recovery timed out after 120 secs\n[121.1] sd 7:0:0:0: [sdk] tag#3 FAILED Result: hostbyte=DID_TRANSPORT_FAILFAST driverbyte=DRIVER_OK cmd_age=0s\n";
    let text = annotate(log.as_bytes(), TEXT);
    assert!(
        text.contains("sdk is LUN 0 of session 4, probably: the log does not prove it."),
        "{text}"
    );
    let lines = objects(log.as_bytes(), Output::Json);
    assert_eq!((&lines[2]["session"], &lines[2]["session_probable"]), (&4.into(), &true.into()));
    assert_eq!(lines[2]["symbol"], "DID_TRANSPORT_FAILFAST");
}

#[test]
fn with_two_failing_sessions_the_disk_is_given_to_neither() {
    let log = "[1.0]  session4: session recovery timed out after 120 secs\n[1.1]  session5: session recovery timed out after 120 secs\n[1.2] sd 7:0:0:0: rejecting I/O to offline device\n";
    let text = annotate(log.as_bytes(), TEXT);
    assert!(
        text.contains("The log does not tell whose 7:0:0:0 is: sessions 4, 5 are failing."),
        "{text}"
    );
    assert!(incidents(log.as_bytes()).iter().all(|incident| incident["io_errors"] == 0));
}

#[test]
fn a_local_disks_trouble_is_none_of_ours() {
    let log = "[0.5] scsi host0: ahci\n[0.6] sd 0:0:0:0: [sda] Attached SCSI disk\n[1.0]  session4: session recovery timed out after 120 secs\n[1.2] sd 0:0:0:0: [sda] tag#1 FAILED Result: hostbyte=DID_BAD_TARGET driverbyte=DRIVER_OK\n[1.3] I/O error, dev sda, sector 1 op 0x0:(READ) flags 0x0\n[1.4] EXT4-fs (nvme0n1p1): Remounting filesystem read-only\n";
    assert_eq!(incidents(log.as_bytes())[0]["io_errors"], 0);
    assert_eq!(
        objects(log.as_bytes(), Output::Json).len(),
        2,
        "the session's line and its incident"
    );
}

#[test]
fn a_drivers_word_just_before_the_error_is_the_closer_cause() {
    let log = "[5.0] scsi host2: BM_2312 : Event CXN_KILLED_TIMED_OUT[11] received on CID : 5\n[5.001]  connection1:0: detected conn error (1011)\n";
    let report = &incidents(log.as_bytes())[0];
    assert!(report["detail"].as_str().unwrap().contains("CXN_KILLED_TIMED_OUT[11]"));
    let text = annotate(log.as_bytes(), TEXT);
    assert!(
        text.contains("Code 11 (CXN_KILLED_TIMED_OUT): the connection is dropped (1011)."),
        "{text}"
    );
}

#[test]
fn lines_without_times_still_make_an_incident() {
    let log = " connection1:0: detected conn error (1020)\n session1: session recovery timed out after 120 secs\nconnection1:0 is operational after recovery (3 attempts)\n";
    let report = &incidents(log.as_bytes())[0];
    assert_eq!(report["outcome"], "failed-then-recovered");
    assert_eq!((report.get("down_s"), report.get("time")), (None, None));
    assert_eq!(report["timeline"][2].get("offset_s"), None);
}

#[test]
fn codes_of_iscsid_and_iscsiadm_are_looked_up() {
    let log = "iscsid: conn 0 login rejected: target error (03/01)\niscsiadm: initiator reported error (24 - iSCSI login failed due to authorization failure)\n";
    let lines = objects(log.as_bytes(), Output::Json);
    assert_eq!((&lines[0]["space"], &lines[0]["code"]), (&"login".into(), &0x0301.into()));
    assert_eq!((&lines[1]["space"], &lines[1]["code"]), (&"iscsiadm".into(), &24.into()));
}

#[test]
fn sense_in_words_is_looked_up() {
    let log = "[1.0] scsi host0: iSCSI Initiator over TCP/IP\n[2.0] sd 0:0:0:0: [sda] tag#1 Sense Key : Medium Error [current] \n[2.0] sd 0:0:0:0: [sda] tag#1 Add. Sense: Unrecovered read error\n";
    let lines = objects(log.as_bytes(), Output::Json);
    assert_eq!((&lines[1]["space"], &lines[1]["code"]), (&"sense-key".into(), &3.into()));
    assert_eq!((&lines[2]["space"], &lines[2]["code"]), (&"asc".into(), &0x1100.into()));
}

#[test]
fn a_silent_live_log_reports_what_is_over() {
    let mut out = Vec::new();
    let mut annotator = Annotator::new(&mut out, Output::JsonIncidents);
    annotator.line(b"[5.0]  connection1:0: detected conn error (1020)\n").unwrap();
    annotator.line(b"iscsid: connection1:0 is operational after recovery (1 attempts)\n").unwrap();
    annotator.quiet(Duration::from_secs(5)).unwrap();
    assert!(annotator.sink.out.is_empty());
    annotator.quiet(Duration::from_secs(31)).unwrap();
    assert!(!annotator.sink.out.is_empty());
}

#[test]
fn memory_does_not_grow_with_the_log() {
    let mut annotator = Annotator::new(io::sink(), TEXT);
    for number in 0..20_000u32 {
        let at = f64::from(number) / 100.0;
        for line in [
            format!("[{at:.6}] scsi host{number}: iSCSI Initiator over TCP/IP\n"),
            format!("[{at:.6}] sd {number}:0:0:0: [sd{number}x] Attached SCSI disk\n"),
            format!("[{at:.6}]  connection{number}:0: detected conn error (1020)\n"),
            format!("[{at:.6}]  connection7:0: detected conn error ({number})\n"),
        ] {
            annotator.line(line.as_bytes()).unwrap();
        }
    }
    assert!(annotator.tracker.size() < 20_000, "{}", annotator.tracker.size());
}

#[test]
fn a_last_line_without_newline_is_not_continued() {
    let log = b"[5.0]  connection1:0: detected conn error (1020)";
    let text = annotate(log, TEXT);
    assert_eq!(text.lines().next(), Some("[5.0]  connection1:0: detected conn error (1020)"));
    assert!(text.lines().skip(1).all(|line| line.starts_with("    ")));
}

/// What is left when the lines we add are taken out again.
fn stripped(text: &[u8]) -> Vec<u8> {
    let ours =
        |line: &&[u8]| ["    └", "    │", "    ┌"].iter().any(|s| line.starts_with(s.as_bytes()));
    text.split_inclusive(|byte| *byte == b'\n')
        .filter(|line| !ours(line))
        .collect::<Vec<_>>()
        .concat()
}

/// Lines of every kind there is, and any bytes between them.
fn lines() -> impl Strategy<Value = Vec<u8>> {
    let known: Vec<Vec<u8>> = std::fs::read_dir(LOGS)
        .unwrap()
        .flat_map(|entry| {
            let text = std::fs::read(entry.unwrap().path()).unwrap();
            text.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect::<Vec<_>>()
        })
        .collect();
    let any_bytes = proptest::collection::vec(any::<u8>(), 0..60)
        .prop_map(|bytes| bytes.into_iter().filter(|byte| *byte != b'\n').collect::<Vec<u8>>());
    let line = prop_oneof![4 => proptest::sample::select(known), 1 => any_bytes];
    proptest::collection::vec(line, 0..80).prop_map(|lines| {
        lines.into_iter().flat_map(|line| [line, b"\n".to_vec()]).flatten().collect()
    })
}

proptest! {
    #[test]
    fn taking_our_lines_out_again_gives_the_log_byte_for_byte(log in lines()) {
        let mut out = Vec::new();
        let mut annotator = Annotator::new(&mut out, TEXT);
        for line in log.split_inclusive(|byte| *byte == b'\n') {
            annotator.line(line).unwrap();
        }
        annotator.finish().unwrap();
        prop_assert_eq!(stripped(&out), log);
    }

    #[test]
    fn every_output_of_any_log_is_well_formed(log in lines()) {
        for object in objects(&log, Output::Json) {
            prop_assert!(object["type"] == "log" || object["type"] == "incident");
        }
    }
}
