/// SENSE KEY SPECIFIC, three bytes that each sense key uses its own way (SPC-5 4.4.2.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SenseKeySpecific {
    /// ILLEGAL REQUEST: what was wrong with the command.
    FieldPointer {
        /// The field is in the CDB, else in the parameter list.
        in_cdb: bool,
        /// Most significant bit of the field in its byte, 7..=0, when the target says which.
        bit: Option<u8>,
        /// First byte of the field.
        byte: u16,
    },
    /// RECOVERED ERROR, MEDIUM ERROR, HARDWARE ERROR: how often it was tried again.
    ActualRetryCount(u16),
    /// NO SENSE, NOT READY: how far the operation is, in 65536ths.
    Progress(u16),
    /// COPY ABORTED: which segment of an EXTENDED COPY failed.
    SegmentPointer {
        /// `byte` counts from the begin of the segment descriptor, else of the parameter list.
        in_descriptor: bool,
        /// Bit of that byte, when given.
        bit: Option<u8>,
        /// First byte of the field.
        byte: u16,
    },
    /// UNIT ATTENTION: whether the queue of unit attention conditions ran over.
    UnitAttentionOverflow(bool),
    /// Any other sense key: the bytes, SKSV included.
    Other([u8; 3]),
}

/// Sense keys that give the three bytes a meaning (SPC-5 table 47).
mod key {
    pub const NO_SENSE: u8 = 0x0;
    pub const RECOVERED_ERROR: u8 = 0x1;
    pub const NOT_READY: u8 = 0x2;
    pub const MEDIUM_ERROR: u8 = 0x3;
    pub const HARDWARE_ERROR: u8 = 0x4;
    pub const ILLEGAL_REQUEST: u8 = 0x5;
    pub const UNIT_ATTENTION: u8 = 0x6;
    pub const COPY_ABORTED: u8 = 0xa;
}

impl SenseKeySpecific {
    /// `None` when the SKSV bit is clear.
    pub(super) fn decode(sense_key: u8, bytes: [u8; 3]) -> Option<Self> {
        let [first, high, low] = bytes;
        if first & 0x80 == 0 {
            return None;
        }
        let number = u16::from_be_bytes([high, low]);
        let bit = (first & 0x08 != 0).then_some(first & 0x07);
        Some(match sense_key {
            key::ILLEGAL_REQUEST => {
                Self::FieldPointer { in_cdb: first & 0x40 != 0, bit, byte: number }
            }
            key::RECOVERED_ERROR | key::MEDIUM_ERROR | key::HARDWARE_ERROR => {
                Self::ActualRetryCount(number)
            }
            key::NO_SENSE | key::NOT_READY => Self::Progress(number),
            key::COPY_ABORTED => {
                Self::SegmentPointer { in_descriptor: first & 0x20 != 0, bit, byte: number }
            }
            key::UNIT_ATTENTION => Self::UnitAttentionOverflow(first & 0x01 != 0),
            _ => Self::Other(bytes),
        })
    }
}
