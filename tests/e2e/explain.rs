//! `explain`.

use crate::{json, stdout, trace};

#[test]
fn every_name_space_is_known_by_code_and_symbol() {
    for (code, meaning) in [
        ("1011", "1011"),
        ("ISCSI_ERR_NOP_TIMEDOUT", "1022"),
        ("login:0201", "uthenticat"),
        ("iscsiadm:15", "15"),
        ("sense:3/11/00", "UNRECOVERED READ ERROR"),
    ] {
        let text = stdout(&["explain", code]);
        assert!(text.to_lowercase().contains(&meaning.to_lowercase()), "{code}: {text}");
    }
}

#[test]
fn several_codes_are_explained_in_the_order_given() {
    let text = stdout(&["explain", "1022", "login:0201"]);
    let place = |part| text.find(part).unwrap_or_else(|| panic!("{part} is not in {text}"));
    assert!(place("ISCSI_ERR_NOP_TIMEDOUT") < place("Authentication failure"));
}

#[test]
fn json_has_code_symbol_and_meaning() {
    let found = json(&["explain", "--output", "json", "1011"]);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0]["code"], "1011");
    assert_eq!(found[0]["symbol"], "ISCSI_ERR_CONN_FAILED");
    assert!(found[0]["meaning"].as_str().is_some_and(|meaning| !meaning.is_empty()));
}

#[test]
fn a_number_with_several_meanings_shows_them_all() {
    let found = json(&["explain", "--output", "json", "8"]);
    assert!(found.len() > 1, "{found:?}");
}

#[test]
fn an_unknown_code_ends_with_3_and_suggests_the_nearest() {
    let output = trace(&["explain", "ISCSI_ERR_NOP_TIMEOUT"]);
    assert_eq!(output.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&output.stderr).contains("ISCSI_ERR_NOP_TIMEDOUT"));
}

#[test]
fn an_unknown_code_does_not_hide_the_known_ones() {
    let output = trace(&["explain", "1011", "nonsense", "1022"]);
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(3));
    assert!(text.contains("1011") && text.contains("1022"), "{text}");
}
