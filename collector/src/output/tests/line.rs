use iscsi_decoders::pdu::{Digest, Direction, Opcode, RESERVED_TAG};

use super::{SECRETS, refused_read, secret_login};
use crate::model::tests::build::*;
use crate::output::{Line, Secrets};

fn lines(converse: impl Fn(&mut Talk)) -> Vec<String> {
    let mut talk = Talk::printing(Line::default());
    talk.printed();
    converse(&mut talk);
    talk.printed().lines().map(str::to_owned).collect()
}

#[test]
fn the_life_of_a_connection_is_told() {
    let mut talk = Talk::printing(Line::default());
    talk.connect(false);
    talk.lose(Direction::ToInitiator, 99);
    talk.close(1, Direction::ToTarget, false);
    talk.close(2, Direction::ToInitiator, true);
    assert_eq!(
        talk.printed().lines().collect::<Vec<_>>(),
        [
            "      0 00:00:00.000000 #1 = connection 10.0.0.1:40000 → 10.0.0.2:3260, 1970-01-01 00:00:00.000000 UTC",
            "      0 00:00:00.000000 #2 = connection 10.0.0.1:40000 → 10.0.0.2:3260, 1970-01-01 00:00:00.000000 UTC, joined after its start",
            "      0 00:00:00.000000 #1 = 99 bytes from the target skipped: not captured, or not iSCSI",
            "      0 00:00:00.000000 #1 = connection closed by the initiator",
            "      0 00:00:00.000000 #2 = connection reset by the target",
        ]
    );
}

#[test]
fn commands_show_what_they_ask_for() {
    let found = lines(|talk| {
        refused_read(talk);
        for cdb in [
            [0x12, 0, 0, 0, 36, 0, 0, 0, 0, 0],
            [0x12, 1, 0x83, 0, 36, 0, 0, 0, 0, 0],
            [0x1a, 0, 0x08, 0, 36, 0, 0, 0, 0, 0],
            [0x25, 0, 0, 0, 0, 0, 0, 0, 0, 0],
            [0x28, 0, 0, 0, 0, 0, 0, 0, 1, 0],
            [0xc5, 0, 0, 0, 0, 0, 0, 0, 0, 0],
        ] {
            talk.send(command(3, 0x80, 36, &cdb));
            talk.send(status(3, 0));
        }
    });
    assert_eq!(
        found,
        [
            "      1 00:00:00.000000 #1 → SCSI Command    itt=0x2a lun=1 READ(10) lba=4660 blocks=8 edtl=4096 cmd_sn=0",
            "      2 00:00:00.002000 #1 ← SCSI Response   itt=0x2a lun=1 CHECK CONDITION: MEDIUM ERROR, UNRECOVERED READ ERROR (11/00) underflow=4096 stat_sn=1000 len=20 2.0 ms",
            "      3 00:00:00.002000 #1 → SCSI Command    itt=0x3 lun=0 INQUIRY edtl=36 cmd_sn=1",
            "      4 00:00:00.002000 #1 ← SCSI Response   itt=0x3 lun=0 GOOD stat_sn=1001 0 µs",
            "      5 00:00:00.002000 #1 → SCSI Command    itt=0x3 lun=0 INQUIRY page=0x83 edtl=36 cmd_sn=2",
            "      6 00:00:00.002000 #1 ← SCSI Response   itt=0x3 lun=0 GOOD stat_sn=1002 0 µs",
            "      7 00:00:00.002000 #1 → SCSI Command    itt=0x3 lun=0 MODE SENSE(6) page=0x08 edtl=36 cmd_sn=3",
            "      8 00:00:00.002000 #1 ← SCSI Response   itt=0x3 lun=0 GOOD stat_sn=1003 0 µs",
            "      9 00:00:00.002000 #1 → SCSI Command    itt=0x3 lun=0 READ CAPACITY(10) edtl=36 cmd_sn=4",
            "     10 00:00:00.002000 #1 ← SCSI Response   itt=0x3 lun=0 GOOD stat_sn=1004 0 µs",
            "     11 00:00:00.002000 #1 → SCSI Command    itt=0x3 lun=0 READ(10) lba=0 blocks=1 edtl=36 cmd_sn=5",
            "     12 00:00:00.002000 #1 ← SCSI Response   itt=0x3 lun=0 GOOD stat_sn=1005 0 µs",
            "     13 00:00:00.002000 #1 → SCSI Command    itt=0x3 lun=0 opcode 0xc5 edtl=36 cmd_sn=6",
            "     14 00:00:00.002000 #1 ← SCSI Response   itt=0x3 lun=0 GOOD stat_sn=1006 0 µs",
        ]
    );
}

