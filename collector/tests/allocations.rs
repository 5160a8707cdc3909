//! The hot path does not allocate: once the model has seen a few commands of each kind, thousands more cost no
//! heap operation, whether they end in a summary, in lines or in JSON, or are watched for failures.

use std::alloc::System;
use std::io;
use std::net::SocketAddr;

use iscsi_collector::model::{Model, Record};
use iscsi_collector::output::{Json, Line, Printer, Secrets, Summary};
use iscsi_collector::source::Event;
use iscsi_collector::why::{Change, Engine, Incident};
use iscsi_decoders::Timestamp;
use iscsi_decoders::pdu::{Bhs, Digest, Opcode};
use iscsi_decoders::stream::{self, ConnectionId, Ends, Pdu, Stamp};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const RESERVED: u32 = u32::MAX;

/// A header from its opcode, flags, ITT and the words that matter, by offset.
fn header(opcode: Opcode, flags: u8, itt: u32, words: &[(usize, u32)]) -> Bhs {
    let mut bytes = [0; 48];
    bytes[..2].copy_from_slice(&[opcode.0, flags]);
    for &(at, word) in [(16, itt)].iter().chain(words) {
        bytes[at..at + 4].copy_from_slice(&word.to_be_bytes());
    }
    Bhs(bytes)
}

/// What one PDU is sent as.
fn pdu(header: &Bhs, frame: u64) -> Pdu<'_> {
    Pdu {
        connection: ConnectionId(1),
        ends: ends(),
        direction: header.opcode().direction(),
        stamp: Stamp { time: Timestamp(frame.cast_signed() * 10_000), frame },
        header,
        ahs: &[],
        data: &[],
        data_missing: 0,
        text: &[],
        header_digest: Digest::Good(1),
        data_digest: Digest::None,
        origin: None,
    }
}

fn ends() -> Ends {
    let address = |host, port| SocketAddr::from(([10, 0, 0, host], port));
    Ends { initiator: address(1, 40000), target: address(2, 3260) }
}

/// A read with two Data-In and a status, a write with immediate data and an R2T, and a ping, number `n`.
fn conversation(n: u32) -> [Bhs; 10] {
    let (read, write, ping) = (n * 3, n * 3 + 1, n * 3 + 2);
    let cmd_sn = n * 2;
    let stat_sn = n * 3;
    let window = |cmd_sn: u32| [(28, cmd_sn), (32, cmd_sn + 31)];
    let [exp, max] = window(cmd_sn + 2);
    let data = |itt, sn, offset, flags, stat_sn| {
        let words = [(4, 512), (20, RESERVED), (24, stat_sn), exp, max, (36, sn), (40, offset)];
        header(Opcode::DATA_IN, flags, itt, &words)
    };
    let command = |itt, flags, length, cmd_sn, cdb| {
        header(
            Opcode::SCSI_COMMAND,
            flags,
            itt,
            &[(4, length), (20, 1024), (24, cmd_sn), (32, cdb)],
        )
    };
    [
        command(read, 0xc1, 0, cmd_sn, 0x2800_0000),
        command(write, 0xa1, 512, cmd_sn + 1, 0x2a00_0000),
        data(read, 0, 0, 0, 0),
        data(read, 1, 512, 0x81, stat_sn),
        header(
            Opcode::R2T,
            0x80,
            write,
            &[(20, n), (24, stat_sn + 1), exp, max, (40, 512), (44, 512)],
        ),
        header(Opcode::DATA_OUT, 0x80, write, &[(4, 512), (20, n), (40, 512)]),
        header(Opcode::SCSI_RESPONSE, 0x80, write, &[(24, stat_sn + 1), exp, max]),
        header(Opcode::NOP_OUT, 0x80, ping, &[(0, 0x4080_0000), (20, RESERVED), (24, cmd_sn + 2)]),
        header(Opcode::NOP_IN, 0x80, ping, &[(20, RESERVED), (24, stat_sn + 2), exp, max]),
        header(Opcode::NOP_IN, 0x80, RESERVED, &[(20, RESERVED), (24, stat_sn + 3), exp, max]),
    ]
}

#[test]
fn pdus_cost_no_allocation_once_the_model_is_warm() {
    let mut model = Model::default();
    let stamp = Stamp { time: Timestamp(0), frame: 0 };
    let connection = ConnectionId(1);
    let opened = stream::Event::Opened { connection, ends: ends(), stamp, from_start: true };
    let mut why = Engine::default();
    model.observe(&Event::Stream(opened), &mut |record: &Record<'_>| {
        why.observe(record, &mut |_: &Incident, _: Change| ());
    });
    let mut summary = Summary::default();
    let mut line = Line::new(Secrets::Hidden, true);
    let mut json = Json::new(Secrets::Hidden);
    let (mut frame, mut findings) = (0, 0);
    let mut talk = |rounds: std::ops::Range<u32>| {
        for header in rounds.flat_map(conversation) {
            frame += 1;
            let event = Event::Stream(stream::Event::Pdu(pdu(&header, frame)));
            model.observe(&event, &mut |record: &Record<'_>| {
                findings += u32::from(matches!(record, Record::Finding(_)));
                summary.record(record);
                line.print(record, &mut io::sink()).unwrap();
                json.print(record, &mut io::sink()).unwrap();
                why.observe(record, &mut |incident: &Incident, _: Change| {
                    panic!("nothing failed: {incident:?}");
                });
            });
        }
        findings
    };
    let region = Region::new(ALLOCATOR);
    assert_eq!(talk(0..100), 0, "a legal conversation");
    assert!(region.change().allocations > 0, "allocations are counted");
    let region = Region::new(ALLOCATOR);
    assert_eq!(talk(100..2000), 0, "a legal conversation");
    let change = region.change();
    assert_eq!((change.allocations, change.reallocations), (0, 0), "{change:?}");
}
