use std::fmt;

/// The status code of a response (RFC 4171, section 5.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Status(pub u32);

const NAMES: [&str; 24] = [
    "Successful",
    "Unknown Error",
    "Message Format Error",
    "Invalid Registration",
    "Reserved",
    "Invalid Query",
    "Source Unknown",
    "Source Absent",
    "Source Unauthorized",
    "No Such Entry",
    "Version Not Supported",
    "Internal Error",
    "Busy",
    "Option Not Understood",
    "Invalid Update",
    "Message Not Supported",
    "SCN Event Rejected",
    "SCN Registration Rejected",
    "Attribute Not Implemented",
    "FC_DOMAIN_ID Not Available",
    "FC_DOMAIN_ID Not Allocated",
    "ESI Not Available",
    "Invalid Deregistration",
    "Registration Feature Not Supported",
];

impl Status {
    /// The request was carried out.
    pub const SUCCESSFUL: Self = Self(0);

    /// The RFC's description; `None` for codes it reserves above 23.
    pub fn name(self) -> Option<&'static str> {
        NAMES.get(usize::try_from(self.0).ok()?).copied()
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) if *self == Self::SUCCESSFUL => f.write_str(name),
            Some(name) => write!(f, "{name} ({})", self.0),
            None => write!(f, "status {}", self.0),
        }
    }
}
