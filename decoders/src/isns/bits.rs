use std::fmt;

/// The names of a bitmap's bits: mask and meaning, from the least significant bit.
pub type BitNames = &'static [(u32, &'static str)];

/// iSCSI Node Type (RFC 4171, section 6.4.2).
pub(super) const NODE_TYPE: BitNames = &[(0x1, "Target"), (0x2, "Initiator"), (0x4, "Control")];

/// Port Role (section 6.6.13).
pub(super) const PORT_ROLE: BitNames =
    &[(0x1, "FCP Target"), (0x2, "FCP Initiator"), (0x4, "Control")];

/// SCN Bitmap, iSCSI and iFCP alike (sections 6.4.4 and 6.6.12).
pub(super) const SCN: BitNames = &[
    (0x01, "DD/DDS Member Added"),
    (0x02, "DD/DDS Member Removed"),
    (0x04, "Object Updated"),
    (0x08, "Object Added"),
    (0x10, "Object Removed"),
    (0x20, "Management Registration/SCN"),
    (0x40, "Target and Self Information Only"),
    (0x80, "Initiator and Self Information Only"),
];

/// Portal Security Bitmap (RFC 4171, section 6.3.9; RFC 4174, section 2.4, uses the same bits). Nothing else
/// counts unless bit 0 is set.
pub const PORTAL_SECURITY: BitNames = &[
    (0x01, "Bitmap Valid"),
    (0x02, "IKE/IPsec"),
    (0x04, "Main Mode"),
    (0x08, "Aggressive Mode"),
    (0x10, "Perfect Forward Secrecy"),
    (0x20, "Transport Mode Preferred"),
    (0x40, "Tunnel Mode Preferred"),
];

/// Class of Service (section 6.6.8).
pub(super) const CLASS_OF_SERVICE: BitNames = &[(0x4, "Class 2"), (0x8, "Class 3")];

/// Discovery Domain Set Status (section 6.11.1.3).
pub(super) const DDS_STATUS: BitNames = &[(0x1, "DDS Enabled")];

/// Discovery Domain Features (section 6.11.2.9).
pub(super) const DD_FEATURES: BitNames = &[(0x1, "Boot List Enabled")];

/// A bitmap and what its bits mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bits {
    /// The bitmap as sent.
    pub raw: u32,
    names: BitNames,
}

impl Bits {
    pub(crate) fn new(raw: u32, names: BitNames) -> Self {
        Self { raw, names }
    }

    /// Whether every bit of `bits` is set.
    pub fn has(self, bits: u32) -> bool {
        self.raw & bits == bits
    }

    /// The names of the bits that are set.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        self.names.iter().filter(move |(mask, _)| self.has(*mask)).map(|(_, name)| *name)
    }

    /// The bits that are set though the RFC reserves them.
    pub fn reserved(self) -> u32 {
        self.names.iter().fold(self.raw, |left, (mask, _)| left & !mask)
    }
}

/// The names joined by commas, reserved bits in hexadecimal, or `none`.
impl fmt::Display for Bits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        for name in self.names() {
            write!(f, "{separator}{name}")?;
            separator = ", ";
        }
        match self.reserved() {
            0 if self.raw == 0 => f.write_str("none"),
            0 => Ok(()),
            reserved => write!(f, "{separator}reserved {reserved:#x}"),
        }
    }
}
