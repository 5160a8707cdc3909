use iscsi_decoders::pdu::RESERVED_TAG;

use super::build::*;
use crate::model::Timing;
use crate::model::finding::Kind;

const UNSOLICITED: &str = "InitialR2T=No\nFirstBurstLength=4096\nMaxRecvDataSegmentLength=65536\n";

#[test]
fn the_time_of_a_write_is_split_where_it_went() {
    let mut talk = Talk::logged_in("", "");
    talk.send(write(2, 16384));
    talk.wait(4);
    talk.send(r2t(2, 7, 0, 0, 8192));
    talk.wait(1);
    talk.send(more_data_out(2, 7, 0, 0, 4096));
    talk.wait(2);
    talk.send(data_out(2, 7, 1, 4096, 4096));
    talk.wait(3);
    talk.send(r2t(2, 8, 1, 8192, 8192));
    talk.send(data_out(2, 8, 0, 8192, 8192));
    talk.wait(5);
    talk.send(status(2, 0));
    let timing = Timing {
        service: 15 * MS,
        first_r2t: Some(4 * MS),
        r2t_wait: Some(7 * MS),
        data: Some(5 * MS),
    };
    assert_eq!(talk.last().timing, Some(timing));
    assert_eq!(talk.found(), []);
}

#[test]
fn a_read_has_no_r2t_times_and_its_last_data_may_carry_the_status() {
    let mut talk = Talk::logged_in("", "");
    talk.send(read(2, 1024));
    talk.wait(2);
    talk.send(data_in(2, 0, 0, 512));
    assert_eq!(talk.last().timing, None);
    talk.wait(3);
    talk.send(last_data_in(2, 1, 512, 512));
    let timing = Timing { service: 5 * MS, first_r2t: None, r2t_wait: None, data: Some(3 * MS) };
    assert_eq!(talk.last().timing, Some(timing));
    let commands = talk.model.sessions()[0].commands.sorted();
    assert_eq!(
        (commands[0].0.name, commands[0].1.count, commands[0].1.bytes),
        ("READ(10)", 1, 1024)
    );
    talk.finish();
    assert_eq!(talk.found(), []);
}

#[test]
fn immediate_and_unsolicited_data_up_to_the_first_burst_are_legal() {
    let mut talk = Talk::logged_in(UNSOLICITED, UNSOLICITED);
    talk.send(command(2, 0x21, 8192, &[0x2a]).length(1024));
    talk.send(more_data_out(2, RESERVED_TAG, 0, 1024, 1024));
    talk.send(data_out(2, RESERVED_TAG, 1, 2048, 2048));
    talk.send(r2t(2, 7, 0, 4096, 4096));
    talk.send(data_out(2, 7, 0, 4096, 4096));
    talk.send(status(2, 0));
    assert_eq!(talk.found(), []);
}

#[test]
fn unsolicited_data_beyond_the_first_burst_is_found_once() {
    let mut talk = Talk::logged_in(UNSOLICITED, UNSOLICITED);
    talk.send(command(2, 0x21, 16384, &[0x2a]).length(1024));
    talk.send(more_data_out(2, RESERVED_TAG, 0, 1024, 4096));
    talk.send(data_out(2, RESERVED_TAG, 1, 5120, 1024));
    assert_eq!(talk.found(), [Kind::FirstBurstExceeded { sent: 5120, limit: 4096 }]);
    let mut talk = Talk::logged_in(UNSOLICITED, UNSOLICITED);
    talk.send(write(2, 16384).length(8192));
    assert_eq!(talk.found(), [Kind::FirstBurstExceeded { sent: 8192, limit: 4096 }]);
}

#[test]
fn unsolicited_data_that_was_not_agreed_on_is_found() {
    let keys = "ImmediateData=No\nInitialR2T=Yes\n";
    let mut talk = Talk::logged_in(keys, keys);
    talk.send(write(2, 8192).length(512));
    assert_eq!(talk.found(), [Kind::UnsolicitedData { immediate: true }]);
    talk.send(more_data_out(2, RESERVED_TAG, 0, 512, 512));
    talk.send(data_out(2, RESERVED_TAG, 1, 1024, 512));
    assert_eq!(talk.found(), [Kind::UnsolicitedData { immediate: false }]);
    // An offer of No needs no answer to be in force.
    let mut talk = Talk::logged_in("ImmediateData=No\n", "");
    talk.send(write(2, 8192).length(512));
    assert_eq!(talk.found(), [Kind::UnsolicitedData { immediate: true }]);
}

#[test]
fn a_segment_longer_than_its_receiver_takes_is_found_in_both_directions() {
    let mut talk =
        Talk::logged_in("MaxRecvDataSegmentLength=4096\n", "MaxRecvDataSegmentLength=1024\n");
    talk.send(read(2, 8192));
    talk.send(data_in(2, 0, 0, 4096));
    assert_eq!(talk.found(), []);
    talk.send(read(3, 8192));
    talk.send(data_in(3, 0, 0, 5000));
    assert_eq!(talk.found(), [Kind::SegmentTooLong { length: 5000, limit: 4096 }]);
    talk.send(write(4, 4096).length(1025));
    assert_eq!(talk.found(), [Kind::SegmentTooLong { length: 1025, limit: 1024 }]);
}

