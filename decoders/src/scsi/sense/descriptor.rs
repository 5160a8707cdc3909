use super::Sense;

/// One descriptor of descriptor format sense data (SPC-5 4.4.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SenseDescriptor<'a> {
    /// Type and length included, so that offsets are those of the standard's tables.
    bytes: &'a [u8],
}

/// What the ATA device returned, of an ATA status return descriptor (SAT-4 12.2.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AtaStatus {
    /// The command was a 48-bit one: `count` and `lba` have their upper halves.
    pub extend: bool,
    /// ERROR register.
    pub error: u8,
    /// COUNT register, 16 bits with `extend`, else 8.
    pub count: u16,
    /// LBA registers, 48 bits with `extend`, else 24 (28 with the low bits of `device`).
    pub lba: u64,
    /// DEVICE register.
    pub device: u8,
    /// STATUS register.
    pub status: u8,
}

impl<'a> SenseDescriptor<'a> {
    const INFORMATION: u8 = 0x00;
    const COMMAND_SPECIFIC: u8 = 0x01;
    const SENSE_KEY_SPECIFIC: u8 = 0x02;
    const FIELD_REPLACEABLE_UNIT: u8 = 0x03;
    const STREAM: u8 = 0x04;
    const BLOCK: u8 = 0x05;
    const ATA_STATUS: u8 = 0x09;
    const FORWARDED: u8 = 0x0c;
    /// Information, command specific, sense key specific and FRU in one (SBC-4 4.18.4).
    const DIRECT_ACCESS: u8 = 0x0d;

    /// The first descriptor of a list and what follows it.
    pub(super) fn split_first(list: &'a [u8]) -> Option<(Self, &'a [u8])> {
        list.first()?;
        // Without its length byte a descriptor is as long as what is left of it: one byte.
        let length = list.get(1).map_or(1, |additional| usize::from(*additional) + 2);
        let (bytes, rest) = list.split_at_checked(length).unwrap_or((list, &[]));
        Some((Self { bytes }, rest))
    }

    /// DESCRIPTOR TYPE; 80h and up are vendor specific.
    pub fn kind(&self) -> u8 {
        self.bytes.first().copied().unwrap_or_default()
    }

    /// What the standard calls the type, in lower case; `None` for reserved and vendor specific ones.
    pub fn name(&self) -> Option<&'static str> {
        Some(match self.kind() {
            Self::INFORMATION => "information",
            Self::COMMAND_SPECIFIC => "command specific information",
            Self::SENSE_KEY_SPECIFIC => "sense key specific",
            Self::FIELD_REPLACEABLE_UNIT => "field replaceable unit",
            Self::STREAM => "stream commands",
            Self::BLOCK => "block commands",
            0x06 => "osd object identification",
            0x07 => "osd response integrity check value",
            0x08 => "osd attribute identification",
            Self::ATA_STATUS => "ata status return",
            0x0a => "another progress indication",
            0x0b => "user data segment referral",
            Self::FORWARDED => "forwarded sense data",
            Self::DIRECT_ACCESS => "direct access block device",
            0x0e => "device designation",
            0x0f => "microcode activation",
            _ => return None,
        })
    }

    /// The whole descriptor as received, type and length bytes included.
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// The ATA registers, of an ATA status return descriptor.
    pub fn ata_status(&self) -> Option<AtaStatus> {
        if self.kind() != Self::ATA_STATUS {
            return None;
        }
        let [_, _, flags, error, count_high, count, l31, l7, l39, l15, l47, l23, device, status] =
            *self.bytes.first_chunk()?;
        let extend = flags & 1 == 1;
        let upper = |byte: u8| if extend { byte } else { 0 };
        Some(AtaStatus {
            extend,
            error,
            count: u16::from_be_bytes([upper(count_high), count]),
            lba: u64::from_be_bytes([0, 0, upper(l47), upper(l39), upper(l31), l23, l15, l7]),
            device,
            status,
        })
    }

    /// The sense data another device returned to this one, of a forwarded sense data descriptor: that of
    /// a copy's source or destination.
    pub fn forwarded(&self) -> Option<Sense<'a>> {
        if self.kind() != Self::FORWARDED {
            return None;
        }
        Sense::parse(self.bytes.get(4..)?)
    }

    pub(super) fn information(&self) -> Option<u64> {
        let valid = self.byte(2)? & 0x80 != 0;
        match self.kind() {
            Self::INFORMATION if valid => self.be_u64(4),
            Self::DIRECT_ACCESS if valid => self.be_u64(8),
            _ => None,
        }
    }

    pub(super) fn command_specific(&self) -> Option<u64> {
        match self.kind() {
            Self::COMMAND_SPECIFIC => self.be_u64(4),
            Self::DIRECT_ACCESS => self.be_u64(16),
            _ => None,
        }
    }

    pub(super) fn field_replaceable_unit(&self) -> Option<u8> {
        match self.kind() {
            Self::FIELD_REPLACEABLE_UNIT => self.byte(3),
            Self::DIRECT_ACCESS => self.byte(7),
            _ => None,
        }
    }

    pub(super) fn sense_key_specific(&self) -> Option<[u8; 3]> {
        match self.kind() {
            Self::SENSE_KEY_SPECIFIC | Self::DIRECT_ACCESS => {
                self.bytes.get(4..)?.first_chunk().copied()
            }
            _ => None,
        }
    }

    /// FILEMARK, EOM and ILI, in bits 7, 6 and 5.
    pub(super) fn stream_flags(&self) -> Option<u8> {
        if self.kind() == Self::STREAM { self.byte(3) } else { None }
    }

    /// ILI as disks report it.
    pub(super) fn block_ili(&self) -> bool {
        let at = match self.kind() {
            Self::BLOCK => 3,
            Self::DIRECT_ACCESS => 2,
            _ => return false,
        };
        self.byte(at).is_some_and(|byte| byte & 0x20 != 0)
    }

    fn byte(&self, at: usize) -> Option<u8> {
        self.bytes.get(at).copied()
    }

    fn be_u64(&self, at: usize) -> Option<u64> {
        Some(u64::from_be_bytes(*self.bytes.get(at..)?.first_chunk()?))
    }
}
