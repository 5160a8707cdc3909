/// What a command does to the device, for statistics per kind of work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OpClass {
    /// User data to the initiator.
    Read,
    /// User data, or a pattern for it, to the medium.
    Write,
    /// The medium is checked, no user data is returned.
    Verify,
    /// Written data is forced to the medium.
    Flush,
    /// Blocks are given back to the device.
    Unmap,
    /// The device copies by itself (EXTENDED COPY, token operations).
    Copy,
    /// Reservations, old and persistent.
    Reserve,
    /// The whole medium is formatted, erased or sanitized.
    Format,
    /// Zone management (ZBC).
    Zone,
    /// The medium is positioned: seek, rewind, space, locate, play.
    Position,
    /// The medium or its carrier is moved, locked, started or stopped.
    Medium,
    /// The initiator asks about the device or its state.
    Query,
    /// The initiator changes the device's settings, firmware or identity.
    Control,
    /// Anything else, and every command that is not known.
    Other,
}

impl OpClass {
    /// Lower-case name for output.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Verify => "verify",
            Self::Flush => "flush",
            Self::Unmap => "unmap",
            Self::Copy => "copy",
            Self::Reserve => "reserve",
            Self::Format => "format",
            Self::Zone => "zone",
            Self::Position => "position",
            Self::Medium => "medium",
            Self::Query => "query",
            Self::Control => "control",
            Self::Other => "other",
        }
    }
}
