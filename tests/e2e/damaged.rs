//! Input that is damaged, missing or not a capture.

use std::fs;
use std::path::PathBuf;

use crate::{capture, pdus, trace};

/// A file of our own for one test.
fn scratch(name: &str, bytes: &[u8]) -> PathBuf {
    let folder = iscsi_tests::root().join("target/e2e");
    fs::create_dir_all(&folder).unwrap();
    let file = folder.join(name);
    fs::write(&file, bytes).unwrap();
    file
}

#[test]
fn what_comes_before_the_damage_is_printed_then_one_error() {
    for name in ["inquiry.pcap", "block.pcapng", "packed.pcap.gz", "packed-large.pcapng.zst"] {
        let whole = fs::read(capture(name)).unwrap();
        let cut = scratch(&format!("cut-{name}"), &whole[..whole.len() - whole.len() / 8]);
        let output = trace(&["decode", "--output", "json", &cut.display().to_string()]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(3), "{name}: {said}");
        assert_eq!(said.trim().lines().count(), 1, "{name}: {said}");
        assert!(said.contains(&cut.display().to_string()), "{name}: {said}");

        let mut found = iscsi_tests::json_lines(&output.stdout).unwrap();
        found.retain(|line| line.get("pdu").is_some());
        // A PDU whose header came before the damage is shown with what is missing of it.
        if found.last().is_some_and(|line| line.get("data_missing").is_some()) {
            found.pop();
        }
        let all = pdus(name, &[]);
        assert!(
            !found.is_empty() && found.len() < all.len(),
            "{name}: {} of {}",
            found.len(),
            all.len()
        );
        assert_eq!(found, all[..found.len()], "{name}");
    }
}

#[test]
fn a_file_that_is_no_capture_says_so() {
    for (name, bytes) in
        [("empty.pcap", &b""[..]), ("text.pcap", b"this is not a capture at all, sorry\n")]
    {
        let file = scratch(name, bytes);
        let output = trace(&["decode", &file.display().to_string()]);
        assert_eq!(output.status.code(), Some(3), "{name}");
        assert!(output.stdout.is_empty(), "{name}");
        assert!(String::from_utf8_lossy(&output.stderr).contains(name));
    }
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let output = trace(&["decode", "/nonexistent/capture.pcap"]);
    assert_eq!(output.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&output.stderr).contains("/nonexistent/capture.pcap"));
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    use std::process::Stdio;
    let mut child = iscsi_tests::iscsi_trace()
        .unwrap()
        .args(["decode", "-v", &capture("scsi-commands.pcap")])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_command_line_that_makes_no_sense_is_a_usage_error() {
    for arguments in [&["decode"][..], &["decode", "--no-such-option", "x"], &["no-such-command"]] {
        assert_eq!(trace(arguments).status.code(), Some(2), "{arguments:?}");
    }
}
