//! `decode`: what it prints for each way of asking.

use crate::{capture, json, pdus, stdout, trace};

#[test]
fn every_pdu_gets_one_line_in_capture_order() {
    let text = stdout(&["decode", &capture("inquiry.pcap")]);
    let wanted = [
        "Login Request",
        "Login Response",
        "SCSI Command",
        "SCSI Response",
        "SCSI Command",
        "SCSI Response",
        "SCSI Command",
        "SCSI Data-In",
        "SCSI Command",
        "SCSI Data-In",
        "Logout Request",
        "Logout Response",
    ];
    let found: Vec<&str> = text
        .lines()
        .filter_map(|line| wanted.iter().find(|name| line.contains(**name)).copied())
        .collect();
    assert_eq!(found, wanted, "{text}");
}

#[test]
fn a_tree_has_every_field_of_the_json() {
    let file = capture("small-bursts.pcap");
    let tree = stdout(&["decode", "-v", &file]);
    for name in [
        "InitiatorTaskTag",
        "CmdSN",
        "ExpStatSN",
        "R2TSN",
        "BufferOffset",
        "DesiredDataTransferLength",
    ] {
        let plain = |text: &str| text.to_lowercase().replace([' ', '_'], "");
        assert!(plain(&tree).contains(&name.to_lowercase()), "{name} is not in the tree:\n{tree}");
    }
}

#[test]
fn json_has_numbers_for_numbers_and_leaves_out_what_is_absent() {
    for line in pdus("inquiry.pcap", &[]) {
        for name in ["opcode", "initiator_task_tag", "frame", "connection", "data_segment_length"] {
            assert!(line[name].is_u64(), "{name} in {line}");
        }
        let fields = line.as_object().unwrap();
        assert!(fields.values().all(|value| !value.is_null()), "{line}");
        let time = line["time"].as_str().unwrap();
        let (seconds, fraction) = time.split_once('.').unwrap();
        assert!(seconds.parse::<u64>().is_ok() && fraction.len() == 9, "{time}");
        assert!(matches!(line["direction"].as_str(), Some("i2t" | "t2i")), "{line}");
    }
}

#[test]
fn times_keep_the_nanoseconds_of_the_capture() {
    let has_nanoseconds =
        |line: &serde_json::Value| !line["time"].as_str().unwrap().ends_with("000");
    assert!(pdus("nanoseconds.pcap", &[]).iter().any(has_nanoseconds));
    assert!(!pdus("inquiry.pcap", &[]).iter().any(has_nanoseconds));
}

#[test]
fn a_command_knows_its_lba_and_a_response_its_time_and_sense() {
    let lines = pdus("large-write.pcap", &[]);
    let write = lines.iter().find(|line| line["scsi"]["opcode"] == 0x2a).expect("no WRITE(10)");
    assert_eq!(
        (write["scsi"]["lba"].as_u64(), write["scsi"]["blocks"].as_u64()),
        (Some(0), Some(576))
    );
    assert!(lines.iter().any(|line| line["response_time_us"].is_number()));
    let sense = lines.iter().find_map(|line| line.get("sense")).expect("no sense data");
    assert_eq!(
        (&sense["key"], &sense["asc"], &sense["ascq"]),
        (&6.into(), &0x29.into(), &0.into())
    );
}

#[test]
fn the_summary_names_sessions_values_commands_and_findings() {
    let text = stdout(&["decode", "--summary", &capture("small-bursts.pcap")]);
    for part in [
        "iqn.2026-01.org.example:disk",
        "127.0.0.1:3260",
        "MaxBurstLength",
        "16384",
        "WRITE(10)",
        "READ(10)",
        "p99",
    ] {
        assert!(text.contains(part), "{part} is not in the summary:\n{text}");
    }
}

#[test]
fn the_summary_says_why_a_login_was_refused() {
    let text = stdout(&["decode", "--summary", &capture("chap-wrong-password.pcap")]);
    assert!(text.contains("0201"), "{text}");
    let text = stdout(&["decode", "--summary", &capture("unknown-target.pcap")]);
    assert!(text.contains("0203"), "{text}");
}

#[test]
fn the_summary_counts_the_write_that_never_was_answered() {
    let text = stdout(&["decode", "--summary", &capture("target-killed.pcap")]);
    assert!(text.contains("no response to WRITE(10)"), "{text}");
}

#[test]
fn both_digests_and_cut_packets_are_said_as_they_are() {
    let lines = pdus("header-digest-write.pcap", &[]);
    let with_digest = lines.iter().filter(|line| line["header_digest"] == "good").count();
    assert!(with_digest > 30, "{with_digest} of {}", lines.len());
    assert!(lines.iter().all(|line| line["header_digest"] != "bad"));
}

#[test]
fn a_redirect_leads_to_the_port_it_names() {
    let lines = pdus("redirect.pcap", &[]);
    assert!(lines.iter().any(|line| line["dst"] == "127.0.0.2:23260"), "{lines:?}");
}

#[test]
fn strict_makes_findings_an_exit_code() {
    let refused = trace(&["decode", "--strict", &capture("chap-wrong-password.pcap")]);
    assert_eq!(refused.status.code(), Some(1));
    let fine = trace(&["decode", "--strict", &capture("inquiry.pcap")]);
    assert_eq!(fine.status.code(), Some(0));
}

#[test]
fn events_other_than_pdus_are_json_too() {
    let lines = json(&["decode", "--output", "json", &capture("target-killed.pcap")]);
    assert!(lines.iter().all(serde_json::Value::is_object));
}
