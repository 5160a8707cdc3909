//! Events as the probes would write them.

use iscsi_collector::event::connection::Flown;
use iscsi_collector::source::probes::Machine;
use iscsi_decoders::Timestamp;
use iscsi_decoders::pdu::{Bhs, Opcode};
use iscsi_ebpf::event::{Header, Kind};
use iscsi_ebpf::pdu::{DATA_FOLLOWS, Data, Pdu};
use iscsi_ebpf::{NONE, connection};
use zerocopy::{FromZeros, Immutable, IntoBytes};

/// The `iscsi_conn` everything happens on.
pub const CONN: u64 = 0xffff_8880_1234_5678;
/// The time of day at boot.
const BOOT: i64 = 1_700_000_000_000_000_000;

pub struct TestMachine;

impl Machine for TestMachine {
    fn time(&self, boottime: u64) -> Timestamp {
        Timestamp(BOOT + boottime.cast_signed())
    }

    fn function(&self, address: u64) -> Option<String> {
        match address {
            1 => Some("iscsi_conn_failure [libiscsi]".into()),
            2 => Some("iscsi_check_transport_timeouts [libiscsi]".into()),
            _ => None,
        }
    }

    fn flight(&self, conn: u64) -> Vec<Flown> {
        assert_eq!(conn, CONN);
        let header = bhs(Opcode::NOP_OUT, 0x80, 77, &[]);
        vec![Flown { time: Timestamp(BOOT), sent: true, header, data_length: 0 }]
    }
}

/// A header from its opcode, flags, tag and the words that matter, by offset.
pub fn bhs(opcode: Opcode, flags: u8, itt: u32, words: &[(usize, u32)]) -> Bhs {
    let mut bytes = [0; 48];
    bytes[..2].copy_from_slice(&[opcode.0, flags]);
    for &(at, word) in [(16, itt)].iter().chain(words) {
        bytes[at..at + 4].copy_from_slice(&word.to_be_bytes());
    }
    Bhs(bytes)
}

/// An event at a time in milliseconds.
pub fn event(kind: Kind, ms: u64, body: &(impl IntoBytes + Immutable), tail: &[u8]) -> Vec<u8> {
    let body = body.as_bytes();
    let size = size_of::<Header>() + body.len() + tail.len();
    let header = Header {
        time: ms * 1_000_000,
        conn: CONN,
        size: size.try_into().unwrap(),
        kind: kind as u8,
        zero: 0,
        cpu: 1,
        host: 2,
        sid: 3,
        cid: 0,
        pid: 4711,
    };
    [header.as_bytes(), body, tail].concat()
}

fn pdu(header: &Bhs, flags: u32, data: &[u8]) -> Pdu {
    Pdu {
        bhs: header.0,
        flags,
        data_length: header.data_segment_length(),
        ahs_captured: 0,
        data_captured: data.len().try_into().unwrap(),
    }
}

pub fn sent(ms: u64, header: &Bhs, data: &[u8]) -> Vec<u8> {
    event(Kind::PduSent, ms, &pdu(header, 0, data), data)
}

pub fn received(ms: u64, header: &Bhs, flags: u32, data: &[u8]) -> Vec<u8> {
    event(Kind::PduReceived, ms, &pdu(header, flags, data), data)
}

/// A received PDU, and its data in an event of its own.
pub fn received_with_data(ms: u64, header: &Bhs, data: &[u8]) -> [Vec<u8>; 2] {
    [received(ms, header, DATA_FOLLOWS, &[]), data_of(ms + 1, header, data)]
}

pub fn data_of(ms: u64, header: &Bhs, data: &[u8]) -> Vec<u8> {
    let length = header.data_segment_length();
    let body = Data {
        itt: header.initiator_task_tag().to_be_bytes(),
        opcode: header.0[0].into(),
        length,
        captured: data.len().try_into().unwrap(),
    };
    event(Kind::PduData, ms, &body, data)
}

fn name<const N: usize>(text: &str) -> [u8; N] {
    let mut field = [0; N];
    field[..text.len()].copy_from_slice(text.as_bytes());
    field
}

