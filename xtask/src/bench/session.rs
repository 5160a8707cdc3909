//! An initiator and a target in conversation: login, commands with several outstanding, pings, logout.
//!
//! Negotiated are the defaults of open-iscsi and LIO: the initiator takes 262144 bytes a PDU, the target 8192; bursts of
//! 262144, the first 65536; immediate data, R2T for the rest.

use super::random::Random;
use super::script::{Header, ITT, LUN, Script, header, put};
use super::tcp::Side::{Initiator, Target};

/// What the commands of a capture look like.
#[derive(Clone, Copy, Debug)]
pub struct Load {
    /// Transfer lengths, bytes; 0 stands for TEST UNIT READY.
    pub sizes: &'static [u32],
    /// Of so many commands with data one writes.
    pub writes_one_in: u32,
    pub digests: bool,
}

impl Load {
    /// Bytes to cut user data from: twice what the longest command moves, so that data differs.
    fn noise(&self) -> usize {
        let longest = self.sizes.iter().copied().max().unwrap_or(0);
        (longest as usize * 2).max(1 << 16)
    }
}

#[derive(Debug)]
pub struct Session {
    number: u16,
    load: Load,
    random: Random,
    /// User data: slices of this.
    noise: Vec<u8>,
    cmd_sn: u32,
    stat_sn: u32,
    itt: u32,
    ttt: u32,
}

/// A command that waits for its completion.
#[derive(Clone, Copy, Debug)]
struct Command {
    itt: u32,
    lun: u8,
    length: u32,
    writes: bool,
}

pub const LUNS: u8 = 4;
const BLOCK: u32 = 512;
const INITIATOR_TAKES: u32 = 262_144;
const TARGET_TAKES: u32 = 8192;
const MAX_BURST: u32 = 262_144;
const QUEUE: u32 = 64;
const NO_TAG: u32 = u32::MAX;

// Where fields lie, for the PDUs that have them (RFC 7143, sections 11.3 to 11.19).
const EXPECTED_LENGTH: usize = 20;
const TTT: usize = 20;
const CMD_SN: usize = 24;
const STAT_SN: usize = 24;
/// ExpStatSN from the initiator, ExpCmdSN from the target.
const EXPECTED_SN: usize = 28;
const MAX_CMD_SN: usize = 32;
const DATA_SN: usize = 36;
const BUFFER_OFFSET: usize = 40;
const RESIDUAL_OR_DESIRED: usize = 44;

const GOOD: u8 = 0x00;
const CHECK_CONDITION: u8 = 0x02;

impl Session {
    pub fn new(number: u16, load: Load) -> Self {
        let mut random = Random::new(0x5eed + u64::from(number));
        let noise = random.bytes(load.noise());
        Self { number, load, random, noise, cmd_sn: 1, stat_sn: 1, itt: 1, ttt: 1 }
    }

    /// Both stages of a login, then what an initiator asks of new disks.
    pub fn log_in(&mut self, script: &mut Script) {
        let name = self.number;
        self.login_stage(
            script,
            0x81,
            &format!(
                "InitiatorName=iqn.2024-01.org.example:host\0TargetName=iqn.2024-01.org.example:\
                 disk{name}\0SessionType=Normal\0AuthMethod=None\0"
            ),
            "TargetPortalGroupTag=1\0AuthMethod=None\0",
        );
        let digest = if self.load.digests { "CRC32C" } else { "None" };
        let keys = format!(
            "HeaderDigest={digest}\0DataDigest={digest}\0DefaultTime2Wait=2\0DefaultTime2Retain=0\0\
             InitialR2T=Yes\0ImmediateData=Yes\0MaxBurstLength={MAX_BURST}\0FirstBurstLength=65536\0\
             MaxOutstandingR2T=1\0MaxConnections=1\0ErrorRecoveryLevel=0\0DataPDUInOrder=Yes\0\
             DataSequenceInOrder=Yes\0"
        );
        self.login_stage(
            script,
            0x87,
            &format!("{keys}MaxRecvDataSegmentLength={INITIATOR_TAKES}\0"),
            &format!("{keys}MaxRecvDataSegmentLength={TARGET_TAKES}\0"),
        );
        if self.load.digests {
            script.use_digests();
        }
        for lun in 0..LUNS {
            let inquiry = self.command(script, lun, 36, false, &[0x12, 0, 0, 0, 36]);
            let mut disk = *b"\0\0\x06\x02\x1f\0\0\x02EXAMPLE BENCH DISK      1.0 ";
            disk[4] = 31;
            self.data_in(script, inquiry, &disk);
            let capacity = self.command(script, lun, 8, false, &[0x25]);
            self.data_in(script, capacity, &[0x0f, 0xff, 0xff, 0xff, 0, 0, 2, 0]);
        }
    }

