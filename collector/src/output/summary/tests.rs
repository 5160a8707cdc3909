use super::*;
use crate::model::tests::build::*;
use iscsi_decoders::Timestamp;
use iscsi_decoders::pdu::Direction;

/// A session whose first connection dies with a task, and the one that replaces it.
fn talk() -> Talk {
    let mut talk = Talk::new();
    talk.send(login(
        0x81,
        "InitiatorName=iqn.a:host\nTargetName=iqn.b:\x1b[1mdisk\nCHAP_R=0xaffe\n",
    ));
    talk.wait(1);
    talk.send(login_response(0x81, ""));
    talk.send(login(0x87, "HeaderDigest=CRC32C,None\nFirstBurstLength=262144\n"));
    talk.wait(2);
    talk.send(login_response(0x87, "HeaderDigest=None\nMaxRecvDataSegmentLength=65536\n"));
    for itt in 2..4 {
        talk.send(read(itt, 4096));
        talk.wait(1);
        talk.send(last_data_in(itt, 0, 0, 4096));
    }
    talk.send(write(9, 512));
    talk.wait(40);
    talk.close(1, Direction::ToInitiator, true);
    talk.finish();
    talk
}

fn capture() -> Capture {
    let mut totals = Totals { bytes: 2048, first: Some(Timestamp(0)), ..Totals::default() };
    totals.last.time = Timestamp(45 * MS);
    totals.net.packets = 12;
    totals.net.not_ip = 3;
    Capture { name: "a.pcap".to_owned(), totals }
}

#[test]
fn the_page_has_sessions_commands_findings_and_what_was_skipped() {
    let talk = talk();
    let mut page = Vec::new();
    talk.summary.print(&talk.model, &capture(), &mut page).unwrap();
    let page = String::from_utf8(page).unwrap();
    assert_eq!(
        page.lines().collect::<Vec<_>>(),
        [
            "a.pcap: 12 packets, 2.0 KiB, 45.0 ms from 1970-01-01 00:00:00.000000 UTC",
            "9 PDUs on 1 connection in 1 session",
            "",
            "Session 1: iqn.a:host → iqn.b:\\u{1b}[1mdisk, isid 000000000001, tsih 7",
            "  #1 10.0.0.1:40000 → 10.0.0.2:3260  00:00:00.000000  9 PDUs, logged in, security stage 1.0 ms, operational stage 2.0 ms, reset by the target after 45.0 ms",
            "  key                        requested          offered            in force",
            "  HeaderDigest               CRC32C,None        None               None",
            "  MaxRecvDataSegmentLength   (8192)             65536              each its own",
            "  FirstBurstLength           262144             (65536)            65536",
            "  lun command                   count failed      bytes       min      mean       p50       p95       p99       max",
            "    0 READ(10)                      2      0    8.0 KiB    1.0 ms    1.0 ms    1.0 ms    1.0 ms    1.0 ms    1.0 ms",
            "",
            "Findings",
            "  1 × closed-with-tasks",
            "      frame 9 #1 00:00:00.045000: the target reset the connection with 1 task open",
            "  1 × no-response",
            "      frame 9 #1 00:00:00.045000 itt 0x9: no response to WRITE(10), waited 40.0 ms",
            "",
            "Skipped",
            "           3 packets that are not IP",
        ]
    );
}

#[test]
fn the_document_says_the_same_in_the_names_of_the_contract() {
    let talk = talk();
    let mut text = Vec::new();
    talk.summary.print_json(&talk.model, &capture(), &mut text).unwrap();
    let text = String::from_utf8(text).unwrap();
    assert!(!text.contains("null") && !text.contains("affe"), "{text}");
    assert_eq!(
        text.lines().collect::<Vec<_>>(),
        [
            r#"{"bytes":2048,"capture":"a.pcap","connections":[{"closed":{"by":"t2i","frame":9,"reset":true},"connection":1,"data_digest":false,"header_digest":false,"initiator":"10.0.0.1:40000","keys":[{"key":"HeaderDigest","negotiated":"None","offered":"None","requested":"CRC32C,None"},{"key":"MaxRecvDataSegmentLength","offered":"65536"},{"key":"FirstBurstLength","negotiated":"65536","requested":"262144"},{"key":"InitiatorName","requested":"iqn.a:host"},{"key":"TargetName","requested":"iqn.b:\u001b[1mdisk"}],"login_stages":[{"duration_us":1000,"requests":1,"stage":0},{"duration_us":2000,"requests":1,"stage":1}],"pdus":9,"skipped_bytes":0,"state":"full-feature","target":"10.0.0.2:3260"}],"findings":[{"count":1,"examples":[{"connection":1,"frame":9,"message":"the target reset the connection with 1 task open","time":"0.045000000"}],"finding":"closed-with-tasks"},{"count":1,"examples":[{"connection":1,"frame":9,"initiator_task_tag":9,"message":"no response to WRITE(10), waited 40.0 ms","time":"0.045000000"}],"finding":"no-response"}],"packets":12,"pdus":9,"sessions":[{"commands":[{"bytes":8192,"count":2,"failed":0,"lun":0,"max_us":1000,"mean_us":1000,"min_us":1000,"name":"READ(10)","opcode":40,"p50_us":1000,"p95_us":1000,"p99_us":1000}],"connections":[1],"discovery":false,"initiator":"iqn.a:host","isid":"000000000001","target":"iqn.b:\u001b[1mdisk","tsih":7}],"skipped":{"foreign_connections":0,"foreign_segments":0,"incomplete_datagrams":0,"malformed":0,"not_ip":3,"other_protocol":0,"stream_bytes":0,"too_deep":0,"truncated":0,"unknown_link":0}}"#,
        ]
    );
}

#[test]
fn a_capture_without_anything_is_a_short_page() {
    let mut page = Vec::new();
    let capture = Capture { name: "-".to_owned(), totals: Totals::default() };
    Summary::default().print(&Model::default(), &capture, &mut page).unwrap();
    let page = String::from_utf8(page).unwrap();
    assert_eq!(page, "-: 0 packets, 0 B\n0 PDUs on 0 connections in 0 sessions\n\nNo findings.\n");
}
