//! `annotate`, over logs of real kernels.

use std::fs;
use std::process::Stdio;

use crate::{json, stdout};

fn log(file_name: &str) -> String {
    iscsi_tests::root().join("tests/logs").join(file_name).display().to_string()
}

fn logs() -> Vec<String> {
    let entries = fs::read_dir(iscsi_tests::root().join("tests/logs")).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| !name.ends_with(".md")).collect()
}

#[test]
fn every_line_of_the_log_is_still_there_in_order() {
    for name in logs() {
        let annotated = stdout(&["annotate", &log(&name)]);
        let mut lines = annotated.lines();
        for line in fs::read_to_string(log(&name)).unwrap().lines() {
            assert!(lines.any(|shown| shown == line), "{name} lost: {line}");
        }
    }
}

#[test]
fn connection_errors_are_explained_by_symbol() {
    for (name, symbol) in [
        ("08-ping-timeout.txt", "ISCSI_ERR_NOP_TIMEDOUT"),
        ("10-header-digest-error.txt", "ISCSI_ERR_HDR_DGST"),
        ("11-data-digest-error.txt", "ISCSI_ERR_DATA_DGST"),
        ("26-no-iscsid-1011.txt", "ISCSI_ERR_CONN_FAILED"),
        ("33-tgt-killed.txt", "ISCSI_ERR_TCP_CONN_CLOSE"),
    ] {
        assert!(stdout(&["annotate", &log(name)]).contains(symbol), "{name}");
    }
}

#[test]
fn what_belongs_together_is_one_incident() {
    let text = stdout(&["annotate", "--incidents", &log("33-tgt-killed.txt")]);
    for part in ["1020", "recovery timed out", "I/O error"] {
        assert!(text.contains(part), "{part} is not in:\n{text}");
    }
    assert!(stdout(&["annotate", "--incidents", &log("01-login-plain.txt")]).trim().is_empty());
}

#[test]
fn json_is_one_object_a_line() {
    for name in logs() {
        let found = json(&["annotate", "--output", "json", &log(&name)]);
        assert!(found.iter().all(serde_json::Value::is_object), "{name}");
    }
}

#[test]
fn a_log_may_come_through_a_pipe_and_lines_without_iscsi_pass_untouched() {
    let plain = "Jan 01 00:00:00 host sshd[1]: Accepted publickey\nnothing \u{00e9} special\n";
    let folder = iscsi_tests::root().join("target/e2e");
    fs::create_dir_all(&folder).unwrap();
    let file = folder.join("plain.log");
    fs::write(&file, plain).unwrap();
    let output = iscsi_tests::iscsi_trace()
        .unwrap()
        .arg("annotate")
        .stdin(Stdio::from(fs::File::open(file).unwrap()))
        .output()
        .unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), plain);
    assert_eq!(output.status.code(), Some(0));
}
