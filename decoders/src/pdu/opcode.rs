use std::fmt;

/// An iSCSI opcode: the low six bits of byte 0 (RFC 7143, section 11.2.1.2).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Opcode(pub u8);

/// Which way a PDU, segment or byte travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    /// Initiator to target.
    ToTarget,
    /// Target to initiator.
    ToInitiator,
}

impl Direction {
    /// Both, in the order the handshake uses them.
    pub const BOTH: [Self; 2] = [Self::ToTarget, Self::ToInitiator];

    /// The opposite direction.
    pub fn reverse(self) -> Self {
        match self {
            Self::ToTarget => Self::ToInitiator,
            Self::ToInitiator => Self::ToTarget,
        }
    }

    /// `i2t` or `t2i`, as in the JSON contract.
    pub fn name(self) -> &'static str {
        match self {
            Self::ToTarget => "i2t",
            Self::ToInitiator => "t2i",
        }
    }
}

macro_rules! opcodes {
    ($($constant:ident = $value:literal, $name:literal, $title:literal, $section:literal;)*) => {
        impl Opcode {
            $(#[doc = concat!($title, " (RFC 7143, section ", $section, ").")]
            pub const $constant: Self = Self($value);)*

            /// Every name [`Self::name_or_kind`] can give.
            pub const NAMES: &[&str] = &[$($name,)* "vendor", "unknown"];

            /// The name used in JSON, e.g. `scsi-command`; `None` for opcodes RFC 7143 does not define.
            pub fn name(self) -> Option<&'static str> {
                match self.0 { $($value => Some($name),)* _ => None }
            }

            /// The name people read, e.g. `SCSI Command`; `None` for opcodes RFC 7143 does not define.
            pub fn title(self) -> Option<&'static str> {
                match self.0 { $($value => Some($title),)* _ => None }
            }
        }
    };
}

opcodes! {
    NOP_OUT = 0x00, "nop-out", "NOP-Out", "11.18";
    SCSI_COMMAND = 0x01, "scsi-command", "SCSI Command", "11.3";
    TMF_REQUEST = 0x02, "task-management-request", "TMF Request", "11.5";
    LOGIN_REQUEST = 0x03, "login-request", "Login Request", "11.12";
    TEXT_REQUEST = 0x04, "text-request", "Text Request", "11.10";
    DATA_OUT = 0x05, "scsi-data-out", "SCSI Data-Out", "11.7";
    LOGOUT_REQUEST = 0x06, "logout-request", "Logout Request", "11.14";
    SNACK_REQUEST = 0x10, "snack-request", "SNACK Request", "11.16";
    NOP_IN = 0x20, "nop-in", "NOP-In", "11.19";
    SCSI_RESPONSE = 0x21, "scsi-response", "SCSI Response", "11.4";
    TMF_RESPONSE = 0x22, "task-management-response", "TMF Response", "11.6";
    LOGIN_RESPONSE = 0x23, "login-response", "Login Response", "11.13";
    TEXT_RESPONSE = 0x24, "text-response", "Text Response", "11.11";
    DATA_IN = 0x25, "scsi-data-in", "SCSI Data-In", "11.7";
    LOGOUT_RESPONSE = 0x26, "logout-response", "Logout Response", "11.15";
    R2T = 0x31, "ready-to-transfer", "R2T", "11.8";
    ASYNC_MESSAGE = 0x32, "async-message", "Async Message", "11.9";
    REJECT = 0x3f, "reject", "Reject", "11.17";
}

impl Opcode {
    /// The name used in JSON; `vendor` or `unknown` for opcodes RFC 7143 does not define.
    pub fn name_or_kind(self) -> &'static str {
        self.name().unwrap_or(if self.is_vendor() { "vendor" } else { "unknown" })
    }

    /// Who may send it: opcodes from 0x20 on are the target's.
    pub fn direction(self) -> Direction {
        if self.0 & 0x20 == 0 { Direction::ToTarget } else { Direction::ToInitiator }
    }

    /// Whether it is one of the codes RFC 7143 leaves to vendors: 0x1c-0x1e and 0x3c-0x3e.
    pub fn is_vendor(self) -> bool {
        matches!(self.0, 0x1c..=0x1e | 0x3c..=0x3e)
    }

    /// Whether a PDU with this opcode can be on the wire at all.
    pub fn is_known(self) -> bool {
        self.name().is_some() || self.is_vendor()
    }
}

impl fmt::Debug for Opcode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Opcode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.title() {
            Some(title) => f.pad(title),
            None if self.is_vendor() => write!(f, "Vendor 0x{:02x}", self.0),
            None => write!(f, "Unknown 0x{:02x}", self.0),
        }
    }
}