#[test]
fn data_transfers_show_their_numbers_and_the_last_answer_the_time() {
    let found = lines(|talk| {
        talk.send(write(0x10, 4096));
        talk.send(r2t(0x10, 7, 0, 0, 4096));
        talk.send(data_out(0x10, 7, 0, 0, 4096));
        talk.wait(3);
        talk.send(status(0x10, 0));
        talk.send(read(0x11, 1024));
        talk.send(data_in(0x11, 0, 0, 512));
        talk.wait(1500);
        talk.send(last_data_in(0x11, 1, 512, 500).byte(1, 0x83).word(44, 12));
    });
    assert_eq!(
        found,
        [
            "      1 00:00:00.000000 #1 → SCSI Command    itt=0x10 lun=0 WRITE(10) lba=0 blocks=0 edtl=4096 cmd_sn=0",
            "      2 00:00:00.000000 #1 ← R2T             itt=0x10 lun=0 r2t_sn=0 offset=0 wants=4096 stat_sn=1000",
            "      3 00:00:00.000000 #1 → SCSI Data-Out   itt=0x10 lun=0 data_sn=0 offset=0 F len=4096",
            "      4 00:00:00.003000 #1 ← SCSI Response   itt=0x10 lun=0 GOOD stat_sn=1000 3.0 ms",
            "      5 00:00:00.003000 #1 → SCSI Command    itt=0x11 lun=0 READ(10) lba=0 blocks=0 edtl=1024 cmd_sn=1",
            "      6 00:00:00.003000 #1 ← SCSI Data-In    itt=0x11 lun=0 data_sn=0 offset=0 len=512",
            "      7 00:00:01.503000 #1 ← SCSI Data-In    itt=0x11 lun=0 data_sn=1 offset=512 F GOOD underflow=12 stat_sn=1001 len=500 1.50 s",
        ]
    );
}

#[test]
fn everything_else_shows_its_codes_by_name() {
    let found = lines(|talk| {
        talk.send(nop_out(5, RESERVED_TAG));
        talk.send(nop_in(5, RESERVED_TAG));
        talk.send(nop_in(RESERVED_TAG, 9));
        talk.send(task_management(6, 1, 0x10));
        talk.send(task_management_response(6, 0));
        talk.send(reject(4, &read(7, 1)));
        talk.send(packet(Opcode::ASYNC_MESSAGE, 0x80, RESERVED_TAG).byte(36, 1));
        talk.send(text_request(8, "SendTargets=All\n"));
        talk.send(text_response(8, "TargetName=iqn.b:disk\nTargetAddress=10.0.0.2:3260,1\n"));
        talk.send(logout(9, 0, 1));
        talk.send(logout_response(9));
        let mut bad = nop_out(10, RESERVED_TAG);
        bad.header_digest = Digest::Bad { sent: 1, computed: 0xabc };
        bad.missing = 3;
        talk.send(bad);
    });
    assert_eq!(
        found,
        [
            "      1 00:00:00.000000 #1 → NOP-Out         itt=0x5 cmd_sn=0 I",
            "      2 00:00:00.000000 #1 ← NOP-In          itt=0x5 stat_sn=1000 0 µs",
            "      3 00:00:00.000000 #1 ← NOP-In          lun=0 ttt=0x9 stat_sn=1001",
            "      4 00:00:00.000000 #1 → TMF Request     itt=0x6 lun=0 ABORT TASK of itt 0x10 cmd_sn=0 I",
            "      5 00:00:00.000000 #1 ← TMF Response    itt=0x6 lun=0 Function complete stat_sn=1001 0 µs",
            "      6 00:00:00.000000 #1 ← Reject          Protocol Error stat_sn=1002 len=48",
            "      6 00:00:00.000000 #1 ! the target rejected a PDU: Protocol Error",
            "      7 00:00:00.000000 #1 ← Async Message   Target requests logout stat_sn=1003",
            "      7 00:00:00.000000 #1 ! message from the target: Target requests logout",
            "      8 00:00:00.000000 #1 → Text Request    itt=0x8 SendTargets=All cmd_sn=0 len=16",
            "      9 00:00:00.000000 #1 ← Text Response   itt=0x8 TargetName=iqn.b:disk TargetAddress=10.0.0.2:3260,1 stat_sn=1004 len=52 0 µs",
            "     10 00:00:00.000000 #1 → Logout Request  itt=0x9 Close the session cmd_sn=1 I",
            "     11 00:00:00.000000 #1 ← Logout Response itt=0x9 Connection or session closed successfully stat_sn=1005 0 µs",
            "     12 00:00:00.000000 #1 → NOP-Out         itt=0xa cmd_sn=1 I (3 not captured) BAD header digest 0x00000001, computed 0x00000abc",
            "     12 00:00:00.000000 #1 ! itt 0xa: header digest from the initiator is bad: 0x00000001 sent, 0x00000abc computed",
        ]
    );
}

