//! Conversations for the tests: PDUs by what they say, numbered as a faultless peer would unless a test says otherwise.

use iscsi_decoders::Timestamp;
use iscsi_decoders::pdu::{Bhs, Digest, Direction, Opcode, RESERVED_TAG};
use iscsi_decoders::stream::{self, ConnectionId, Ends, Pdu, Stamp};

use crate::model::finding::{Finding, Kind};
use crate::model::{Model, Record, Timing};
use crate::output::{Printer, Summary};
use crate::source::Event;

pub const MS: i64 = 1_000_000;

/// A PDU to be sent.
#[derive(Clone, Debug)]
pub struct Packet {
    pub header: [u8; 48],
    pub ahs: Vec<u8>,
    pub data: Vec<u8>,
    pub text: Vec<u8>,
    pub missing: u32,
    pub header_digest: Digest,
    pub data_digest: Digest,
    /// CmdSN or StatSN, where not the next.
    number: Option<u32>,
    window: Option<(u32, u32)>,
}

pub fn packet(opcode: Opcode, flags: u8, itt: u32) -> Packet {
    let mut header = [0; 48];
    header[0] = opcode.0;
    header[1] = flags;
    let packet = Packet {
        header,
        ahs: Vec::new(),
        data: Vec::new(),
        text: Vec::new(),
        missing: 0,
        header_digest: Digest::None,
        data_digest: Digest::None,
        number: None,
        window: None,
    };
    let has_transfer_tag = !matches!(
        opcode,
        Opcode::SCSI_COMMAND
            | Opcode::LOGIN_REQUEST
            | Opcode::LOGIN_RESPONSE
            | Opcode::LOGOUT_REQUEST
    );
    let packet = packet.word(16, itt);
    if has_transfer_tag { packet.word(20, RESERVED_TAG) } else { packet }
}

impl Packet {
    pub fn word(mut self, at: usize, value: u32) -> Self {
        self.header[at..at + 4].copy_from_slice(&value.to_be_bytes());
        self
    }

    pub fn byte(mut self, at: usize, value: u8) -> Self {
        self.header[at] = value;
        self
    }

    pub fn immediate(self) -> Self {
        let first = self.header[0] | 0x40;
        self.byte(0, first)
    }

    pub fn lun(self, lun: u8) -> Self {
        self.byte(9, lun)
    }

    /// DataSegmentLength, without the data: the model never sees the user's.
    pub fn length(self, length: u32) -> Self {
        let kept = u32::from(self.header[4]) << 24;
        self.word(4, kept | length)
    }

    pub fn data(mut self, data: &[u8]) -> Self {
        self.data = data.to_vec();
        self.length(u32::try_from(data.len()).unwrap())
    }

    pub fn text(mut self, text: &str) -> Self {
        self.text = text.replace('\n', "\0").into_bytes();
        let length = self.text.len();
        self.length(u32::try_from(length).unwrap())
    }

    pub fn ahs(mut self, ahs: &[u8]) -> Self {
        self.ahs = ahs.to_vec();
        self.byte(4, u8::try_from(ahs.len() / 4).unwrap())
    }

    /// CmdSN or StatSN other than the next.
    pub fn number(mut self, number: u32) -> Self {
        self.number = Some(number);
        self
    }

    /// ExpCmdSN and MaxCmdSN.
    pub fn window(mut self, exp: u32, max: u32) -> Self {
        self.window = Some((exp, max));
        self
    }

    pub fn ttt(self, tag: u32) -> Self {
        self.word(20, tag)
    }
}

const F: u8 = 0x80;

pub fn command(itt: u32, flags: u8, length: u32, cdb: &[u8]) -> Packet {
    let mut packet = packet(Opcode::SCSI_COMMAND, flags, itt).word(20, length);
    packet.header[32..32 + cdb.len()].copy_from_slice(cdb);
    packet
}

/// READ(10) of `length` bytes.
pub fn read(itt: u32, length: u32) -> Packet {
    command(itt, F | 0x41, length, &[0x28])
}

/// WRITE(10) of `length` bytes without unsolicited Data-Out.
pub fn write(itt: u32, length: u32) -> Packet {
    command(itt, F | 0x21, length, &[0x2a])
}

/// TEST UNIT READY.
pub fn ready(itt: u32) -> Packet {
    command(itt, F, 0, &[0])
}

pub fn status(itt: u32, status: u8) -> Packet {
    packet(Opcode::SCSI_RESPONSE, F, itt).byte(3, status).word(20, 0)
}

pub fn data_in(itt: u32, sn: u32, offset: u32, length: u32) -> Packet {
    packet(Opcode::DATA_IN, 0, itt).word(36, sn).word(40, offset).length(length)
}

/// The last Data-In, which carries the status.
pub fn last_data_in(itt: u32, sn: u32, offset: u32, length: u32) -> Packet {
    data_in(itt, sn, offset, length).byte(1, F | 1)
}

pub fn data_out(itt: u32, ttt: u32, sn: u32, offset: u32, length: u32) -> Packet {
    packet(Opcode::DATA_OUT, F, itt).ttt(ttt).word(36, sn).word(40, offset).length(length)
}