    /// Some commands at once, answered in another order; now and then a ping.
    pub fn round(&mut self, script: &mut Script) {
        match self.random.below(200) {
            0 => self.ping(script),
            1 => self.ping_from_target(script),
            _ => {}
        }
        let mut outstanding: Vec<Command> =
            (0..=self.random.below(4)).map(|_| self.any_command(script)).collect();
        while !outstanding.is_empty() {
            let next = self.random.below(outstanding.len() as u32) as usize;
            self.complete(script, outstanding.swap_remove(next));
        }
    }

    pub fn log_out(&mut self, script: &mut Script) {
        let mut request = self.request(0x46, 0x80);
        put(&mut request, [(ITT, self.itt)]);
        script.say(Initiator, request, &[]);
        let mut response = header(0x26, 0x80);
        put(&mut response, [(ITT, self.itt)]);
        self.respond(script, response, &[]);
    }

    fn login_stage(&mut self, script: &mut Script, flags: u8, offer: &str, answer: &str) {
        // The ISID as open-iscsi makes it: Intel's OUI and a qualifier.
        let [high, low] = self.number.to_be_bytes();
        let isid = [0x00, 0x02, 0x3d, low, high, 0];
        let mut request = self.request(0x43, flags);
        request[8..14].copy_from_slice(&isid);
        put(&mut request, [(ITT, 0), (EXPECTED_SN, self.stat_sn - 1)]);
        if flags == 0x87 {
            put(&mut request, [(EXPECTED_SN, self.stat_sn)]);
        }
        script.say(Initiator, request, offer.as_bytes());
        let mut response = header(0x23, flags);
        response[8..14].copy_from_slice(&isid);
        if flags == 0x87 {
            response[14..16].copy_from_slice(&(self.number + 1).to_be_bytes());
        }
        self.respond(script, response, answer.as_bytes());
    }

    fn any_command(&mut self, script: &mut Script) -> Command {
        let length = self.random.pick(self.load.sizes);
        let lun = self.random.below(LUNS.into()) as u8;
        if length == 0 {
            return self.command(script, lun, 0, false, &[0]);
        }
        let writes = self.random.once_in(self.load.writes_one_in);
        let lba = self.random.below(1 << 28).to_be_bytes();
        let blocks = (length / BLOCK).to_be_bytes();
        let mut cdb = [0; 16];
        if self.random.once_in(2) {
            cdb[0] = if writes { 0x2a } else { 0x28 };
            cdb[2..6].copy_from_slice(&lba);
            cdb[7..9].copy_from_slice(&blocks[2..]);
        } else {
            cdb[0] = if writes { 0x8a } else { 0x88 };
            cdb[6..10].copy_from_slice(&lba);
            cdb[10..14].copy_from_slice(&blocks);
        }
        self.command(script, lun, length, writes, &cdb)
    }

    fn command(
        &mut self,
        script: &mut Script,
        lun: u8,
        length: u32,
        writes: bool,
        cdb: &[u8],
    ) -> Command {
        const FINAL_AND_SIMPLE: u8 = 0x81;
        let direction = match (length, writes) {
            (0, _) => 0,
            (_, false) => 0x40,
            (_, true) => 0x20,
        };
        let mut request = self.request(0x01, FINAL_AND_SIMPLE | direction);
        request[LUN + 1] = lun;
        put(&mut request, [(ITT, self.itt), (EXPECTED_LENGTH, length)]);
        request[32..32 + cdb.len()].copy_from_slice(cdb);
        let immediate = if writes { length.min(TARGET_TAKES) } else { 0 };
        let data = self.noise(immediate);
        script.say(Initiator, request, &self.noise[data]);
        let command = Command { itt: self.itt, lun, length, writes };
        self.itt = self.itt.wrapping_add(1);
        self.cmd_sn = self.cmd_sn.wrapping_add(1);
        command
    }

    fn complete(&mut self, script: &mut Script, command: Command) {
        let fails = command.length > 0 && self.random.once_in(500);
        match command {
            _ if fails => self.response(script, command, 0, CHECK_CONDITION),
            Command { length: 0, .. } => self.response(script, command, 0, GOOD),
            Command { writes: true, .. } => {
                let r2ts = self.solicit(script, command);
                self.response(script, command, r2ts, GOOD);
            }
            Command { length, .. } => {
                let data = self.noise(length);
                let data = self.noise[data].to_vec();
                self.data_in(script, command, &data);
            }
        }
    }

    /// Data-In with the status in the last.
    fn data_in(&mut self, script: &mut Script, command: Command, data: &[u8]) {
        let mut pieces = data.chunks(INITIATOR_TAKES as usize).enumerate().peekable();
        while let Some((number, piece)) = pieces.next() {
            let offset = number as u32 * INITIATOR_TAKES;
            let mut header = header(0x25, 0);
            put(
                &mut header,
                [
                    (ITT, command.itt),
                    (TTT, NO_TAG),
                    (DATA_SN, number as u32),
                    (BUFFER_OFFSET, offset),
                ],
            );
            if pieces.peek().is_some() {
                self.sequence(&mut header);
                script.say(Target, header, piece);
            } else {
                header[1] = 0x81; // F and S
                self.respond(script, header, piece);
            }
        }
    }