#[test]
fn a_login_shows_its_stages_and_why_it_was_refused() {
    let found = lines(|talk| {
        talk.send(login(0x81, "InitiatorName=iqn.a:host\nAuthMethod=None\n"));
        talk.send(login_response(0x81, "AuthMethod=None\n"));
        talk.send(login(0x44, ""));
        talk.send(login(0x87, "HeaderDigest=None\n"));
        talk.send(refusal(2, 1, ""));
    });
    assert_eq!(
        found,
        [
            "      1 00:00:00.000000 #1 → Login Request   itt=0x1 security→operational InitiatorName=iqn.a:host AuthMethod=None cmd_sn=0 I len=41",
            "      2 00:00:00.000000 #1 ← Login Response  itt=0x1 security→operational AuthMethod=None stat_sn=1000 len=16 0 µs",
            "      3 00:00:00.000000 #1 → Login Request   itt=0x1 operational (continued) cmd_sn=0 I",
            "      4 00:00:00.000000 #1 → Login Request   itt=0x1 operational→full feature HeaderDigest=None cmd_sn=0 I len=18",
            "      5 00:00:00.000000 #1 ← Login Response  itt=0x1 0201 Authentication failure stat_sn=1001 0 µs",
            "      5 00:00:00.000000 #1 ! itt 0x1: login refused (0201): Authentication failure",
        ]
    );
}

#[test]
fn secrets_are_hidden_unless_asked_for_and_control_characters_escaped() {
    let hidden = lines(secret_login).join("\n");
    assert!(SECRETS.iter().all(|secret| !hidden.contains(secret)), "{hidden}");
    assert_eq!(hidden.matches("=<hidden>").count(), 3, "{hidden}");
    assert!(hidden.contains(r"X-evil=\u{1b}[2Jred"), "{hidden}");
    let mut talk = Talk::printing(Line::new(Secrets::Shown, false));
    secret_login(&mut talk);
    let shown = talk.printed();
    assert!(SECRETS.iter().all(|secret| shown.contains(secret)), "{shown}");
}

#[test]
fn only_what_is_wrong_is_coloured() {
    let mut talk = Talk::printing(Line::new(Secrets::Hidden, true));
    talk.printed();
    refused_read(&mut talk);
    let text = talk.printed();
    let red: Vec<bool> = text.lines().map(|line| line.starts_with("\x1b[31m")).collect();
    assert_eq!(red, [false, true], "{text}");
    assert!(text.lines().all(|line| line.contains('\x1b') == line.ends_with("\x1b[0m")));
}
