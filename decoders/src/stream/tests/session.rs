//! What initiators and targets say to each other, as messages to put on a wire.

use super::encode::{self as field, Digests, Pdu};
use crate::pdu::Direction::{self, ToInitiator, ToTarget};

pub const RESERVED: u64 = 0xffff_ffff;

/// One PDU on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    pub direction: Direction,
    pub pdu: Pdu,
    pub digests: Digests,
}

/// Something that happens in the full feature phase.
#[derive(Clone, Copy, Debug)]
pub enum Step {
    Read { bytes: usize, status_in_data: bool },
    Write { bytes: usize, immediate: usize },
    LongCdb,
    Ping,
    PingFromTarget,
    Refused,
    Abort,
    SendTargets,
    Async,
    Reject,
    Snack,
    Vendor,
    Logout,
}

/// Bytes that look like nothing, the same for the same seed.
pub fn noise(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    })
    .flatten()
    .take(length)
    .collect()
}

/// A conversation under construction.
pub struct Session {
    pub messages: Vec<Message>,
    digests: Digests,
    cmd_sn: u64,
    stat_sn: u64,
    itt: u64,
}

impl Session {
    pub fn new(digests: Digests) -> Self {
        Self { messages: Vec::new(), digests, cmd_sn: 100, stat_sn: 9000, itt: 0x1000_0001 }
    }

    /// A login that negotiates the digests, then the steps.
    pub fn logged_in(digests: Digests, steps: &[Step]) -> Vec<Message> {
        let mut session = Self::new(digests);
        session.login();
        session.steps(steps);
        session.messages
    }

    /// The steps alone, as a capture sees them that begins later.
    pub fn joined_late(digests: Digests, steps: &[Step]) -> Vec<Message> {
        let mut session = Self::new(digests);
        session.steps(steps);
        session.messages
    }

    fn say(&mut self, direction: Direction, pdu: Pdu) {
        let sn = if direction == ToTarget { self.cmd_sn } else { self.stat_sn };
        // The numbers every PDU of a direction has in one place; those that have none there overwrite them.
        let pdu = match pdu.bhs[0] & 0x3f {
            0x05 | 0x10 => pdu.with(field::EXP_SN, self.stat_sn),
            0x1c..=0x1e | 0x3c..=0x3e => pdu,
            0x25 if pdu.bhs[1] & 1 == 0 => {
                pdu.with(field::EXP_SN, self.cmd_sn).with(field::MAX_CMD_SN, self.cmd_sn + 32)
            }
            opcode if opcode < 0x20 => pdu.with(field::SN, sn).with(field::EXP_SN, self.stat_sn),
            _ => pdu
                .with(field::SN, sn)
                .with(field::EXP_SN, self.cmd_sn)
                .with(field::MAX_CMD_SN, self.cmd_sn + 32),
        };
        self.messages.push(Message { direction, pdu, digests: self.digests });
    }

    pub fn login(&mut self) {
        let digests = std::mem::take(&mut self.digests);
        let value = |on| if on { "CRC32C" } else { "None" };
        let (header, data) = (value(digests.header), value(digests.data));
        let offer = "InitiatorName=iqn.2024-01.lab:host\0TargetName=iqn.2024-01.lab:disk\0\
                     HeaderDigest=CRC32C,None\0DataDigest=CRC32C,None\0MaxRecvDataSegmentLength=262144\0";
        let answer = format!(
            "TargetPortalGroupTag=1\0HeaderDigest={header}\0DataDigest={data}\0MaxRecvDataSegmentLength=8192\0"
        );
        let stages = |pdu: Pdu| {
            pdu.with(field::CSG, 1)
                .with(field::NSG, 3)
                .with(field::ISID, 0x0002_3d00_0001)
                .with(field::ITT, 7)
        };
        self.say(ToTarget, stages(Pdu::new(0x03).with(field::IMMEDIATE, 1)).data(offer));
        self.say(ToInitiator, stages(Pdu::new(0x23).with(field::TSIH, 1)).data(answer));
        self.stat_sn += 1;
        self.digests = digests;
    }