pub fn identity(ms: u64, transport: &str, digests: u16) -> Vec<u8> {
    let mut body = connection::Identity::new_zeroed();
    body.target = name("iqn.2026-01.org.example:disk");
    body.initiator = name("iqn.2026-01.org.example:host");
    body.iface = name("default");
    body.transport = name(transport);
    body.portal = name("10.0.0.2");
    body.portal_port = 3260;
    body.family = 2;
    body.local[..4].copy_from_slice(&[10, 0, 0, 1]);
    body.remote[..4].copy_from_slice(&[10, 0, 0, 2]);
    (body.local_port, body.remote_port) = (40000, 3260);
    body.digests = digests;
    event(Kind::Identity, ms, &body, &[])
}

pub fn step(ms: u64, what: connection::What, flag: u32) -> Vec<u8> {
    let body = connection::Step { what: what as u32, flag, endpoint: 0 };
    event(Kind::ConnectionStep, ms, &body, &[])
}

pub fn error(ms: u64, code: u32, tcp_state: u32, sock_error: u32) -> Vec<u8> {
    let mut body = connection::Error::new_zeroed();
    body.code = code;
    body.tcp_state = tcp_state;
    body.sock_error = sock_error;
    body.since_received = 7_000_000_000;
    body.since_sent = u64::MAX;
    body.session_state = 2;
    body.depth = 3;
    body.stack[..3].copy_from_slice(&[1, 2, 0xdead_beef]);
    event(Kind::ConnectionError, ms, &body, &[])
}

const REQUEST_TEXT: &[u8] = b"InitiatorName=iqn.2026-01.org.example:host\0\
    TargetName=iqn.2026-01.org.example:disk\0SessionType=Normal\0HeaderDigest=CRC32C\0";
const RESPONSE_TEXT: &[u8] = b"HeaderDigest=CRC32C\0TargetPortalGroupTag=1\0";
/// The window of the target: ExpCmdSN 1, MaxCmdSN 32.
const WINDOW: [(usize, u32); 2] = [(28, 1), (32, 32)];

/// A session from its creation to a ping that times out: identity, login with header digests, a read, a ping.
pub fn session() -> Vec<Vec<u8>> {
    let length = |text: &[u8]| (4, u32::try_from(text.len()).unwrap());
    let isid = [(8, 0x0002_3d00), (12, 0)];
    let login = bhs(
        Opcode::LOGIN_REQUEST,
        0x87,
        1,
        &[length(REQUEST_TEXT), isid[0], isid[1], (24, 1), (28, 0)],
    );
    let accepted = bhs(
        Opcode::LOGIN_RESPONSE,
        0x87,
        1,
        &[length(RESPONSE_TEXT), isid[0], (12, 1), (24, 0), WINDOW[0], WINDOW[1]],
    );
    let read = bhs(
        Opcode::SCSI_COMMAND,
        0xc1,
        2,
        &[(20, 512), (24, 1), (28, 1), (32, 0x2800_0000), (40, 1)],
    );
    let data = bhs(
        Opcode::DATA_IN,
        0x81,
        2,
        &[(4, 512), (20, u32::MAX), (24, 1), (28, 2), (32, 33), (36, 0)],
    );
    let ping = bhs(Opcode::NOP_OUT, 0x80, 3, &[(0, 0x4080_0000), (20, u32::MAX), (24, 2), (28, 2)]);
    let [header, text] = received_with_data(15, &accepted, RESPONSE_TEXT);
    vec![
        step(1, connection::What::Created, NONE),
        identity(2, "tcp", 0),
        step(3, connection::What::Bound, NONE),
        sent(10, &login, REQUEST_TEXT),
        header,
        text,
        identity(20, "tcp", 1),
        step(21, connection::What::Started, NONE),
        sent(30, &read, &[]),
        received(31, &data, 0, &[0xaa; 36]),
        sent(1000, &ping, &[]),
        error(8000, 1022, 1, 0),
        step(8001, connection::What::Stopped, 3),
    ]
}
