//! Sense data: why a command did not just succeed (SPC-5 4.4).

mod descriptor;
mod specific;
#[cfg(test)]
mod tests;

pub use descriptor::{AtaStatus, SenseDescriptor};
pub use specific::SenseKeySpecific;

/// Which of the two layouts sense data has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SenseFormat {
    /// Response codes 70h and 71h: fields at fixed places (SPC-5 4.4.3).
    Fixed,
    /// Response codes 72h and 73h: a header and a list of descriptors (SPC-5 4.4.2).
    Descriptor,
}

/// Sense data in either format, as far as it was received: a field beyond its end, or one it marks as not
/// valid, is `None`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sense<'a> {
    /// Cut to the length that ADDITIONAL SENSE LENGTH declares, as the kernel does.
    bytes: &'a [u8],
    response_code: u8,
    format: SenseFormat,
}

impl<'a> Sense<'a> {
    /// `None` when there is nothing, or when RESPONSE CODE is not one of 70h..=73h: then the bytes are
    /// not sense data in a format anybody but the vendor knows.
    pub fn parse(bytes: &'a [u8]) -> Option<Self> {
        let response_code = bytes.first()? & 0x7f;
        let format = match response_code {
            0x70 | 0x71 => SenseFormat::Fixed,
            0x72 | 0x73 => SenseFormat::Descriptor,
            _ => return None,
        };
        let declared = bytes.get(7).map_or(bytes.len(), |additional| usize::from(*additional) + 8);
        let bytes = bytes.get(..declared).unwrap_or(bytes);
        Some(Self { bytes, response_code, format })
    }

    /// The bytes, padding and whatever follows the sense data not included.
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// RESPONSE CODE, 70h..=73h.
    pub fn response_code(&self) -> u8 {
        self.response_code
    }

    /// The layout.
    pub fn format(&self) -> SenseFormat {
        self.format
    }

    /// The error belongs to an earlier command that had already been reported good (71h, 73h).
    pub fn deferred(&self) -> bool {
        self.response_code & 1 == 1
    }

    /// SENSE KEY, 0..=15.
    pub fn key(&self) -> Option<u8> {
        let at = match self.format {
            SenseFormat::Fixed => 2,
            SenseFormat::Descriptor => 1,
        };
        self.byte(at).map(|byte| byte & 0x0f)
    }

    /// ADDITIONAL SENSE CODE.
    pub fn asc(&self) -> Option<u8> {
        match self.format {
            SenseFormat::Fixed => self.byte(12),
            SenseFormat::Descriptor => self.byte(2),
        }
    }

    /// ADDITIONAL SENSE CODE QUALIFIER.
    pub fn ascq(&self) -> Option<u8> {
        match self.format {
            SenseFormat::Fixed => self.byte(13),
            SenseFormat::Descriptor => self.byte(3),
        }
    }

    /// ASC and ASCQ as one number, the ASC high: the code of the error catalogue's ASC name space.
    pub fn code(&self) -> Option<u16> {
        Some(u16::from_be_bytes([self.asc()?, self.ascq()?]))
    }

    /// INFORMATION, when its VALID bit says so: for disks the LBA in question, for tapes the residue.
    pub fn information(&self) -> Option<u64> {
        match self.format {
            SenseFormat::Fixed => (self.byte(0)? & 0x80 != 0).then(|| self.be_u32(3))?,
            SenseFormat::Descriptor => self.descriptors().find_map(|each| each.information()),
        }
    }

    /// COMMAND-SPECIFIC INFORMATION. In fixed format it is always there, 0 when the command has none.
    pub fn command_specific(&self) -> Option<u64> {
        match self.format {
            SenseFormat::Fixed => self.be_u32(8),
            SenseFormat::Descriptor => self.descriptors().find_map(|each| each.command_specific()),
        }
    }

    /// FIELD REPLACEABLE UNIT CODE; 0, which means no unit, is `None`.
    pub fn field_replaceable_unit(&self) -> Option<u8> {
        let code = match self.format {
            SenseFormat::Fixed => self.byte(14),
            SenseFormat::Descriptor => {
                self.descriptors().find_map(|each| each.field_replaceable_unit())
            }
        };
        code.filter(|code| *code != 0)
    }

    /// SENSE KEY SPECIFIC, when its SKSV bit is set: what it says depends on the sense key.
    pub fn sense_key_specific(&self) -> Option<SenseKeySpecific> {
        let bytes = match self.format {
            SenseFormat::Fixed => self.bytes.get(15..)?.first_chunk().copied(),
            SenseFormat::Descriptor => {
                self.descriptors().find_map(|each| each.sense_key_specific())
            }
        };
        SenseKeySpecific::decode(self.key()?, bytes?)
    }

    /// FILEMARK: a tape command read onto a filemark or setmark.
    pub fn filemark(&self) -> bool {
        self.stream_flag(0x80)
    }

    /// EOM: the end (or beginning) of the medium or partition was met.
    pub fn eom(&self) -> bool {
        self.stream_flag(0x40)
    }

    /// ILI: the requested length did not match the length of the block on the medium.
    pub fn ili(&self) -> bool {
        self.stream_flag(0x20) || self.descriptors().any(|each| each.block_ili())
    }

    /// SDAT_OVFL: there was more sense data than fit.
    pub fn overflow(&self) -> bool {
        match self.format {
            SenseFormat::Fixed => self.byte(2).is_some_and(|byte| byte & 0x10 != 0),
            SenseFormat::Descriptor => self.byte(4).is_some_and(|byte| byte & 0x80 != 0),
        }
    }

    /// The descriptors of descriptor format sense data in their order, the last one perhaps cut short;
    /// none in fixed format.
    pub fn descriptors(&self) -> impl Iterator<Item = SenseDescriptor<'a>> + use<'a> {
        let mut rest = match self.format {
            SenseFormat::Fixed => &[],
            SenseFormat::Descriptor => self.bytes.get(8..).unwrap_or_default(),
        };
        std::iter::from_fn(move || {
            let (descriptor, behind) = SenseDescriptor::split_first(rest)?;
            rest = behind;
            Some(descriptor)
        })
    }

    /// A flag of byte 2 in fixed format, of byte 3 of the stream commands descriptor in the other.
    fn stream_flag(&self, bit: u8) -> bool {
        let byte = match self.format {
            SenseFormat::Fixed => self.byte(2),
            SenseFormat::Descriptor => self.descriptors().find_map(|each| each.stream_flags()),
        };
        byte.is_some_and(|byte| byte & bit != 0)
    }

    fn byte(&self, at: usize) -> Option<u8> {
        self.bytes.get(at).copied()
    }

    fn be_u32(&self, at: usize) -> Option<u64> {
        let bytes = self.bytes.get(at..)?.first_chunk()?;
        Some(u64::from(u32::from_be_bytes(*bytes)))
    }
}

/// The sense data in the data segment of a SCSI Response PDU: two bytes SenseLength, then that many bytes
/// (RFC 7143 11.4.7.2). Response data behind it is left alone; a segment shorter than SenseLength gives
/// what is there.
pub fn sense_from_response(data_segment: &[u8]) -> Option<Sense<'_>> {
    let (length, rest) = data_segment.split_first_chunk()?;
    let length = usize::from(u16::from_be_bytes(*length));
    Sense::parse(rest.get(..length).unwrap_or(rest))
}
