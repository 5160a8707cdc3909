use iscsi_decoders::pdu::Direction::{self, ToInitiator, ToTarget};
use iscsi_decoders::pdu::{Opcode, RESERVED_TAG};

use super::build::*;
use crate::model::finding::Kind;

fn no_response(what: &'static str, milliseconds: i64) -> Kind {
    Kind::NoResponse { what, waited: milliseconds * MS }
}

fn unexpected(what: &'static str) -> Kind {
    Kind::ResponseWithoutTask { what }
}

#[test]
fn answers_without_a_request_are_found_by_name() {
    let mut talk = Talk::logged_in("", "");
    talk.send(status(90, 0));
    talk.send(data_in(91, 0, 0, 512));
    talk.send(r2t(92, 1, 0, 0, 512));
    talk.send(task_management_response(93, 0));
    talk.send(text_response(94, ""));
    talk.send(nop_in(95, RESERVED_TAG));
    talk.send(logout_response(96));
    let names = ["SCSI Response", "SCSI Data-In", "R2T", "TMF Response", "Text Response", "NOP-In"];
    let mut expected: Vec<_> = names.into_iter().map(unexpected).collect();
    expected.push(unexpected("Logout Response"));
    assert_eq!(talk.found(), expected);
}

#[test]
fn a_second_answer_is_one_without_a_request() {
    let mut talk = Talk::logged_in("", "");
    talk.send(read(2, 512));
    talk.send(last_data_in(2, 0, 0, 512));
    talk.send(status(2, 0));
    assert_eq!(talk.found(), [unexpected("SCSI Response")]);
}

#[test]
fn a_tag_used_again_while_its_task_is_open_leaves_one_without_a_response() {
    let mut talk = Talk::logged_in("", "");
    talk.send(read(2, 512));
    talk.wait(3);
    talk.send(ready(2));
    assert_eq!(talk.found(), [no_response("READ(10)", 3)]);
    talk.send(status(2, 0));
    talk.send(ready(2));
    talk.send(status(2, 0));
    assert_eq!(talk.found(), []);
}

#[test]
fn a_text_exchange_uses_its_tag_again() {
    let mut talk = Talk::logged_in("", "");
    talk.send(text_request(2, "SendTargets=All\n"));
    talk.send(text_response(2, "TargetName=iqn.b:1\n").byte(1, 0).ttt(5));
    talk.send(text_request(2, "").ttt(5));
    talk.send(text_request(2, "").ttt(5));
    talk.send(text_response(2, "TargetName=iqn.b:2\n"));
    talk.finish();
    assert_eq!(talk.found(), []);
}

#[test]
fn what_is_unanswered_when_the_capture_ends_counts_after_five_seconds() {
    let mut talk = Talk::logged_in("", "");
    talk.send(read(2, 512));
    talk.send(nop_out(3, RESERVED_TAG));
    talk.send(nop_in(RESERVED_TAG, 8));
    talk.wait(4000);
    talk.send(ready(4));
    talk.wait(1000);
    talk.finish();
    let nop = |from| Kind::NopUnanswered { from, waited: 5000 * MS };
    assert_eq!(talk.found(), [no_response("READ(10)", 5000), nop(ToTarget), nop(ToInitiator)]);
}

#[test]
fn pings_of_both_sides_are_answered() {
    let mut talk = Talk::logged_in("", "");
    talk.send(nop_out(2, RESERVED_TAG));
    talk.send(nop_in(2, RESERVED_TAG));
    assert_eq!(talk.last().task, Some(3), "the frame of the NOP-Out");
    talk.send(nop_in(RESERVED_TAG, 8));
    talk.send(nop_out(RESERVED_TAG, 8));
    talk.send(nop_in(RESERVED_TAG, 9));
    talk.send(nop_out(3, 9));
    talk.send(nop_in(3, RESERVED_TAG));
    talk.send(nop_in(RESERVED_TAG, RESERVED_TAG));
    talk.wait(60_000);
    talk.finish();
    assert_eq!(talk.found(), []);
}

