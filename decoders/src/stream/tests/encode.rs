//! PDUs to bytes: what tests and benches put on the wire. Written from RFC 7143, section 11, not from the decoder.

use super::crc32c;

/// A header field: its first byte, the bit of that byte it starts at (7 is the highest), and its width in bits.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    pub byte: usize,
    pub from: u32,
    pub bits: u32,
}

const fn bytes(byte: usize, count: u32) -> Field {
    Field { byte, from: 7, bits: count * 8 }
}

const fn bits(byte: usize, from: u32, bits: u32) -> Field {
    Field { byte, from, bits }
}

pub const IMMEDIATE: Field = bits(0, 6, 1);
pub const OPCODE: Field = bits(0, 5, 6);
/// F, and T in Login PDUs.
pub const FINAL: Field = bits(1, 7, 1);
/// Second bit of byte 1: R of a command, C of login and text, A of Data-In.
pub const SECOND: Field = bits(1, 6, 1);
pub const WRITE: Field = bits(1, 5, 1);
pub const ATTRIBUTE: Field = bits(1, 2, 3);
pub const BIDI_OVERFLOW: Field = bits(1, 4, 1);
pub const BIDI_UNDERFLOW: Field = bits(1, 3, 1);
pub const OVERFLOW: Field = bits(1, 2, 1);
pub const UNDERFLOW: Field = bits(1, 1, 1);
pub const STATUS_BIT: Field = bits(1, 0, 1);
pub const CSG: Field = bits(1, 3, 2);
pub const NSG: Field = bits(1, 1, 2);
/// Task management function, reason of a logout.
pub const FUNCTION: Field = bits(1, 6, 7);
pub const SNACK_TYPE: Field = bits(1, 3, 4);
/// Response, reason of a reject, highest login version.
pub const RESPONSE: Field = bytes(2, 1);
/// SCSI status, lowest or active login version.
pub const STATUS: Field = bytes(3, 1);
pub const AHS_LENGTH: Field = bytes(4, 1);
pub const DATA_LENGTH: Field = bytes(5, 3);
pub const LUN: Field = bytes(8, 8);
pub const ISID: Field = bytes(8, 6);
pub const TSIH: Field = bytes(14, 2);
pub const ITT: Field = bytes(16, 4);
/// TTT, expected data transfer length, SNACK tag, referenced task tag.
pub const TTT: Field = bytes(20, 4);
pub const CID: Field = bytes(20, 2);
/// CmdSN to the target, StatSN to the initiator.
pub const SN: Field = bytes(24, 4);
/// ExpStatSN to the target, ExpCmdSN to the initiator.
pub const EXP_SN: Field = bytes(28, 4);
/// MaxCmdSN to the initiator, RefCmdSN.
pub const MAX_CMD_SN: Field = bytes(32, 4);
/// DataSN, R2TSN, ExpDataSN.
pub const DATA_SN: Field = bytes(36, 4);
pub const CLASS: Field = bytes(36, 1);
pub const DETAIL: Field = bytes(37, 1);
/// AsyncEvent, AsyncVCode and three parameters.
pub const ASYNC: [Field; 5] =
    [bytes(36, 1), bytes(37, 1), bytes(38, 2), bytes(40, 2), bytes(42, 2)];
/// Buffer offset, BegRun, bidirectional read residual.
pub const OFFSET: Field = bytes(40, 4);
pub const TIME2WAIT: Field = bytes(40, 2);
pub const TIME2RETAIN: Field = bytes(42, 2);
/// Desired length of an R2T, residual, RunLength.
pub const LENGTH: Field = bytes(44, 4);

/// A PDU to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pdu {
    pub bhs: [u8; 48],
    pub ahs: Vec<u8>,
    pub data: Vec<u8>,
}

/// Which digests go with a PDU.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Digests {
    pub header: bool,
    pub data: bool,
}

impl Pdu {
    /// All fields 0 but the opcode and F.
    pub fn new(opcode: u8) -> Self {
        Self { bhs: [0; 48], ahs: Vec::new(), data: Vec::new() }
            .with(OPCODE, opcode.into())
            .with(FINAL, 1)
    }

    /// Sets a field; bits that do not fit are dropped.
    #[must_use]
    pub fn with(mut self, field: Field, value: u64) -> Self {
        for bit in 0..field.bits {
            // Bits count from the field's lowest, which is the last on the wire.
            let on_wire = (7 - field.from) + (field.bits - 1 - bit);
            let (byte, mask) = (field.byte + on_wire as usize / 8, 0x80 >> (on_wire % 8));
            self.bhs[byte] =
                if value >> bit & 1 == 1 { self.bhs[byte] | mask } else { self.bhs[byte] & !mask };
        }
        self
    }

    /// Sets the CDB, which ends a SCSI Command's header.
    #[must_use]
    pub fn cdb(mut self, cdb: &[u8]) -> Self {
        self.bhs[32..32 + cdb.len()].copy_from_slice(cdb);
        self
    }

    /// Appends an additional header segment and counts it in the header.
    #[must_use]
    pub fn ahs(mut self, kind: u8, content: &[u8]) -> Self {
        let length = u16::try_from(content.len()).unwrap_or(u16::MAX);
        self.ahs.extend(length.to_be_bytes());
        self.ahs.push(kind);
        self.ahs.extend(content);
        self.ahs.resize(self.ahs.len().next_multiple_of(4), 0);
        let words = self.ahs.len() as u64 / 4;
        self.with(AHS_LENGTH, words)
    }

    /// Sets the data segment and its length.
    #[must_use]
    pub fn data(mut self, data: impl Into<Vec<u8>>) -> Self {
        self.data = data.into();
        let length = self.data.len() as u64;
        self.with(DATA_LENGTH, length)
    }

    /// Appends the PDU to `wire` as it is sent.
    pub fn put(&self, digests: Digests, wire: &mut Vec<u8>) {
        let start = wire.len();
        wire.extend(self.bhs);
        wire.extend(&self.ahs);
        if digests.header {
            wire.extend(crc32c(0, &wire[start..]).to_le_bytes());
        }
        if self.data.is_empty() {
            return;
        }
        let data = wire.len();
        wire.extend(&self.data);
        wire.resize(data + self.data.len().next_multiple_of(4), 0);
        if digests.data {
            wire.extend(crc32c(0, &wire[data..]).to_le_bytes());
        }
    }

    /// The PDU as it is sent.
    pub fn bytes(&self, digests: Digests) -> Vec<u8> {
        let mut wire = Vec::with_capacity(self.data.len() + 64);
        self.put(digests, &mut wire);
        wire
    }
}
