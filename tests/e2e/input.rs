//! Every way a capture can be handed over.

use std::fs::File;
use std::process::Stdio;

use serde_json::Value;

use crate::{capture, pdus};

/// Opcodes of the smallest session: login, TEST UNIT READY twice, INQUIRY twice, logout.
const SESSION: [u64; 12] = [0x03, 0x23, 0x01, 0x21, 0x01, 0x21, 0x01, 0x25, 0x01, 0x25, 0x06, 0x26];

fn opcodes(lines: &[Value]) -> Vec<u64> {
    lines.iter().map(|line| line["opcode"].as_u64().unwrap()).collect()
}

#[test]
fn formats_link_layers_and_packings_make_no_difference() {
    for file in [
        "inquiry.pcap",
        "nanoseconds.pcap",
        "block.pcapng",
        "packed.pcap.gz",
        "packed-block.pcapng.zst",
        "any-sll.pcap",
        "any-sll2.pcap",
    ] {
        assert_eq!(opcodes(&pdus(file, &[])), SESSION, "{file}");
    }
}

#[test]
fn a_capture_may_come_through_a_pipe_packed_or_not() {
    for file in ["inquiry.pcap", "packed.pcap.gz", "packed-block.pcapng.zst"] {
        let output = iscsi_tests::iscsi_trace()
            .unwrap()
            .args(["decode", "--output", "json", "-"])
            .stdin(Stdio::from(File::open(capture(file)).unwrap()))
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        let mut lines = iscsi_tests::json_lines(&output.stdout).unwrap();
        lines.retain(|line| line.get("pdu").is_some());
        assert_eq!(opcodes(&lines), SESSION, "{file}");
    }
}

#[test]
fn a_capture_on_an_odd_port_is_found_by_what_is_in_it() {
    assert_eq!(opcodes(&pdus("odd-port.pcap", &[]))[26..], SESSION);
}

#[test]
fn the_initiator_side_of_a_lossy_network_shows_every_pdu_once() {
    let clean = opcodes(&pdus("mtu-1500.pcap", &["--filter", "opcode in {0x01, 0x21}"]));
    let lossy = opcodes(&pdus("lossy.pcap", &["--filter", "opcode in {0x01, 0x21}"]));
    assert_eq!(clean, lossy);
}

#[test]
fn a_capture_that_begins_behind_the_login_is_decoded_with_its_digests() {
    let lines = pdus("header-digest-late.pcap", &[]);
    assert!(lines.iter().all(|line| line["header_digest"] == "good"), "{lines:?}");
    assert!(pdus("late.pcap", &[]).iter().all(|line| line["header_digest"] == "none"));
}
