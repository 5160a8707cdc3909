use iscsi_decoders::pdu::{Direction, Opcode, RESERVED_TAG};

use super::build::*;
use crate::model::finding::{Kind, Sequence};

fn gap(sequence: Sequence, expected: u32, found: u32) -> Kind {
    Kind::SequenceBroken { sequence, expected, found }
}

#[test]
fn a_command_number_that_is_left_out_is_found_once() {
    let mut talk = Talk::logged_in("", "");
    talk.send(ready(2));
    talk.cmd_sn = 4;
    talk.send(ready(3));
    talk.send(ready(4));
    assert_eq!(talk.found(), [gap(Sequence::CmdSn, 1, 4)]);
}

#[test]
fn a_command_number_used_before_does_not_disturb_the_next() {
    let mut talk = Talk::logged_in("", "");
    talk.send(ready(2));
    talk.send(ready(3));
    talk.send(ready(4).number(0));
    talk.send(ready(5));
    assert_eq!(talk.found(), [gap(Sequence::CmdSn, 2, 0)]);
}

#[test]
fn numbers_wrap_around() {
    let mut talk = Talk::new();
    talk.cmd_sn = u32::MAX - 1;
    talk.log_in(1, 0, "", "");
    for itt in 2..6 {
        talk.send(ready(itt));
        talk.send(status(itt, 0));
    }
    assert_eq!(talk.cmd_sn, 2);
    assert_eq!(talk.found(), []);
}

#[test]
fn immediate_requests_do_not_use_up_a_number() {
    let mut talk = Talk::logged_in("", "");
    talk.send(nop_out(2, RESERVED_TAG));
    talk.send(nop_in(2, RESERVED_TAG));
    talk.send(ready(3).immediate());
    talk.send(ready(4));
    talk.send(status(3, 0));
    talk.send(status(4, 0));
    assert_eq!(talk.found(), []);
}

#[test]
fn a_command_beyond_the_window_is_found_and_the_numbers_go_on_without_it() {
    let mut talk = Talk::with_room(2);
    talk.send(ready(2));
    talk.send(status(2, 0).window(1, 2));
    talk.send(ready(3));
    talk.send(ready(4));
    assert_eq!(talk.found(), []);
    talk.send(ready(5));
    assert_eq!(talk.found(), [Kind::BeyondWindow { cmd_sn: 3, max_cmd_sn: 2 }]);
    talk.send(status(3, 0));
    talk.send(ready(6).number(3));
    assert_eq!(talk.found(), []);
}

#[test]
fn an_older_maximum_does_not_shrink_the_window_and_a_senseless_one_is_ignored() {
    let mut talk = Talk::with_room(0);
    talk.send(ready(2));
    talk.send(status(2, 0).window(1, 20));
    for window in [(1, 2), (21, 1)] {
        talk.send(ready(3));
        talk.send(status(3, 0).window(window.0, window.1));
    }
    talk.send(ready(4).number(3));
    talk.wait(50);
    talk.send(status(4, 0).window(4, 21));
    assert_eq!(talk.found(), []);
}

#[test]
fn a_window_closed_for_long_is_found_when_it_opens_also_by_data_without_status() {
    let mut talk = Talk::with_room(0);
    talk.send(read(2, 1024));
    talk.send(data_in(2, 0, 0, 512).window(1, 0));
    talk.wait(25);
    talk.send(last_data_in(2, 1, 512, 512).window(1, 8));
    assert_eq!(talk.found(), [Kind::WindowClosed { duration: 25 * MS }]);
    talk.send(read(3, 1024));
    talk.send(r2t(3, 9, 0, 0, 0).window(9, 8));
    talk.wait(40);
    talk.send(data_in(3, 1, 0, 512).window(9, 12));
    assert_eq!(talk.found(), [Kind::WindowClosed { duration: 40 * MS }]);
}

#[test]
fn a_window_closed_briefly_or_until_logout_is_normal_and_one_closed_at_the_end_is_not() {
    let mut talk = Talk::with_room(0);
    talk.send(ready(2));
    talk.send(nop_in(RESERVED_TAG, RESERVED_TAG).window(1, 0));
    talk.wait(9);
    talk.send(status(2, 0).window(1, 8));
    talk.send(logout(3, 0, 1));
    talk.send(logout_response(3).window(9, 8));
    talk.wait(1000);
    talk.close(1, Direction::ToTarget, false);
    assert_eq!(talk.found(), []);
    let mut talk = Talk::with_room(0);
    talk.send(ready(2));
    talk.send(status(2, 0).window(1, 0));
    talk.wait(100);
    talk.finish();
    assert_eq!(talk.found(), [Kind::WindowClosed { duration: 100 * MS }]);
}

#[test]
fn a_status_number_that_is_left_out_is_found_once() {
    let mut talk = Talk::logged_in("", "");
    for itt in 2..5 {
        talk.send(ready(itt));
    }
    talk.send(status(2, 0));
    talk.send(status(3, 0).number(1005));
    talk.send(status(4, 0).number(1006));
    assert_eq!(talk.found(), [gap(Sequence::StatSn, 1002, 1005)]);
}

