use super::commands::CommandSet;

/// Peripheral device type (SPC-5 6.7.2, standard INQUIRY data byte 0, bits 4..0): what decides which
/// command set an opcode belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DeviceType {
    /// 00h: direct access block device (SBC).
    Disk,
    /// 01h: sequential access device (SSC).
    Tape,
    /// 04h: write-once device (SBC).
    WriteOnce,
    /// 05h: CD, DVD or BD device (MMC).
    CdDvd,
    /// 07h: optical memory device (SBC).
    OpticalMemory,
    /// 08h: media changer (SMC).
    Changer,
    /// 0Ch: storage array controller (SCC-2); LUN 0 of many arrays.
    StorageArray,
    /// 0Dh: enclosure services device (SES).
    Enclosure,
    /// 0Eh: simplified direct access device (RBC).
    SimplifiedDisk,
    /// 11h: object-based storage device (OSD).
    ObjectStorage,
    /// 12h: automation/drive interface (ADC).
    AutomationDrive,
    /// 14h: host managed zoned block device (ZBC).
    ZonedDisk,
    /// 1Eh: well-known logical unit.
    WellKnown,
    /// Any other type, as sent: printers, processors, scanners and reserved values.
    Other(u8),
}

impl DeviceType {
    /// Of the five bits of a PERIPHERAL DEVICE TYPE field; higher bits are ignored.
    pub const fn from_code(code: u8) -> Self {
        match code & 0x1f {
            0x00 => Self::Disk,
            0x01 => Self::Tape,
            0x04 => Self::WriteOnce,
            0x05 => Self::CdDvd,
            0x07 => Self::OpticalMemory,
            0x08 => Self::Changer,
            0x0c => Self::StorageArray,
            0x0d => Self::Enclosure,
            0x0e => Self::SimplifiedDisk,
            0x11 => Self::ObjectStorage,
            0x12 => Self::AutomationDrive,
            0x14 => Self::ZonedDisk,
            0x1e => Self::WellKnown,
            other => Self::Other(other),
        }
    }

    /// From INQUIRY data, standard or any VPD page: both begin with qualifier and type. `None` when the
    /// data is empty or says that no device type is known here (1Fh, or qualifier 011b: no such LUN).
    pub fn from_inquiry(data: &[u8]) -> Option<Self> {
        let first = *data.first()?;
        let qualifier = first >> 5;
        let code = first & 0x1f;
        (qualifier != 0b011 && code != 0x1f).then(|| Self::from_code(code))
    }

    /// The command set of the type; `None` where only the SPC commands are known to apply.
    pub(super) const fn command_set(self) -> Option<CommandSet> {
        match self {
            Self::Disk
            | Self::WriteOnce
            | Self::OpticalMemory
            | Self::SimplifiedDisk
            | Self::ZonedDisk => Some(CommandSet::Sbc),
            Self::Tape | Self::AutomationDrive => Some(CommandSet::Ssc),
            Self::CdDvd => Some(CommandSet::Mmc),
            Self::Changer => Some(CommandSet::Smc),
            Self::ObjectStorage => Some(CommandSet::Osd),
            Self::StorageArray => Some(CommandSet::Scc),
            Self::Enclosure | Self::WellKnown | Self::Other(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::DeviceType;

    #[test]
    fn inquiry_data_names_the_device() {
        // Standard INQUIRY data of a LIO disk, of a tgt controller LUN 0, and a VPD page of an mhvtl tape.
        assert_eq!(DeviceType::from_inquiry(&[0x00, 0, 6, 2]), Some(DeviceType::Disk));
        assert_eq!(DeviceType::from_inquiry(&[0x0c, 0, 5, 2]), Some(DeviceType::StorageArray));
        assert_eq!(DeviceType::from_inquiry(&[0x01, 0x83, 0, 8]), Some(DeviceType::Tape));
    }

    #[test]
    fn inquiry_to_a_missing_lun_names_nothing() {
        assert_eq!(DeviceType::from_inquiry(&[0x7f, 0, 5, 2]), None);
        assert_eq!(DeviceType::from_inquiry(&[0x60]), None);
        assert_eq!(DeviceType::from_inquiry(&[]), None);
    }

    #[test]
    fn a_disconnected_device_keeps_its_type() {
        // Qualifier 001b: the type could be connected here but is not.
        assert_eq!(DeviceType::from_inquiry(&[0x20]), Some(DeviceType::Disk));
    }

    #[test]
    fn unlisted_types_keep_their_code() {
        assert_eq!(DeviceType::from_code(0x03), DeviceType::Other(3));
        assert_eq!(DeviceType::from_code(0xe5), DeviceType::CdDvd);
    }
}