#[test]
fn a_connection_that_dies_says_who_ended_it_and_what_it_takes_along() {
    let mut talk = Talk::logged_in("", "");
    talk.send(read(2, 512));
    talk.wait(30);
    talk.send(write(3, 512));
    talk.wait(1);
    talk.close(1, ToInitiator, true);
    let closed = Kind::ClosedWithTasks { by: ToInitiator, reset: true, tasks: 2 };
    assert_eq!(talk.found(), [closed, no_response("READ(10)", 31), no_response("WRITE(10)", 1)]);
    talk.send(status(2, 0));
    talk.wait(10_000);
    talk.finish();
    assert_eq!(talk.found(), [], "said once");
}

#[test]
fn the_end_after_a_logout_is_no_news() {
    let mut talk = Talk::logged_in("", "");
    talk.send(read(2, 512));
    talk.send(nop_in(RESERVED_TAG, 8));
    talk.send(logout(3, 0, 1));
    talk.send(logout_response(3));
    talk.wait(9000);
    talk.close(1, ToTarget, false);
    assert_eq!(talk.found(), [], "a logout ends what is open");
    let mut talk = Talk::logged_in("", "");
    talk.send(logout(3, 0, 1));
    talk.close(1, ToTarget, false);
    talk.send(logout_response(3));
    assert_eq!(talk.found(), [], "an initiator need not wait for the answer");
    let mut talk = Talk::logged_in("", "");
    talk.send(logout(3, 0, 1));
    talk.close(1, ToInitiator, true);
    assert_eq!(talk.found().len(), 2, "a target must give it");
}

#[test]
fn a_logout_of_the_session_ends_all_its_connections() {
    let mut talk = Talk::logged_in("", "");
    talk.connect(true);
    talk.log_in(2, 7, "", "");
    talk.on(2, read(5, 512));
    talk.send(logout(6, 0, 1));
    talk.send(logout_response(6));
    talk.close(1, ToTarget, false);
    talk.close(2, ToTarget, false);
    assert_eq!(talk.found(), []);
}

/// After this request and its answer, which of the tasks 2 (LUN 0), 3 (LUN 1) and 4 (LUN 0, sent later) still wait?
fn open_after(function: u8, response: u8) -> Vec<u32> {
    let mut talk = Talk::logged_in("", "");
    talk.send(read(2, 512));
    talk.send(read(3, 512).lun(1));
    talk.send(task_management(9, function, 2));
    talk.send(read(4, 512));
    // The target may go on sending until it answers.
    talk.send(data_in(2, 0, 0, 512));
    talk.send(task_management_response(9, response));
    assert_eq!(talk.found(), []);
    talk.wait(6000);
    talk.finish();
    talk.findings.iter().filter_map(|finding| finding.initiator_task_tag).collect()
}

#[test]
fn task_management_ends_the_tasks_it_is_about_and_no_later_ones() {
    const ABORT_TASK: u8 = 1;
    const ABORT_TASK_SET: u8 = 2;
    const LUN_RESET: u8 = 5;
    const TARGET_WARM_RESET: u8 = 6;
    const TARGET_COLD_RESET: u8 = 7;
    const QUERY_TASK: u8 = 9;
    assert_eq!(open_after(ABORT_TASK, 0), [3, 4]);
    assert_eq!(open_after(ABORT_TASK, 1), [3, 4], "no such task: it was answered");
    assert_eq!(open_after(ABORT_TASK, 255), [2, 3, 4], "rejected");
    assert_eq!(open_after(ABORT_TASK_SET, 0), [3, 4]);
    assert_eq!(open_after(LUN_RESET, 0), [3, 4]);
    assert_eq!(open_after(LUN_RESET, 5), [2, 3, 4], "not supported");
    assert_eq!(open_after(TARGET_WARM_RESET, 0), [4]);
    assert_eq!(open_after(TARGET_COLD_RESET, 0), [4]);
    assert_eq!(open_after(QUERY_TASK, 0), [2, 3, 4]);
}

#[test]
fn data_after_the_answer_to_an_abort_is_out_of_place() {
    let mut talk = Talk::logged_in("", "");
    talk.send(read(2, 1024));
    talk.send(task_management(3, 1, 2));
    talk.send(task_management_response(3, 0));
    talk.send(data_in(2, 0, 0, 512));
    assert_eq!(talk.found(), [unexpected("SCSI Data-In")]);
}