#[test]
fn what_only_shows_the_next_status_number_does_not_use_it_up() {
    let mut talk = Talk::logged_in("", "");
    talk.send(write(2, 512));
    talk.send(r2t(2, 7, 0, 0, 512));
    talk.send(nop_in(RESERVED_TAG, 5));
    talk.send(nop_out(RESERVED_TAG, 5));
    talk.send(data_out(2, 7, 0, 0, 512));
    talk.send(status(2, 0));
    let message = packet(Opcode::ASYNC_MESSAGE, 0x80, RESERVED_TAG).byte(36, 1);
    talk.send(message);
    talk.send(ready(3));
    talk.send(status(3, 0));
    assert_eq!(talk.found(), [Kind::AsyncEvent { event: 1 }]);
}

#[test]
fn numbers_are_not_compared_across_a_loss() {
    let mut talk = Talk::logged_in("", "");
    talk.send(read(2, 1024));
    talk.send(data_in(2, 0, 0, 512));
    talk.lose(Direction::ToInitiator, 600);
    talk.cmd_sn = 40;
    talk.send(ready(3));
    talk.send(status(3, 0).number(2000).window(41, 50));
    talk.send(last_data_in(2, 3, 4096, 512).number(2001));
    talk.send(ready(9));
    talk.send(ready(9));
    assert_eq!(talk.found(), []);
    talk.send(status(9, 0).number(2005));
    assert_eq!(talk.found(), [gap(Sequence::StatSn, 2002, 2005)]);
}

#[test]
fn a_capture_joined_in_the_middle_finds_only_what_it_can_know() {
    let mut talk = Talk::joined();
    talk.send(last_data_in(9, 4, 2048, 512));
    talk.send(data_out(8, 77, 3, 4096, 512));
    talk.send(status(8, 0));
    talk.send(write(2, 100_000).length(100_000));
    talk.cmd_sn += 3;
    talk.send(ready(3));
    talk.send(nop_in(4, RESERVED_TAG));
    talk.send(logout_response(5));
    assert_eq!(talk.found(), []);
    talk.send(ready(6));
    talk.send(status(6, 0).number(1));
    assert_eq!(talk.found().len(), 1, "StatSN belongs to the connection alone");
}

#[test]
fn data_numbers_run_over_r2ts_and_data_of_a_bidirectional_command() {
    let length = [0, 5, 2, 0, 0, 0, 4, 0];
    let mut talk = Talk::logged_in("", "");
    talk.send(command(2, 0xe1, 512, &[0x53]).ahs(&length));
    talk.send(r2t(2, 7, 0, 0, 512));
    talk.send(data_in(2, 1, 0, 512));
    talk.send(data_out(2, 7, 0, 0, 512));
    talk.send(data_in(2, 2, 512, 512));
    assert_eq!(talk.found(), []);
    talk.send(data_in(2, 4, 1024, 8));
    let end = Kind::OutsideBuffer { end: 1032, length: 1024 };
    assert_eq!(talk.found(), [gap(Sequence::DataInSn, 3, 4), end]);
    talk.send(status(2, 0));
    assert_eq!(talk.found(), []);
}

#[test]
fn an_r2t_number_and_both_data_numbers_are_checked() {
    let mut talk = Talk::logged_in("", "");
    talk.send(write(2, 2048));
    talk.send(r2t(2, 7, 1, 0, 2048));
    assert_eq!(talk.found(), [gap(Sequence::R2tSn, 0, 1)]);
    talk.send(more_data_out(2, 7, 0, 0, 512));
    talk.send(data_out(2, 7, 2, 512, 1536));
    assert_eq!(talk.found(), [gap(Sequence::DataOutSn, 1, 2)]);
    talk.send(status(2, 0));
    talk.send(read(3, 1024));
    talk.send(data_in(3, 0, 0, 512));
    talk.send(last_data_in(3, 3, 512, 512));
    assert_eq!(talk.found(), [gap(Sequence::DataInSn, 1, 3)]);
}

#[test]
fn what_a_snack_asked_for_again_is_no_gap() {
    let mut talk = Talk::logged_in("ErrorRecoveryLevel=1\n", "ErrorRecoveryLevel=1\n");
    talk.send(read(2, 2048));
    talk.send(data_in(2, 0, 0, 512));
    talk.send(data_in(2, 1, 512, 512));
    talk.send(packet(Opcode::SNACK_REQUEST, 0x80, 2).word(40, 0).word(44, 2));
    talk.send(data_in(2, 0, 0, 512));
    talk.send(data_in(2, 1, 512, 512));
    talk.send(last_data_in(2, 2, 1024, 1024));
    talk.send(packet(Opcode::SNACK_REQUEST, 0x81, RESERVED_TAG).word(40, 1001).word(44, 1));
    talk.send(last_data_in(2, 2, 1024, 1024).number(1001));
    talk.send(ready(3));
    talk.send(status(3, 0));
    assert_eq!(talk.found(), []);
}

#[test]
fn an_acknowledged_read_is_still_checked() {
    let mut talk = Talk::logged_in("", "");
    talk.send(read(2, 2048));
    talk.send(data_in(2, 0, 0, 512));
    talk.send(packet(Opcode::SNACK_REQUEST, 0x82, 2).ttt(5));
    talk.send(data_in(2, 2, 512, 512));
    assert_eq!(talk.found(), [gap(Sequence::DataInSn, 1, 2)]);
}

#[test]
fn a_command_sent_again_as_it_was_is_a_retry() {
    let mut talk = Talk::logged_in("", "");
    talk.send(ready(2));
    talk.send(ready(3));
    talk.wait(5);
    talk.send(ready(2).number(0));
    talk.send(ready(4));
    talk.wait(1);
    talk.send(status(2, 0));
    assert_eq!(talk.last().timing.unwrap().service, 6 * MS);
    assert_eq!(talk.found(), []);
}