#[test]
fn a_receiver_may_declare_a_new_length_in_a_text_exchange() {
    let mut talk = Talk::logged_in("", "");
    talk.send(text_request(2, "MaxRecvDataSegmentLength=65536\n"));
    talk.send(text_response(2, "MaxRecvDataSegmentLength=16384\n"));
    talk.send(read(3, 65536));
    talk.send(last_data_in(3, 0, 0, 65536));
    talk.send(write(4, 65536).length(16384));
    assert_eq!(talk.found(), []);
    talk.send(data_out(4, RESERVED_TAG, 0, 16384, 16385).ttt(9));
    assert_eq!(talk.found(), [Kind::SegmentTooLong { length: 16385, limit: 16384 }]);
}

#[test]
fn more_r2ts_than_agreed_on_are_found() {
    let keys = "MaxOutstandingR2T=2\n";
    let mut talk = Talk::logged_in(keys, keys);
    talk.send(write(2, 4096));
    talk.send(r2t(2, 1, 0, 0, 1024));
    talk.send(r2t(2, 2, 1, 1024, 1024));
    talk.send(data_out(2, 1, 0, 0, 1024));
    talk.send(r2t(2, 3, 2, 2048, 1024));
    assert_eq!(talk.found(), []);
    talk.send(r2t(2, 4, 3, 3072, 1024));
    assert_eq!(talk.found(), [Kind::TooManyR2t { open: 3, limit: 2 }]);
}

#[test]
fn data_outside_the_buffer_is_found_in_all_three_pdus() {
    let mut talk = Talk::logged_in("", "");
    talk.send(read(2, 1024));
    talk.send(data_in(2, 0, 0, 1025));
    assert_eq!(talk.found(), [Kind::OutsideBuffer { end: 1025, length: 1024 }]);
    talk.send(write(3, 1024));
    talk.send(r2t(3, 7, 0, 0, 1500));
    assert_eq!(talk.found(), [Kind::OutsideBuffer { end: 1500, length: 1024 }]);
    talk.send(data_out(3, 7, 0, 0, 1500));
    assert_eq!(talk.found(), [Kind::OutsideBuffer { end: 1500, length: 1024 }]);
}

#[test]
fn an_r2t_for_more_than_a_burst_is_found() {
    let keys = "MaxBurstLength=4096\n";
    let mut talk = Talk::logged_in(keys, keys);
    talk.send(write(2, 65536));
    talk.send(r2t(2, 7, 0, 0, 4096));
    assert_eq!(talk.found(), []);
    talk.send(data_out(2, 7, 0, 0, 4096));
    talk.send(r2t(2, 8, 1, 4096, 4097));
    assert_eq!(talk.found(), [Kind::BurstTooLong { length: 4097, limit: 4096 }]);
}

#[test]
fn data_out_of_order_is_found_unless_that_was_agreed_on() {
    let swapped = |talk: &mut Talk| {
        talk.send(read(2, 2048));
        talk.send(data_in(2, 0, 1024, 1024));
        talk.send(last_data_in(2, 1, 0, 1024));
        talk.send(write(3, 2048));
        talk.send(r2t(3, 7, 0, 0, 2048));
        talk.send(data_out(3, 7, 0, 512, 1536));
        talk.found()
    };
    let found = swapped(&mut Talk::logged_in("", ""));
    let at = |expected, found| Kind::OutOfOrder { expected, found };
    assert_eq!(found, [at(0, 1024), at(1024, 0), at(0, 512)]);
    let keys = "DataPDUInOrder=No\nDataSequenceInOrder=No\n";
    assert_eq!(swapped(&mut Talk::logged_in(keys, keys)), []);
}

#[test]
fn a_read_must_account_for_every_byte() {
    const UNDERFLOW: u8 = 0x02;
    const OVERFLOW: u8 = 0x04;
    let short = |flags, residual| {
        let mut talk = Talk::logged_in("", "");
        talk.send(read(2, 1024));
        talk.send(data_in(2, 0, 0, 512));
        talk.send(status(2, 0).byte(1, 0x80 | flags).word(44, residual));
        talk.found()
    };
    assert_eq!(short(UNDERFLOW, 512), []);
    let wrong = |residual| Kind::ResidualWrong { asked: 1024, received: 512, residual };
    assert_eq!(short(0, 0), [wrong(0)]);
    assert_eq!(short(UNDERFLOW, 100), [wrong(100)]);
    assert_eq!(short(OVERFLOW, 512), [wrong(0)]);
    // A command that failed need not.
    let mut talk = Talk::logged_in("", "");
    talk.send(read(2, 1024));
    talk.send(status(2, 2));
    talk.send(read(3, 1024));
    talk.send(last_data_in(3, 0, 0, 1024).byte(1, 0x81 | OVERFLOW).word(44, 512));
    assert_eq!(talk.found(), []);
}

#[test]
fn times_are_counted_up_to_seconds_and_percentiles_are_close() {
    let mut talk = Talk::logged_in("", "");
    for itt in 1..=1000 {
        talk.send(ready(itt));
        talk.wait(i64::from(itt));
        talk.send(status(itt, u8::from(itt > 990) * 2));
    }
    let commands = talk.model.sessions()[0].commands.sorted();
    let (key, stats) = commands[0];
    assert_eq!((key.name, stats.count, stats.failed), ("TEST UNIT READY", 1000, 10));
    assert_eq!((stats.min, stats.max), (MS, 1000 * MS));
    assert_eq!(stats.mean(), 500 * MS + MS / 2);
    for (percent, milliseconds) in [(50.0, 500), (95.0, 950), (99.0, 990), (100.0, 1000)] {
        let exact = milliseconds * MS;
        let error = (stats.percentile(percent) - exact).abs();
        assert!(error * 100 <= exact, "p{percent} is off by {error} ns");
    }
}
