//! Recordings as other programs see them: the PDUs of our captures, written the way live ones are.

use std::fs::{self, File};
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::process::Command;

use iscsi_collector::recording::Writer;
use iscsi_collector::source::{CaptureSource, Event};
use serde_json::Value;

/// Captures whose PDUs are whole, with and without digests, over both IP versions.
const CAPTURES: [&str; 6] = [
    "kernel-session.pcap",
    "kernel-both-digests.pcap",
    "ipv6.pcap",
    "small-bursts.pcap",
    "task-management.pcap",
    "many-sessions.pcap",
];

/// Records what a capture holds.
fn record(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("recordings");
    fs::create_dir_all(&folder).unwrap();
    let path = folder.join(name).with_extension("pcapng");
    let mut writer = Writer::new(BufWriter::new(File::create(&path).unwrap())).unwrap();
    let mut sink = |event: Event<'_>| writer.event(&event).unwrap();
    let capture = File::open(iscsi_tests::capture(name)).unwrap();
    let mut source = CaptureSource::new(capture, &[]).unwrap();
    while source.step(&mut sink).unwrap().is_continue() {}
    source.finish(&mut sink);
    writer.flush().unwrap();
    path
}

/// Lines of `decode` without what differs because user data is left out and packets are counted otherwise.
fn decoded(path: &Path) -> Vec<Value> {
    let mut lines = iscsi_tests::decode_json(path, &[]).unwrap();
    for line in &mut lines {
        let fields = line.as_object_mut().unwrap();
        for name in ["frame", "request_frame", "data_digest", "data_digest_sent"] {
            fields.remove(name);
        }
    }
    lines
}

#[test]
fn decode_gives_back_what_was_recorded() {
    for name in CAPTURES {
        let (original, recorded) = (decoded(&iscsi_tests::capture(name)), decoded(&record(name)));
        for (original, recorded) in original.iter().zip(&recorded) {
            assert_eq!(original, recorded, "{name}");
        }
        assert_eq!(original.len(), recorded.len(), "{name}");
    }
}

/// Frame, opcode, tag and lengths of each PDU, as tshark reads a file; no PDU may be malformed.
fn tshark(path: &Path) -> Vec<[u64; 4]> {
    let mut command = Command::new("tshark");
    command.args(["-n", "-T", "fields", "-Y", "iscsi || _ws.malformed"]);
    for field in
        ["frame.number", "iscsi.opcode", "iscsi.initiatortasktag", "iscsi.datasegmentlength"]
    {
        command.args(["-e", field]);
    }
    command.args(["-e", "_ws.malformed", "-e", "iscsi.headerdigest32"]);
    let output = iscsi_tests::run(command.arg("-r").arg(path)).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let lines = String::from_utf8(output.stdout).unwrap();
    lines.lines().map(pdu).collect()
}

fn pdu(line: &str) -> [u64; 4] {
    let number = |cell: &str| match cell.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16).unwrap(),
        None => cell.parse().unwrap(),
    };
    let cells: Vec<&str> = line.split('\t').collect();
    let [frame, opcode, tag, length, malformed, _digest] = cells.try_into().unwrap();
    // Of user data tshark's SCSI dissector complains, because it is left out.
    assert!(!malformed.contains("iSCSI"), "{line}");
    [frame, opcode, tag, length].map(number)
}

#[test]
fn tshark_sees_the_pdus_that_were_recorded() {
    for name in CAPTURES {
        let recording = record(name);
        let mut ours = iscsi_tests::decode_json(&recording, &[]).unwrap();
        ours.retain(|line| line.get("pdu").is_some());
        let names = ["frame", "opcode", "initiator_task_tag", "data_segment_length"];
        let ours: Vec<[u64; 4]> =
            ours.iter().map(|line| names.map(|name| line[name].as_u64().unwrap())).collect();
        assert!(ours.len() > 10, "{name}");
        assert_eq!(tshark(&recording), ours, "{name}");
    }
}