/// A Data-Out that is not the last of its sequence.
pub fn more_data_out(itt: u32, ttt: u32, sn: u32, offset: u32, length: u32) -> Packet {
    data_out(itt, ttt, sn, offset, length).byte(1, 0)
}

pub fn r2t(itt: u32, ttt: u32, sn: u32, offset: u32, length: u32) -> Packet {
    packet(Opcode::R2T, F, itt).ttt(ttt).word(36, sn).word(40, offset).word(44, length)
}

pub fn task_management(itt: u32, function: u8, referenced: u32) -> Packet {
    packet(Opcode::TMF_REQUEST, F | function, itt).immediate().word(20, referenced)
}

pub fn task_management_response(itt: u32, response: u8) -> Packet {
    packet(Opcode::TMF_RESPONSE, F, itt).byte(2, response)
}

pub fn nop_out(itt: u32, ttt: u32) -> Packet {
    packet(Opcode::NOP_OUT, F, itt).immediate().ttt(ttt)
}

pub fn nop_in(itt: u32, ttt: u32) -> Packet {
    packet(Opcode::NOP_IN, F, itt).ttt(ttt)
}

pub fn logout(itt: u32, reason: u8, cid: u16) -> Packet {
    packet(Opcode::LOGOUT_REQUEST, F | reason, itt).immediate().word(20, u32::from(cid) << 16)
}

pub fn logout_response(itt: u32) -> Packet {
    packet(Opcode::LOGOUT_RESPONSE, F, itt)
}

pub fn text_request(itt: u32, text: &str) -> Packet {
    packet(Opcode::TEXT_REQUEST, F, itt).text(text)
}

pub fn text_response(itt: u32, text: &str) -> Packet {
    packet(Opcode::TEXT_RESPONSE, F, itt).text(text)
}

/// T, CSG and NSG: 0x81 leaves security for operational, 0x87 operational for full feature phase.
pub fn login(flags: u8, text: &str) -> Packet {
    packet(Opcode::LOGIN_REQUEST, flags, 1).immediate().text(text).byte(13, 1)
}

pub fn login_response(flags: u8, text: &str) -> Packet {
    packet(Opcode::LOGIN_RESPONSE, flags, 1).text(text).byte(13, 1).byte(15, 7)
}

/// Login Response with this status class and detail.
pub fn refusal(class: u8, detail: u8, text: &str) -> Packet {
    packet(Opcode::LOGIN_RESPONSE, 0, 1).text(text).byte(36, class).byte(37, detail)
}

pub fn reject(reason: u8, of: &Packet) -> Packet {
    packet(Opcode::REJECT, F, RESERVED_TAG).byte(2, reason).data(&of.header)
}

/// What a record said of a PDU.
#[derive(Debug)]
pub struct Seen {
    /// Frame of the request.
    pub task: Option<u64>,
    pub timing: Option<Timing>,
    /// The command's name as the outputs show it.
    pub name: Option<&'static str>,
}

/// A capture under way.
#[derive(Default)]
pub struct Talk {
    pub model: Model,
    pub now: i64,
    pub frame: u64,
    pub seen: Vec<Seen>,
    pub findings: Vec<Finding>,
    /// Prints every record into `printed`.
    pub printer: Option<Box<dyn Printer>>,
    pub printed: Vec<u8>,
    pub summary: Summary,
    /// The session's next CmdSN.
    pub cmd_sn: u32,
    /// How far MaxCmdSN is beyond ExpCmdSN.
    room: u32,
    /// Next StatSN of each connection.
    stat_sn: Vec<u32>,
}

impl Talk {
    /// A capture with one connection, joined in the middle.
    pub fn joined() -> Self {
        let mut talk = Self { room: 31, ..Self::default() };
        talk.connect(false);
        talk
    }

    /// A capture with one connection from its handshake on.
    pub fn new() -> Self {
        let mut talk = Self { room: 31, ..Self::default() };
        talk.connect(true);
        talk
    }

    /// Logged in with these operational keys of the initiator and the target.
    pub fn logged_in(requested: &str, offered: &str) -> Self {
        let mut talk = Self::new();
        talk.log_in(1, 0, requested, offered);
        talk
    }

    /// Logged in to a target that takes one command and `room` more at a time.
    pub fn with_room(room: u32) -> Self {
        let mut talk = Self { room, ..Self::default() };
        talk.connect(true);
        talk.log_in(1, 0, "", "");
        talk
    }

    pub fn log_in(&mut self, connection: u32, tsih: u8, requested: &str, offered: &str) {
        let names = "InitiatorName=iqn.a:host\nTargetName=iqn.b:disk\nSessionType=Normal\n";
        let request = login(0x87, &format!("{names}{requested}")).byte(15, tsih);
        let cid = u8::try_from(connection).unwrap();
        self.on(connection, request.byte(21, cid));
        self.on(connection, login_response(0x87, offered));
    }

    /// A connection from its handshake on, with a printer.
    pub fn printing(printer: impl Printer + 'static) -> Self {
        let mut talk = Self { room: 31, printer: Some(Box::new(printer)), ..Self::default() };
        talk.connect(true);
        talk
    }