    /// R2Ts and the Data-Out they ask for; answers how many R2Ts it took.
    fn solicit(&mut self, script: &mut Script, command: Command) -> u32 {
        let Command { itt, lun, length, .. } = command;
        let mut offset = length.min(TARGET_TAKES);
        let mut r2ts = 0;
        while offset < length {
            let desired = (length - offset).min(MAX_BURST);
            let ttt = self.ttt;
            self.ttt = self.ttt.wrapping_add(1);
            let mut r2t = header(0x31, 0x80);
            r2t[LUN + 1] = lun;
            self.sequence(&mut r2t);
            put(&mut r2t, [(ITT, itt), (TTT, ttt), (STAT_SN, self.stat_sn), (DATA_SN, r2ts)]);
            put(&mut r2t, [(BUFFER_OFFSET, offset), (RESIDUAL_OR_DESIRED, desired)]);
            script.say(Target, r2t, &[]);
            let end = offset + desired;
            for data_sn in 0.. {
                let piece = (end - offset).min(TARGET_TAKES);
                let last = offset + piece == end;
                let mut out = header(0x05, if last { 0x80 } else { 0 });
                out[LUN + 1] = lun;
                put(&mut out, [(ITT, itt), (TTT, ttt), (EXPECTED_SN, self.stat_sn)]);
                put(&mut out, [(DATA_SN, data_sn), (BUFFER_OFFSET, offset)]);
                let data = self.noise(piece);
                script.say(Initiator, out, &self.noise[data]);
                offset += piece;
                if last {
                    break;
                }
            }
            r2ts += 1;
        }
        r2ts
    }

    fn response(&mut self, script: &mut Script, command: Command, r2ts: u32, status: u8) {
        // Medium error, unrecovered read error; fixed format, behind its length.
        const SENSE: [u8; 20] =
            [0, 18, 0x70, 0, 3, 0, 0, 0, 0, 10, 0, 0, 0, 0, 0x11, 0, 0, 0, 0, 0];
        const UNDERFLOW: u8 = 0x02;
        let failed = status != GOOD;
        let mut response = header(0x21, if failed { 0x80 | UNDERFLOW } else { 0x80 });
        response[3] = status;
        let residual = if failed { command.length } else { 0 };
        put(&mut response, [(ITT, command.itt), (DATA_SN, r2ts), (RESIDUAL_OR_DESIRED, residual)]);
        self.respond(script, response, if failed { &SENSE } else { &[] });
    }

    fn ping(&mut self, script: &mut Script) {
        let mut out = self.request(0x40, 0x80);
        put(&mut out, [(ITT, self.itt), (TTT, NO_TAG)]);
        script.say(Initiator, out, &[]);
        let mut answer = header(0x20, 0x80);
        put(&mut answer, [(ITT, self.itt), (TTT, NO_TAG)]);
        self.respond(script, answer, &[]);
        self.itt = self.itt.wrapping_add(1);
    }

    fn ping_from_target(&mut self, script: &mut Script) {
        let mut ping = header(0x20, 0x80);
        self.sequence(&mut ping);
        put(&mut ping, [(ITT, NO_TAG), (TTT, self.ttt), (STAT_SN, self.stat_sn)]);
        script.say(Target, ping, &[]);
        let mut answer = self.request(0x40, 0x80);
        put(&mut answer, [(ITT, NO_TAG), (TTT, self.ttt)]);
        script.say(Initiator, answer, &[]);
        self.ttt = self.ttt.wrapping_add(1);
    }

    /// A request with the numbers every one carries.
    fn request(&self, opcode: u8, flags: u8) -> Header {
        let mut request = header(opcode, flags);
        put(&mut request, [(CMD_SN, self.cmd_sn), (EXPECTED_SN, self.stat_sn)]);
        request
    }

    /// The command window.
    fn sequence(&self, header: &mut Header) {
        put(
            header,
            [(EXPECTED_SN, self.cmd_sn), (MAX_CMD_SN, self.cmd_sn.wrapping_add(QUEUE - 1))],
        );
    }

    /// Says what carries a status of its own.
    fn respond(&mut self, script: &mut Script, mut header: Header, data: &[u8]) {
        self.sequence(&mut header);
        put(&mut header, [(STAT_SN, self.stat_sn)]);
        self.stat_sn = self.stat_sn.wrapping_add(1);
        script.say(Target, header, data);
    }

    fn noise(&mut self, length: u32) -> std::ops::Range<usize> {
        let start = self.random.below(self.noise.len() as u32 - length) as usize;
        start..start + length as usize
    }
}
