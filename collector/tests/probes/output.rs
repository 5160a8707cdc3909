use iscsi_collector::filter::Filter;
use iscsi_collector::model::{Model, Record};
use iscsi_collector::output::{EventSchema, Json, Line, Secrets, Tree, get};
use serde_json::Value;

use crate::builder::session;
use crate::{printed, run};

#[test]
fn a_connection_error_says_what_who_where_and_since_when() {
    let text = printed(&session(), &mut Line::new(Secrets::Hidden, false));
    let line = text.lines().find(|line| line.contains("conn error")).unwrap();
    for part in [
        "#1",
        "session 3:0",
        "iqn.2026-01.org.example:disk",
        "1022 ISCSI_ERR_NOP_TIMEDOUT",
        "raised by iscsi_check_transport_timeouts",
        "TCP ESTABLISHED",
        "nothing received for 7.0",
    ] {
        assert!(line.contains(part), "{part} is not in {line}");
    }
}

#[test]
fn a_tree_shows_the_stack_and_what_came_before() {
    let text = printed(&session(), &mut Tree::new(Secrets::Hidden, false));
    let (_, error) = text.split_once("conn error").unwrap();
    for part in ["iscsi_conn_failure [libiscsi]", "0xdeadbeef", "NOP-Out", "itt=0x4d"] {
        assert!(error.contains(part), "{part} is not in\n{error}");
    }
}

fn json() -> Vec<Value> {
    let text = printed(&session(), &mut Json::new(Secrets::Hidden));
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn json_has_the_fields_of_the_contract() {
    let lines = json();
    let error = lines.iter().find(|line| line["event"] == "connection-error").unwrap();
    assert_eq!(error["code"], 1022);
    assert_eq!(error["symbol"], "ISCSI_ERR_NOP_TIMEDOUT");
    assert_eq!(error["raised_by"], "iscsi_check_transport_timeouts");
    assert_eq!(error["tcp_state"], "ESTABLISHED");
    assert_eq!(error["since_received_us"], 7_000_000);
    assert_eq!(error["since_sent_us"], Value::Null);
    assert_eq!(error["session"], 3);
    assert_eq!(error["target"], "iqn.2026-01.org.example:disk");
    assert_eq!(error["flight"][0]["pdu"], "nop-out");
    let command = lines.iter().find(|line| line["pdu"] == "scsi-command").unwrap();
    assert_eq!((&command["host"], &command["cpu"]), (&2.into(), &1.into()));
    assert_eq!(command["target"], "iqn.2026-01.org.example:disk");
    let stopped = lines.iter().find(|line| line["step"] == "stopped").unwrap();
    assert_eq!(stopped["flag"], "STOP_CONN_RECOVER");
}

/// How many records a filter lets through.
fn matching(expression: &str) -> usize {
    let filter = Filter::parse(expression, &EventSchema).unwrap();
    let mut model = Model::default();
    let mut count = 0;
    run(&session(), &mut |event| {
        model.observe(&event, &mut |record: &Record<'_>| {
            count += usize::from(filter.matches(|id| get(record, id)));
        });
    });
    count
}

#[test]
fn filters_select_by_what_the_kernel_knows() {
    assert_eq!(matching("code == 1022"), 1);
    assert_eq!(matching("raised_by contains transport_timeouts && since_received_us > 5s"), 1);
    assert_eq!(matching("step == stopped"), 1);
    assert_eq!(matching("session == 4"), 0);
    assert_eq!(matching("session == 3 && pdu"), 5);
    assert_eq!(matching("event in {connection-identity, connection-error}"), 3);
}
