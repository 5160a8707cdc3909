//! The real binary, as people and scripts run it.
#![expect(clippy::unwrap_used, reason = "a panic is how a test reports")]

mod annotate;
mod damaged;
mod decode;
mod doctor;
mod explain;
mod input;
mod recording;
mod recut;
mod secrets;
mod select;
mod sessions;
mod summary;
mod why;

use std::process::Output;

/// Runs `iscsi-trace` with nothing on stdin.
fn trace(arguments: &[&str]) -> Output {
    iscsi_tests::run(iscsi_tests::iscsi_trace().unwrap().args(arguments)).unwrap()
}

/// The path of one of our captures, as an argument.
fn capture(file_name: &str) -> String {
    iscsi_tests::capture(file_name).display().to_string()
}

/// What a run that must go well prints.
fn stdout(arguments: &[&str]) -> String {
    let output = trace(arguments);
    assert_eq!(
        output.status.code(),
        Some(0),
        "{arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

/// The JSON objects a run that must go well prints.
fn json(arguments: &[&str]) -> Vec<serde_json::Value> {
    iscsi_tests::json_lines(stdout(arguments).as_bytes()).unwrap()
}

/// Decodes a capture to JSON with more options; PDUs only.
fn pdus(file_name: &str, options: &[&str]) -> Vec<serde_json::Value> {
    let file = capture(file_name);
    let mut lines = json(&[&["decode", "--output", "json", &file], options].concat());
    lines.retain(|line| line.get("pdu").is_some());
    lines
}
