//! A recording with secrets in every part that can hold one.

use std::fs;
use std::path::Path;

use iscsi_collector::event::{KernelEvent, What};
use iscsi_collector::recording::Writer;
use iscsi_collector::source::Event;
use iscsi_decoders::Timestamp;
use iscsi_decoders::pdu::{Bhs, Digest, Opcode};
use iscsi_decoders::stream::{self, ConnectionId, Ends, Pdu, Stamp};

use crate::canaries::Canaries;
use crate::planted::NAMES;

struct Made {
    writer: Writer<Vec<u8>>,
    ends: Ends,
    frame: u64,
}

impl Made {
    fn pdu(&mut self, opcode: Opcode, flags: u8, data: &[u8]) {
        let mut header = Bhs([0; 48]);
        header.0[0] = opcode.0;
        header.0[1] = flags;
        header.0[5..8].copy_from_slice(&u32::try_from(data.len()).unwrap().to_be_bytes()[1..]);
        header.0[19] = 7;
        self.frame += 1;
        let stamp = Stamp {
            time: Timestamp(1_700_000_000_000_000_000 + self.frame as i64),
            frame: self.frame,
        };
        let pdu = Pdu {
            connection: ConnectionId(1),
            ends: self.ends,
            direction: opcode.direction(),
            stamp,
            header: &header,
            ahs: &[],
            data,
            data_missing: 0,
            text: &[],
            header_digest: Digest::None,
            data_digest: Digest::None,
            origin: None,
        };
        self.writer.event(&Event::Stream(stream::Event::Pdu(pdu))).unwrap();
    }
}

/// Writes it.
pub fn write(path: &Path, canaries: &Canaries) {
    let secret = |what: &str| canaries.plant(&format!("recording: {what}"));
    let ends = Ends {
        initiator: "192.168.77.9:40000".parse().unwrap(),
        target: format!("{}:3260", NAMES[4]).parse().unwrap(),
    };
    let mut made = Made { writer: Writer::new(Vec::new()).unwrap(), ends, frame: 0 };
    let stamp = Stamp { time: Timestamp(1_700_000_000_000_000_000), frame: 1 };
    let opened =
        stream::Event::Opened { connection: ConnectionId(1), ends, stamp, from_start: true };
    made.writer.event(&Event::Stream(opened)).unwrap();
    const CONTINUES: u8 = 0x40;
    const LAST: u8 = 0x81;
    let text = format!(
        "InitiatorName={}\0TargetName={}\0AuthMethod=CHAP\0CHAP_N={}\0CHAP_I={}\0X-vendor={}\0{}=1\0HeaderDigest={}\0CHAP_R=0x",
        NAMES[1],
        NAMES[0],
        secret("CHAP_N"),
        secret("CHAP_I of the wrong kind"),
        secret("vendor's key"),
        secret("a key's name"),
        secret("a digest nobody has !")
    );
    made.pdu(Opcode::LOGIN_REQUEST, CONTINUES, text.as_bytes());
    let rest = format!("{}\0CHAP_C=0x{}\0", secret("CHAP_R over two PDUs"), secret("CHAP_C"));
    made.pdu(Opcode::LOGIN_REQUEST, LAST, rest.as_bytes());
    let answer = format!("TargetAddress={}:3260,1\0KRB_AP_REQ={}\0", NAMES[2], secret("Kerberos"));
    made.pdu(Opcode::LOGIN_RESPONSE, LAST, answer.as_bytes());
    // A second half whose first half was lost.
    made.pdu(Opcode::TEXT_RESPONSE, LAST, secret("text without a key").as_bytes());
    for (opcode, what) in [
        (Opcode::SCSI_COMMAND, "immediate data"),
        (Opcode::DATA_OUT, "written data"),
        (Opcode::DATA_IN, "read data"),
        (Opcode::NOP_OUT, "ping data"),
        (Opcode::NOP_IN, "pong data"),
        (Opcode(0x1c), "a vendor's PDU"),
    ] {
        made.pdu(opcode, 0x80, secret(what).as_bytes());
    }
    let mut sense = vec![0, 4, 0x70, 0, 5, 0];
    sense.extend_from_slice(secret("behind the sense data").as_bytes());
    made.pdu(Opcode::SCSI_RESPONSE, 0x80, &sense);
    made.pdu(Opcode::ASYNC_MESSAGE, 0x80, &sense);
    let mut rejected = vec![0; 48];
    rejected.extend_from_slice(secret("behind the rejected header").as_bytes());
    made.pdu(Opcode::REJECT, 0x80, &rejected);
    let text = serde_json::json!({
        "tracepoint": "iscsi_dbg_conn",
        "device": "connection1:0",
        "message": format!("iscsi_sw_tcp_test said {}", secret("a tracepoint's text")),
    });
    let what: What = What::Text(serde_json::from_value(text).unwrap());
    let event = KernelEvent {
        stamp,
        host: None,
        session: Some(1),
        cid: Some(0),
        cpu: 0,
        pid: 0,
        connection: None,
        what,
    };
    made.writer.event(&Event::Kernel(&event)).unwrap();
    fs::write(path, made.writer.into_inner()).unwrap();
}
