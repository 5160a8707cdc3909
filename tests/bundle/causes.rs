//! `why` knows as much from a capture in a bundle as from the capture itself.

use std::fs;
use std::path::Path;

use iscsi_tests::truth;

use crate::collect::{bundle, wish};

/// A cause, how sure it is, and what else may be.
type Said = (String, String, Vec<(String, String)>);

/// What is said of a file, in the order things began.
fn of_file(path: &Path) -> Vec<Said> {
    let mut command = iscsi_tests::iscsi_trace().unwrap();
    let output = iscsi_tests::run(command.args(["why", "--output", "json"]).arg(path)).unwrap();
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let mut said: Vec<Said> = iscsi_tests::json_lines(&output.stdout)
        .unwrap()
        .iter()
        .map(|incident| {
            let others = incident["alternatives"].as_array().into_iter().flatten();
            let others = others.map(|other| (text(&other["cause"]), text(&other["confidence"])));
            (text(&incident["cause"]), text(&incident["confidence"]), others.collect())
        })
        .collect();
    said.reverse();
    said
}

/// The same of a bundle that has the file, of a machine that has nothing else.
fn of_bundle(path: &Path) -> Vec<Said> {
    let empty = tempfile::tempdir().unwrap();
    let mut wish = wish(empty.path());
    wish.captures = vec![path.to_owned()];
    // Which copies it once more, with other names.
    wish.anonymise = true;
    let incidents = bundle(wish).open().incidents();
    incidents
        .iter()
        .map(|incident| {
            let found = &incident.diagnosis;
            let others = incident.alternatives.iter();
            let others =
                others.map(|(cause, sure)| (cause.name().to_owned(), sure.name().to_owned()));
            (found.cause.name().to_owned(), found.confidence.name().to_owned(), others.collect())
        })
        .collect()
}

/// How many of the files have a cause; every difference is a complaint.
fn compare(files: &[std::path::PathBuf]) -> usize {
    let (mut with_cause, mut complaints) = (0, Vec::new());
    for path in files {
        let file = of_file(path);
        with_cause += usize::from(!file.is_empty());
        let bundle = of_bundle(path);
        if file != bundle {
            let name = path.file_name().unwrap().display();
            complaints.push(format!("{name}: {file:?} became {bundle:?}"));
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
    with_cause
}

#[test]
fn captures_keep_their_causes() {
    let with_cause = compare(&iscsi_tests::captures().unwrap());
    assert!(with_cause >= 8, "{with_cause}");
}

#[test]
fn written_conversations_keep_their_causes() {
    let folder = tempfile::tempdir().unwrap();
    let mut files = Vec::new();
    for written in truth::written().unwrap() {
        let path = folder.path().join(format!("{}.pcap", written.name));
        fs::write(&path, written.capture().unwrap()).unwrap();
        files.push(path);
    }
    let with_cause = compare(&files);
    assert!(with_cause >= 40, "{with_cause} of {}", files.len());
}

#[test]
fn a_recording_keeps_what_tcp_did_and_nothing_it_carried() {
    let path = iscsi_tests::capture("large-write.pcap");
    let empty = tempfile::tempdir().unwrap();
    let mut wish = wish(empty.path());
    wish.captures = vec![path.clone()];
    let kept = bundle(wish);
    let copy = kept.folder.path().join("copy.pcapng");
    fs::write(&copy, kept.open().recordings()["capture-1"]).unwrap();
    let segments = |path: &Path, filter: &str| {
        let output = std::process::Command::new("tshark")
            .args(["-r", &path.display().to_string(), "-Y", filter, "-T", "fields"])
            .args(["-e", "tcp.seq_raw", "-e", "tcp.ack_raw", "-e", "tcp.flags", "-e", "tcp.len"])
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    // The other packets of the copy are PDUs without TCP.
    let (before, after) = (segments(&path, "tcp"), segments(&copy, "ip"));
    assert!(before.lines().count() > 20);
    assert_eq!(after, before);
    assert!(fs::metadata(&copy).unwrap().len() < fs::metadata(&path).unwrap().len());
}