    pub fn steps(&mut self, steps: &[Step]) {
        for step in steps {
            self.itt += 1;
            self.step(*step);
        }
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::Read { bytes, status_in_data } => self.read(bytes, status_in_data),
            Step::Write { bytes, immediate } => self.write(bytes, immediate),
            Step::LongCdb => {
                let command = self.command(0x20, 512).cdb(&[0x7f, 0, 0, 0, 0, 0, 0, 24, 0, 11]);
                let command = command.ahs(1, &[0; 17]).ahs(2, &[0, 0, 0, 2, 0]);
                self.ask(command.data(noise(self.itt, 512)));
                self.respond(0);
            }
            Step::Ping => {
                let ping = Pdu::new(0x00).with(field::ITT, self.itt).with(field::TTT, RESERVED);
                self.ask(ping.data(&b"ping data"[..]));
                let pong = Pdu::new(0x20).with(field::ITT, self.itt).with(field::TTT, RESERVED);
                self.answer(pong.data(&b"ping data"[..]));
            }
            Step::PingFromTarget => {
                let ping = Pdu::new(0x20).with(field::ITT, RESERVED).with(field::TTT, self.itt);
                self.say(ToInitiator, ping);
                let pong = Pdu::new(0x00).with(field::IMMEDIATE, 1).with(field::ITT, RESERVED);
                self.say(ToTarget, pong.with(field::TTT, self.itt));
            }
            Step::Refused => {
                self.ask(self.command(0x40, 512).cdb(&[0x28, 0, 0xff, 0, 0, 0, 0, 0, 1]));
                let mut sense = vec![0, 18, 0x70, 0, 5, 0, 0, 0, 0, 10, 0, 0, 0, 0, 0x21];
                sense.resize(20, 0);
                let response = Pdu::new(0x21).with(field::ITT, self.itt).with(field::STATUS, 2);
                self.answer(
                    response.with(field::UNDERFLOW, 1).with(field::LENGTH, 512).data(sense),
                );
            }
            Step::Abort => {
                let abort = Pdu::new(0x02).with(field::IMMEDIATE, 1).with(field::FUNCTION, 1);
                let abort = abort.with(field::ITT, self.itt).with(field::TTT, self.itt - 1);
                self.say(ToTarget, abort.with(field::MAX_CMD_SN, self.cmd_sn - 1));
                self.answer(Pdu::new(0x22).with(field::ITT, self.itt).with(field::RESPONSE, 1));
            }
            Step::SendTargets => {
                let ask = Pdu::new(0x04).with(field::ITT, self.itt).with(field::TTT, RESERVED);
                self.ask(ask.data(&b"SendTargets=All\0"[..]));
                let tell = Pdu::new(0x24).with(field::ITT, self.itt).with(field::TTT, RESERVED);
                self.answer(
                    tell.data(&b"TargetName=iqn.a:b\0TargetAddress=192.0.2.9:3261,1\0"[..]),
                );
            }
            Step::Async => {
                let [event, ..] = field::ASYNC;
                self.answer(Pdu::new(0x32).with(field::ITT, RESERVED).with(event, 4));
            }
            Step::Reject => {
                let refused = Pdu::new(0x00).with(field::ITT, self.itt).bhs;
                let reject = Pdu::new(0x3f).with(field::RESPONSE, 4).with(field::ITT, RESERVED);
                self.answer(reject.data(refused));
            }
            Step::Snack => {
                let snack = Pdu::new(0x10).with(field::SNACK_TYPE, 1).with(field::ITT, RESERVED);
                let snack = snack.with(field::TTT, RESERVED).with(field::OFFSET, self.stat_sn - 1);
                self.say(ToTarget, snack.with(field::LENGTH, self.itt));
            }
            Step::Vendor => {
                self.say(ToTarget, Pdu::new(0x1c).data(noise(self.itt, 33)));
                self.say(ToInitiator, Pdu::new(0x3c).data(noise(self.itt, 34)));
            }
            Step::Logout => {
                self.ask(Pdu::new(0x06).with(field::ITT, self.itt));
                self.answer(Pdu::new(0x26).with(field::ITT, self.itt));
            }
        }
    }

    fn command(&self, flags: u8, bytes: usize) -> Pdu {
        let mut command = Pdu::new(0x01).with(field::ITT, self.itt).with(field::TTT, bytes as u64);
        command.bhs[1] |= flags | 1;
        command.with(field::LUN, 1 << 48)
    }

    /// A request that takes a place in the command order.
    fn ask(&mut self, pdu: Pdu) {
        self.say(ToTarget, pdu);
        self.cmd_sn += 1;
    }

    /// Something with a status number of its own.
    fn answer(&mut self, pdu: Pdu) {
        self.say(ToInitiator, pdu);
        self.stat_sn += 1;
    }

    fn respond(&mut self, status: u64) {
        self.answer(Pdu::new(0x21).with(field::ITT, self.itt).with(field::STATUS, status));
    }

    fn read(&mut self, bytes: usize, status_in_data: bool) {
        self.ask(self.command(0x40, bytes).cdb(&[0x28, 0, 0, 1, 2, 3, 0, 0, 8]));
        let pieces: Vec<_> = noise(self.itt, bytes).chunks(700).map(<[u8]>::to_vec).collect();
        for (number, piece) in pieces.iter().enumerate() {
            let last = number + 1 == pieces.len();
            let data = Pdu::new(0x25).with(field::FINAL, last.into()).with(field::ITT, self.itt);
            let data = data.with(field::TTT, RESERVED).with(field::DATA_SN, number as u64);
            let data = data.with(field::OFFSET, number as u64 * 700).data(piece.clone());
            if last && status_in_data {
                self.answer(data.with(field::STATUS_BIT, 1));
            } else {
                self.say(ToInitiator, data);
            }
        }
        if pieces.is_empty() || !status_in_data {
            self.respond(0);
        }
    }

    fn write(&mut self, bytes: usize, immediate: usize) {
        let data = noise(self.itt, bytes);
        let immediate = immediate.min(bytes);
        let (now, later) = data.split_at(immediate);
        self.ask(self.command(0x20, bytes).cdb(&[0x2a, 0, 0, 1, 2, 3, 0, 0, 8]).data(now));
        if !later.is_empty() {
            let r2t = Pdu::new(0x31).with(field::ITT, self.itt).with(field::TTT, self.itt);
            let r2t = r2t.with(field::OFFSET, immediate as u64);
            self.say(ToInitiator, r2t.with(field::LENGTH, later.len() as u64));
        }
        for (number, piece) in later.chunks(900).enumerate() {
            let out =
                Pdu::new(0x05).with(field::FINAL, (number + 1 == later.chunks(900).len()).into());
            let out = out.with(field::ITT, self.itt).with(field::TTT, self.itt);
            let at = (immediate + number * 900) as u64;
            let out = out.with(field::DATA_SN, number as u64).with(field::OFFSET, at);
            self.say(ToTarget, out.data(piece));
        }
        self.respond(0);
    }
}
