//! The way of a PDU from the probes does not allocate either: joined, followed, printed and recorded.
#![expect(clippy::unwrap_used, reason = "a panic is how a test reports")]

#[allow(dead_code, reason = "the builder serves other tests, too")]
#[path = "probes/builder.rs"]
mod builder;

use std::alloc::System;
use std::io;

use builder::{TestMachine, bhs, data_of, identity, received, sent};
use iscsi_collector::model::{Model, Record};
use iscsi_collector::output::{Json, Line, Printer, Secrets};
use iscsi_collector::recording::Writer;
use iscsi_collector::source::Event;
use iscsi_collector::source::probes::Joiner;
use iscsi_decoders::pdu::Opcode;
use iscsi_ebpf::pdu::DATA_FOLLOWS;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// A read that fails: command, response, and the sense data in an event of its own.
fn command(n: u32) -> [Vec<u8>; 3] {
    const SENSE: [u8; 20] = [0, 18, 0x70, 0, 6, 0, 0, 0, 0, 10, 0, 0, 0, 0, 0x29, 0, 0, 0, 0, 0];
    let ms = 10 + u64::from(n);
    let read =
        bhs(Opcode::SCSI_COMMAND, 0xc1, n, &[(20, 512), (24, n), (28, n), (32, 0x2800_0000)]);
    let words = [(0, 0x2180_0002), (4, 20), (24, n), (28, n + 1), (32, n + 32)];
    let response = bhs(Opcode::SCSI_RESPONSE, 0x80, n, &words);
    [
        sent(ms, &read, &[]),
        received(ms, &response, DATA_FOLLOWS, &[]),
        data_of(ms, &response, &SENSE),
    ]
}

#[test]
fn pdus_of_the_probes_cost_no_allocation_once_all_is_warm() {
    let mut joiner = Joiner::default();
    let mut model = Model::default();
    let mut writer = Writer::new(io::sink()).unwrap();
    let mut line = Line::new(Secrets::Hidden, true);
    let mut json = Json::new(Secrets::Hidden);
    let mut pdus = 0;
    let mut talk = |events: &[Vec<u8>]| {
        for event in events {
            joiner.take(event, &TestMachine, &mut |event: Event<'_>| {
                writer.event(&event).unwrap();
                model.observe(&event, &mut |record: &Record<'_>| {
                    pdus += u32::from(matches!(record, Record::Pdu(_)));
                    line.print(record, &mut io::sink()).unwrap();
                    json.print(record, &mut io::sink()).unwrap();
                });
            });
        }
        pdus
    };
    talk(&[identity(1, "tcp", 3)]);
    let warm: Vec<_> = (1..100).flat_map(command).collect();
    let more: Vec<_> = (100..2000).flat_map(command).collect();
    let region = Region::new(ALLOCATOR);
    talk(&warm);
    assert!(region.change().allocations > 0, "allocations are counted");
    let region = Region::new(ALLOCATOR);
    assert_eq!(talk(&more), 2 * 1999, "every PDU came out");
    let change = region.change();
    assert_eq!((change.allocations, change.reallocations), (0, 0), "{change:?}");
}
