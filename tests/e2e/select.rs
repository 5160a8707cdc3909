//! Choosing what to see: `--filter`, `-d`, `--connection`, `--from`, `--to`.

use crate::{capture, pdus, trace};

#[test]
fn a_filter_keeps_what_it_describes_and_nothing_else() {
    let all = pdus("inquiry.pcap", &[]);
    let some = pdus("inquiry.pcap", &["--filter", "opcode == 0x21 && status != 0"]);
    let wanted: Vec<_> =
        all.iter().filter(|line| line["opcode"] == 0x21 && line["status"] != 0).cloned().collect();
    assert!(!wanted.is_empty() && wanted.len() < all.len());
    assert_eq!(some, wanted);
}

#[test]
fn filters_know_tags_luns_connections_and_times() {
    for filter in
        ["lun == 1", "initiator_task_tag != 0xffffffff", "connection == 1", "response_time_us >= 0"]
    {
        let some = pdus("many-sessions.pcap", &["--filter", filter]);
        assert!(!some.is_empty(), "{filter}");
    }
}

#[test]
fn a_wrong_filter_points_at_the_place_and_is_a_usage_error() {
    let output = trace(&["decode", "--filter", "opcode = 1", &capture("inquiry.pcap")]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains('^') && said.contains("opcode = 1"), "{said}");
    assert!(output.stdout.is_empty());
}

#[test]
fn an_unknown_field_is_answered_with_the_nearest() {
    let output = trace(&["decode", "--filter", "opcod == 1", &capture("inquiry.pcap")]);
    assert!(String::from_utf8_lossy(&output.stderr).contains("opcode"));
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn a_category_selects_its_pdus() {
    let logins = pdus("chap-wrong-password.pcap", &["-d", "LOGIN_ERRS"]);
    let all = pdus("chap-wrong-password.pcap", &[]);
    assert!(logins.len() < all.len(), "{} of {}", logins.len(), all.len());
    let output = trace(&["decode", "-d", "LOGIN_ERRORS", &capture("inquiry.pcap")]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("LOGIN_ERRS"));
}

#[test]
fn a_connection_is_chosen_by_its_number() {
    let all = pdus("many-sessions.pcap", &[]);
    let one = pdus("many-sessions.pcap", &["--connection", "3"]);
    let wanted: Vec<_> = all.into_iter().filter(|line| line["connection"] == 3).collect();
    assert_eq!(wanted.len(), 12, "login, three commands and a logout with their answers");
    assert_eq!(one, wanted);
}

#[test]
fn a_time_range_includes_its_ends() {
    let all = pdus("inquiry.pcap", &[]);
    let time = |at: usize| all[at]["time"].as_str().unwrap().to_owned();
    let some = pdus("inquiry.pcap", &["--from", &time(3), "--to", &time(6)]);
    assert_eq!(some, all[3..=6]);
}