#[test]
fn a_reset_ends_tasks_on_the_other_connections_of_the_session() {
    let mut talk = Talk::logged_in("", "");
    talk.connect(true);
    talk.log_in(2, 7, "", "");
    talk.on(2, read(5, 512));
    talk.send(task_management(6, 5, RESERVED_TAG));
    talk.send(task_management_response(6, 0));
    talk.wait(9000);
    talk.finish();
    assert_eq!(talk.found(), []);
}

#[test]
fn a_rejected_request_may_stay_without_an_answer() {
    let mut talk = Talk::logged_in("", "");
    let request = nop_out(2, RESERVED_TAG);
    talk.send(request.clone());
    talk.send(reject(6, &request));
    assert_eq!(talk.found(), [Kind::Rejected { reason: 6 }]);
    talk.send(write(3, 8192));
    talk.send(reject(4, &data_out(3, 7, 0, 0, 512)));
    talk.wait(6000);
    talk.finish();
    // The command itself was not rejected.
    assert_eq!(talk.found(), [Kind::Rejected { reason: 4 }, no_response("WRITE(10)", 6000)]);
}

#[test]
fn an_opcode_the_sender_may_not_use_is_found() {
    let mut talk = Talk::logged_in("", "");
    talk.send(packet(Opcode(0x2f), 0x80, 2));
    let direction = ToInitiator;
    assert_eq!(talk.found(), [Kind::BadOpcode { opcode: 0x2f, direction }]);
    // A vendor's own opcodes are the vendor's business.
    talk.send(packet(Opcode(0x3c), 0x80, 2));
    assert_eq!(talk.found(), []);
}

#[test]
fn messages_of_the_target_are_found() {
    let mut talk = Talk::logged_in("", "");
    talk.send(packet(Opcode::ASYNC_MESSAGE, 0x80, RESERVED_TAG).byte(36, 2));
    assert_eq!(talk.found(), [Kind::AsyncEvent { event: 2 }]);
}

#[test]
fn an_inquiry_tells_how_the_commands_after_it_are_read() {
    for inquiry_data in [data_in(2, 0, 0, 36), last_data_in(2, 0, 0, 36)] {
        let mut talk = Talk::logged_in("", "");
        let second_byte = command(1, 0x80, 0, &[0x01]);
        talk.send(second_byte.clone());
        let as_disk = talk.last().name;
        talk.send(status(1, 0));
        talk.send(command(2, 0xc1, 36, &[0x12, 0, 0, 0, 36]));
        let mut tape = [0; 36];
        tape[0] = 1;
        talk.send(inquiry_data.data(&tape));
        talk.send(second_byte.clone().word(16, 3));
        assert_eq!((as_disk, talk.last().name), (Some("REZERO UNIT"), Some("REWIND")));
        talk.send(second_byte.word(16, 4).lun(1));
        assert_eq!(talk.last().name, as_disk, "another logical unit");
    }
}

#[test]
fn a_long_cdb_is_named_by_all_of_it() {
    // READ(32): service action 0009h of opcode 7Fh.
    let head = [0x7f, 0, 0, 0, 0, 0, 0, 0x18, 0, 9];
    let mut rest = [0; 20];
    rest[1] = 17;
    rest[2] = 1;
    let mut talk = Talk::logged_in("", "");
    talk.send(command(2, 0xc1, 0, &head).ahs(&rest));
    assert_eq!(talk.last().name, Some("READ(32)"));
    talk.send(status(2, 0));
    let commands = talk.model.sessions()[0].commands.sorted();
    assert_eq!(commands[0].0.name, "READ(32)");
}

#[test]
fn a_loss_raises_no_finding_about_what_waited_because_its_answer_may_be_gone() {
    for direction in Direction::BOTH {
        let mut talk = Talk::logged_in("", "");
        talk.send(read(2, 512));
        talk.send(nop_in(RESERVED_TAG, 8));
        talk.lose(direction, 100);
        talk.send(last_data_in(2, 5, 4096, 512));
        talk.wait(9000);
        talk.finish();
        assert_eq!(talk.found(), []);
    }
}
