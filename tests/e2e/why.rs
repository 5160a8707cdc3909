//! `why`: the causes of faults that were recorded, written down, or logged.

use std::fs;
use std::path::PathBuf;

use iscsi_tests::truth::{self, Expected, Verdict};

use crate::recut::Capture;
use crate::{capture, json, stdout, trace};

fn causes(arguments: &[&str]) -> Vec<String> {
    let incidents = json(&[&["why", "--output", "json"], arguments].concat());
    incidents.iter().map(|incident| incident["cause"].as_str().unwrap().to_owned()).collect()
}

/// What is wrong with what was said about a file.
fn complaint(name: &str, source: &str, expected: &Expected, said: &[String]) -> Option<String> {
    let verdict = expected.judge(source, said);
    let is_right = verdict <= Verdict::Vague;
    (!is_right).then(|| format!("{name}: {verdict:?}: {said:?} instead of {}", expected.cause))
}

fn file(name: &str, bytes: &[u8]) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&path, bytes).unwrap();
    path
}

#[test]
fn every_written_conversation_has_its_cause_and_nothing_less() {
    let written = truth::written().unwrap();
    assert!(written.len() > 110, "{}", written.len());
    let mut complaints = Vec::new();
    for conversation in &written {
        let name = format!("{}.pcap", conversation.name);
        let path = file(&name, &conversation.capture().unwrap());
        let said = causes(&[path.to_str().unwrap()]);
        let verdict = conversation.truth.judge("wire", &said);
        if verdict != Verdict::Right {
            let cause = &conversation.truth.cause;
            complaints.push(format!("{name}: {verdict:?}: {said:?} instead of {cause}"));
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn a_quiet_session_is_quiet_however_it_was_captured() {
    let mut complaints = Vec::new();
    let written = truth::written().unwrap();
    let quiet = written.iter().filter(|conversation| conversation.truth.cause == "none");
    for conversation in quiet {
        let whole = conversation.capture().unwrap();
        for (way, bytes) in Capture::of(&whole).ways() {
            let path = file("recut.pcap", &bytes);
            let said = causes(&[path.to_str().unwrap()]);
            if !said.is_empty() {
                complaints.push(format!("{}, {way}: {said:?}", conversation.name));
            }
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn recorded_captures_have_their_cause_and_the_others_are_quiet() {
    let listed = truth::listed("captures.toml").unwrap();
    let quiet = Expected { cause: "none".to_owned(), ..Expected::default() };
    let mut complaints = Vec::new();
    for path in iscsi_tests::captures().unwrap() {
        let name = path.file_name().unwrap().to_str().unwrap();
        let known = listed.iter().find(|(file, _)| file == name);
        let expected = known.map_or(&quiet, |(_, expected)| expected);
        let said = causes(&[path.to_str().unwrap()]);
        complaints.extend(complaint(name, "wire", expected, &said));
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn logs_claim_no_more_than_they_tell() {
    let listed = truth::listed("logs.toml").unwrap();
    let quiet = Expected { cause: "none".to_owned(), ..Expected::default() };
    let mut complaints = Vec::new();
    for entry in fs::read_dir(iscsi_tests::root().join("tests/logs")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if name.ends_with(".md") {
            continue;
        }
        let known = listed.iter().find(|(file, _)| file == name);
        let expected = known.map_or(&quiet, |(_, expected)| expected);
        let said = causes(&["--log", path.to_str().unwrap()]);
        complaints.extend(complaint(name, "log", expected, &said));
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn an_incident_has_its_evidence_its_end_and_what_to_do() {
    let incidents = json(&["why", "--output", "json", &capture("kernel-ping-timeout.pcap")]);
    let [incident] = &incidents[..] else { panic!("{incidents:?}") };
    assert_eq!(incident["confidence"], "certain");
    assert_eq!(incident["led_to"]["recovered"], true);
    let evidence = incident["evidence"].as_array().unwrap();
    let numbers = |name: &str| evidence.iter().find_map(|fact| fact[name].as_i64());
    assert!(numbers("ping_waited_us").unwrap() > 1_900_000, "{evidence:?}");
    assert!(evidence.iter().any(|fact| fact["frame"].is_u64()));
    assert!(!incident["do"].as_array().unwrap().is_empty());
    let timeline = incident["timeline"].as_array().unwrap();
    let order: Vec<i64> = timeline.iter().map(|at| at["relative_us"].as_i64().unwrap()).collect();
    assert!(order.is_sorted(), "{order:?}");
    assert!(timeline.iter().any(|at| at["kind"] == "pdu" && at["direction"] == "i2t"));
}

/// `led_to` of the incidents of a written conversation, newest first.
fn led_to(name: &str) -> Vec<serde_json::Value> {
    let written = truth::written().unwrap();
    let conversation = written.iter().find(|written| written.name == name).unwrap();
    let path = file(&format!("led-to-{name}.pcap"), &conversation.capture().unwrap());
    let incidents = json(&["why", "--output", "json", path.to_str().unwrap()]);
    incidents.into_iter().map(|mut incident| incident["led_to"].take()).collect()
}

#[test]
fn a_closed_window_is_told_while_it_is_closed() {
    let written = truth::written().unwrap();
    let conversation =
        written.iter().find(|written| written.name == "window-closed-to-the-end").unwrap();
    let path = file("window-told.pcap", &conversation.capture().unwrap());
    let incidents = json(&["why", "--output", "json", path.to_str().unwrap()]);
    let [incident] = &incidents[..] else { panic!("{incidents:?}") };
    // Closed since 1.01 s; of the pings' answers at 3, 6 and 9 s the second is late enough.
    let pongs = ["decode", "--output", "json", "--filter", "pdu == nop-in", path.to_str().unwrap()];
    assert_eq!(incident["frame"], json(&pongs)[1]["frame"]);
    assert!(incident["evidence"][0]["closed_us"].as_i64().unwrap() > 7_900_000, "{incident:?}");
}

#[test]
fn whether_the_session_came_back_is_told_as_far_as_it_is_seen() {
    let [late] = &led_to("link-lost-late-recovery")[..] else { panic!() };
    assert_eq!((&late["recovered"], &late["failed_logins"]), (&true.into(), &2.into()));
    assert_eq!(late["lasted_us"], 195_000_100);
    let [refused] = &led_to("login-refused-again")[..] else { panic!() };
    assert_eq!((&refused["recovered"], &refused["failed_logins"]), (&false.into(), &3.into()));
    let [cut] = &led_to("fin-idle")[..] else { panic!() };
    assert!(cut.get("recovered").is_none(), "the capture ends with the connection: {cut}");
    let [slow] = &led_to("slow-target")[..] else { panic!() };
    assert_eq!(slow["held"], true);
    assert!(slow.get("recovered").is_none(), "{slow}");
    let [waits] = &led_to("link-lost-to-the-end")[..] else { panic!() };
    assert!(waits.get("held").is_none() && waits.get("recovered").is_none(), "{waits}");
}

#[test]
fn failed_commands_and_offline_disks_are_told_where_they_can_be_known() {
    let log = iscsi_tests::root().join("tests/logs/33-tgt-killed.txt");
    let incidents = json(&["why", "--output", "json", "--log", log.to_str().unwrap()]);
    let known = &incidents[0]["led_to"];
    assert_eq!(known["commands_failed"], 1);
    assert_eq!(known["offline"], serde_json::json!(["sda"]));
    // Nothing of that is to be seen on the wire.
    let [wire] = &led_to("fin-busy")[..] else { panic!() };
    assert!(wire.get("commands_failed").is_none() && wire.get("offline").is_none(), "{wire}");
}

#[test]
fn a_target_on_the_same_machine_names_what_it_does_not_know() {
    let log = iscsi_tests::root().join("tests/logs/05-no-such-target.txt");
    let incidents = json(&["why", "--output", "json", "--log", log.to_str().unwrap()]);
    assert_eq!(incidents[0]["cause"], "login-refused-unknown-target");
    assert_eq!(incidents[0]["confidence"], "likely");
    let evidence = incidents[0]["evidence"][0]["message"].as_str().unwrap();
    assert!(evidence.contains("iqn.2024-01.lab:nosuch"), "{evidence}");
}

#[test]
fn lines_fit_the_terminal() {
    let text = stdout(&["why", &capture("kernel-ping-timeout.pcap")]);
    let longest = text.lines().map(|line| line.chars().count()).max();
    assert!(longest <= Some(100), "{text}");
}

#[test]
fn people_read_the_cause_first_and_the_flight_recorder_only_on_demand() {
    let file = capture("target-killed.pcap");
    let short = stdout(&["why", &file]);
    assert!(short.contains("Cause: reset-by-target (likely)."), "{short}");
    assert!(short.contains("What to do:") && short.contains("Timeline"));
    assert!(!short.contains("Last PDUs before it"));
    assert!(stdout(&["why", "-v", &file]).contains("Last PDUs before it"));
}

#[test]
fn strict_ends_with_1_where_something_failed() {
    assert_eq!(trace(&["why", "--strict", &capture("target-killed.pcap")]).status.code(), Some(1));
    assert_eq!(trace(&["why", "--strict", &capture("inquiry.pcap")]).status.code(), Some(0));
    assert_eq!(trace(&["why", "/does/not/exist"]).status.code(), Some(3));
    assert_eq!(trace(&["why"]).status.code(), Some(2), "a source must be named");
    for two in [["--live", "--timers"], ["--live", "--bundle=x"], ["--log=x", "x"]] {
        assert_eq!(trace(&["why", two[0], two[1]]).status.code(), Some(2), "{two:?}");
    }
}

#[test]
fn a_cause_is_explained_by_its_name() {
    let text = stdout(&["explain", "mtu-black-hole"]);
    assert!(text.contains("ping -c 3 -M do"), "{text}");
}