    /// A new connection; its number.
    pub fn connect(&mut self, from_start: bool) -> u32 {
        self.stat_sn.push(1000);
        let connection = u32::try_from(self.stat_sn.len()).unwrap();
        let stamp = self.stamp();
        self.event(stream::Event::Opened {
            connection: ConnectionId(connection),
            ends: ends(),
            stamp,
            from_start,
        });
        connection
    }

    fn stamp(&self) -> Stamp {
        Stamp { time: Timestamp(self.now), frame: self.frame }
    }

    pub fn wait(&mut self, milliseconds: i64) {
        self.now += milliseconds * MS;
    }

    /// Sends on the first connection; takes no time.
    pub fn send(&mut self, packet: Packet) {
        self.on(1, packet);
    }

    pub fn on(&mut self, connection: u32, mut packet: Packet) {
        self.frame += 1;
        let header = Bhs(packet.header);
        let direction = header.opcode().direction();
        if header.cmd_sn().is_some() {
            packet = self.number_request(packet, header.immediate() == Some(true));
        } else if direction == Direction::ToInitiator {
            packet = self.number_answer(packet, connection, &header);
        }
        let header = Bhs(packet.header);
        let pdu = Pdu {
            connection: ConnectionId(connection),
            ends: ends(),
            direction,
            stamp: self.stamp(),
            header: &header,
            ahs: &packet.ahs,
            data: &packet.data,
            data_missing: packet.missing,
            text: &packet.text,
            header_digest: packet.header_digest,
            data_digest: packet.data_digest,
            origin: None,
        };
        self.event(stream::Event::Pdu(pdu));
    }

    fn number_request(&mut self, packet: Packet, immediate: bool) -> Packet {
        let next = self.cmd_sn;
        if packet.number.is_none() && !immediate {
            self.cmd_sn = next.wrapping_add(1);
        }
        let number = packet.number.unwrap_or(next);
        packet.word(24, number)
    }

    fn number_answer(&mut self, packet: Packet, connection: u32, header: &Bhs) -> Packet {
        let next = &mut self.stat_sn[connection as usize - 1];
        let number = packet.number.unwrap_or(*next);
        let shows_next = header.opcode() == Opcode::R2T
            || header.opcode() == Opcode::NOP_IN && header.initiator_task_tag() == RESERVED_TAG
            || header.opcode() == Opcode::DATA_IN && !header.carries_status();
        if packet.number.is_none() && !shows_next {
            *next = next.wrapping_add(1);
        }
        let (exp, max) =
            packet.window.unwrap_or((self.cmd_sn, self.cmd_sn.wrapping_add(self.room)));
        packet.word(24, number).word(28, exp).word(32, max)
    }

    pub fn lose(&mut self, direction: Direction, bytes: u64) {
        let stamp = self.stamp();
        let connection = ConnectionId(1);
        self.event(stream::Event::Skipped { connection, direction, stamp, bytes });
    }

    pub fn close(&mut self, connection: u32, direction: Direction, reset: bool) {
        let stamp = self.stamp();
        let connection = ConnectionId(connection);
        self.event(stream::Event::Closed { connection, direction, stamp, reset });
    }

    fn event(&mut self, event: stream::Event<'_>) {
        let Self { model, seen, findings, printer, printed, summary, .. } = self;
        model.observe(&Event::Stream(event), &mut |record: &Record<'_>| {
            note(record, seen, findings);
            summary.record(record);
            if let Some(printer) = printer {
                printer.print(record, printed).unwrap();
            }
        });
    }

    /// The capture ends.
    pub fn finish(&mut self) {
        let last = self.stamp();
        let Self { model, seen, findings, printer, printed, summary, .. } = self;
        model.finish(last, &mut |record: &Record<'_>| {
            note(record, seen, findings);
            summary.record(record);
            if let Some(printer) = printer {
                printer.print(record, printed).unwrap();
            }
        });
    }

    /// What was found so far; the next call answers only what is new.
    pub fn found(&mut self) -> Vec<Kind> {
        std::mem::take(&mut self.findings).into_iter().map(|finding| finding.kind).collect()
    }

    /// What was printed since the last call.
    pub fn printed(&mut self) -> String {
        String::from_utf8(std::mem::take(&mut self.printed)).unwrap()
    }

    /// What the record of the last PDU said.
    pub fn last(&self) -> &Seen {
        self.seen.last().unwrap()
    }
}

fn note(record: &Record<'_>, seen: &mut Vec<Seen>, findings: &mut Vec<Finding>) {
    match record {
        Record::Pdu(pdu) => seen.push(Seen {
            task: pdu.task.map(|task| task.started.frame),
            timing: pdu.timing,
            name: crate::output::scsi(pdu).and_then(|cdb| cdb.name()),
        }),
        Record::Finding(finding) => findings.push((*finding).clone()),
        _ => {}
    }
}

fn ends() -> Ends {
    let address = |text: &str| text.parse().unwrap();
    Ends { initiator: address("10.0.0.1:40000"), target: address("10.0.0.2:3260") }
}
