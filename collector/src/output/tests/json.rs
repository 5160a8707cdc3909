use iscsi_decoders::pdu::{Digest, Direction, Opcode, RESERVED_TAG};
use serde_json::{Value, json};

use super::{SECRETS, refused_read, secret_login};
use crate::model::tests::build::*;
use crate::output::{Json, Secrets};

fn objects(converse: impl Fn(&mut Talk)) -> Vec<Value> {
    let mut talk = Talk::printing(Json::default());
    talk.printed();
    converse(&mut talk);
    talk.printed().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_command_and_its_answer_have_the_names_of_the_contract() {
    let mut talk = Talk::printing(Json::default());
    talk.printed();
    refused_read(&mut talk);
    assert_eq!(
        talk.printed().lines().collect::<Vec<_>>(),
        [
            r#"{"time":"0.000000000","frame":1,"connection":1,"direction":"i2t","src":"10.0.0.1:40000","dst":"10.0.0.2:3260","pdu":"scsi-command","opcode":1,"immediate":false,"final":true,"read":true,"write":false,"attribute":1,"total_ahs_length":0,"data_segment_length":0,"lun":1,"initiator_task_tag":42,"expected_data_transfer_length":4096,"cmd_sn":0,"exp_stat_sn":0,"header_digest":"none","data_digest":"none","cdb":"28000000123400000800000000000000","scsi":{"opcode":40,"name":"READ(10)","rdprotect":0,"dpo":0,"fua":0,"rarc":0,"fua_nv":0,"lba":4660,"group_number":0,"blocks":8,"control":0}}"#,
            r#"{"time":"0.002000000","frame":2,"connection":1,"direction":"t2i","src":"10.0.0.2:3260","dst":"10.0.0.1:40000","pdu":"scsi-response","opcode":33,"final":true,"overflow":false,"underflow":true,"bidirectional_read_overflow":false,"bidirectional_read_underflow":false,"total_ahs_length":0,"data_segment_length":20,"lun":1,"initiator_task_tag":42,"snack_tag":0,"stat_sn":1000,"exp_cmd_sn":1,"max_cmd_sn":32,"exp_data_sn":0,"response":0,"status":2,"residual_count":4096,"bidirectional_read_residual_count":0,"header_digest":"none","data_digest":"none","sense":{"response_code":112,"key":3,"asc":17,"ascq":0,"information":4660,"command_specific":0,"text":"UNRECOVERED READ ERROR"},"request_frame":1,"response_time_us":2000}"#,
        ]
    );
}

#[test]
fn what_a_pdu_does_not_have_is_absent_and_nothing_is_null() {
    let found = objects(|talk| {
        talk.send(nop_out(5, RESERVED_TAG));
        talk.send(nop_in(5, RESERVED_TAG));
        talk.send(read(6, 512));
        talk.send(data_in(6, 0, 0, 256));
        talk.send(last_data_in(6, 1, 256, 256));
        let mut unverified = data_in(7, 0, 0, 512);
        unverified.data_digest = Digest::Unverified;
        unverified.missing = 5;
        talk.send(unverified);
    });
    assert!(found.iter().all(|object| object.as_object().unwrap().values().all(|v| !v.is_null())));
    let [nop_out, nop_in, read, data, last, unverified, ..] = &found[..] else { panic!() };
    let lacks = |object: &Value, names: &[&str]| {
        names.iter().for_each(|name| assert!(object.get(name).is_none(), "{name} in {object}"));
    };
    lacks(
        nop_out,
        &["stat_sn", "response_time_us", "request_frame", "lun", "status", "keys", "ahs"],
    );
    lacks(nop_in, &["cmd_sn", "immediate", "data_missing"]);
    lacks(read, &["target_transfer_tag", "buffer_offset", "response_time_us"]);
    lacks(data, &["stat_sn", "status", "residual_count", "response_time_us", "cdb", "scsi"]);
    lacks(unverified, &["data_digest", "data_digest_sent"]);
    assert_eq!(data["lun"], 0, "of its task");
    assert_eq!((&last["status"], &last["response_time_us"]), (&json!(0), &json!(0)));
    assert_eq!(unverified["data_missing"], 5);
}

#[test]
fn digests_show_what_was_sent_and_what_it_should_have_been() {
    let found = objects(|talk| {
        let mut packet = nop_out(5, RESERVED_TAG);
        packet.header_digest = Digest::Good(7);
        packet.data_digest = Digest::Bad { sent: 8, computed: 9 };
        talk.send(packet);
    });
    let of = |name: &str| found[0].get(name).cloned();
    assert_eq!((of("header_digest"), of("data_digest")), (Some(json!("good")), Some(json!("bad"))));
    assert_eq!((of("header_digest_sent"), of("header_digest_computed")), (Some(json!(7)), None));
    assert_eq!(
        (of("data_digest_sent"), of("data_digest_computed")),
        (Some(json!(8)), Some(json!(9)))
    );
}

#[test]
fn events_that_are_no_pdus_say_what_they_are() {
    let mut talk = Talk::printing(Json::default());
    talk.lose(Direction::ToInitiator, 99);
    talk.send(reject(4, &ready(2)));
    talk.close(1, Direction::ToTarget, true);
    let text = talk.printed();
    let events: Vec<&str> = text.lines().filter(|line| !line.contains("\"pdu\"")).collect();
    assert_eq!(
        events,
        [
            r#"{"time":"0.000000000","frame":0,"connection":1,"src":"10.0.0.1:40000","dst":"10.0.0.2:3260","event":"connection-opened","from_start":true}"#,
            r#"{"time":"0.000000000","frame":0,"connection":1,"direction":"t2i","event":"skipped","bytes":99}"#,
            r#"{"time":"0.000000000","frame":1,"connection":1,"event":"finding","finding":"rejected","message":"the target rejected a PDU: Protocol Error"}"#,
            r#"{"time":"0.000000000","frame":1,"connection":1,"direction":"i2t","event":"connection-closed","reset":true}"#,
        ]
    );
}

#[test]
fn additional_headers_and_vendor_pdus_keep_their_bytes() {
    let found = objects(|talk| {
        let ahs = [0, 5, 2, 0, 0, 0, 4, 0, 0, 2, 9, 0xaa, 0xbb, 0, 0, 0];
        talk.send(command(2, 0xe1, 512, &[0x53]).ahs(&ahs));
        talk.send(packet(Opcode(0x1c), 0, 3));
    });
    let ahs = json!([{"bidirectional_read_length": 1024}, {"type": 9, "content": "aabb"}]);
    assert_eq!(found[0]["ahs"], ahs);
    assert_eq!((&found[1]["pdu"], &found[1]["opcode"]), (&json!("vendor"), &json!(0x1c)));
}

#[test]
fn secrets_are_hidden_unless_asked_for_and_control_characters_escaped() {
    let found = objects(secret_login);
    let keys = json!([["CHAP_N", "<hidden>"], ["CHAP_R", "<hidden>"], ["X-evil", "\u{1b}[2Jred"]]);
    assert_eq!(found[0]["keys"], keys);
    assert_eq!(found[1]["keys"], json!([["CHAP_C", "<hidden>"], ["CHAP_I", "7"]]));
    let mut talk = Talk::printing(Json::new(Secrets::Shown));
    secret_login(&mut talk);
    let shown = talk.printed();
    assert!(SECRETS.iter().all(|secret| shown.contains(secret)), "{shown}");
    assert!(!shown.contains('\x1b'), "escaped by JSON");
}
