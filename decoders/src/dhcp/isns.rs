use std::fmt;
use std::net::Ipv4Addr;

use crate::isns::{BitNames, Bits, PORTAL_SECURITY};

/// In every bitmap of the option: the other bits count.
const ENABLED: u32 = 0x1;

/// RFC 4174, section 2.1.
const FUNCTIONS: BitNames =
    &[(ENABLED, "Enabled"), (0x2, "DD-Based Authorization"), (0x4, "Security Policy Distribution")];

/// RFC 4174, section 2.2: who may change discovery domains.
const DD_ACCESS: BitNames = &[
    (ENABLED, "Enabled"),
    (0x02, "Control Node"),
    (0x04, "iSCSI Target"),
    (0x08, "iSCSI Initiator"),
    (0x10, "iFCP Target Port"),
    (0x20, "iFCP Initiator Port"),
];

const HEARTBEAT: u32 = 0x2;

/// RFC 4174, section 2.3.
const ADMINISTRATIVE: BitNames = &[
    (ENABLED, "Enabled"),
    (HEARTBEAT, "Heartbeat"),
    (0x4, "Management SCNs"),
    (0x8, "Default Discovery Domain"),
];

/// Option 83: where the iSNS servers are and how they are run (RFC 4174, section 2).
///
/// In every bitmap bit 0 must be set for the others to count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IsnsOption {
    /// What the servers do for access control (section 2.1).
    pub functions: Bits,
    /// Which clients may change discovery domains (section 2.2).
    pub dd_access: Bits,
    /// How the servers are administered (section 2.3).
    pub administrative: Bits,
    /// How to speak to the servers (section 2.4); the bits of an iSNS Portal Security Bitmap.
    pub security: Bits,
    /// The address heartbeats belong to; only with the Heartbeat flag, which puts it before the servers.
    pub heartbeat: Option<Ipv4Addr>,
    /// The primary server. Missing only when a heartbeat address is all there is, against the RFC.
    pub primary: Option<Ipv4Addr>,
    /// The other servers.
    pub secondary: Vec<Ipv4Addr>,
}

/// Why the option makes no sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the iSNS option is {length} bytes long; it must be 14 or more, in steps of 4")]
pub struct IsnsOptionError {
    /// Its length in bytes, all pieces together.
    pub length: usize,
}

impl IsnsOption {
    /// Reads the option's bytes, code and length removed.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, IsnsOptionError> {
        let error = IsnsOptionError { length: bytes.len() };
        let (functions, rest) = bitmap16(bytes, FUNCTIONS).ok_or(error)?;
        let (dd_access, rest) = bitmap16(rest, DD_ACCESS).ok_or(error)?;
        let (administrative, rest) = bitmap16(rest, ADMINISTRATIVE).ok_or(error)?;
        let (security, rest) = rest.split_first_chunk().ok_or(error)?;
        let security = Bits::new(u32::from_be_bytes(*security), PORTAL_SECURITY);
        let (addresses, tail) = rest.as_chunks::<4>();
        if addresses.is_empty() || !tail.is_empty() {
            return Err(error);
        }
        let mut addresses = addresses.iter().copied().map(Ipv4Addr::from);
        let has_heartbeat = administrative.has(ENABLED | HEARTBEAT);
        let heartbeat = if has_heartbeat { addresses.next() } else { None };
        let primary = addresses.next();
        let secondary = addresses.collect();
        Ok(Self { functions, dd_access, administrative, security, heartbeat, primary, secondary })
    }
}

fn bitmap16(bytes: &[u8], names: BitNames) -> Option<(Bits, &[u8])> {
    let (raw, rest) = bytes.split_first_chunk()?;
    Some((Bits::new(u16::from_be_bytes(*raw).into(), names), rest))
}

/// One line: servers first, then what is said about them.
impl fmt::Display for IsnsOption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.primary {
            Some(primary) => write!(f, "iSNS server {primary}")?,
            None => f.write_str("no iSNS server")?,
        }
        for secondary in &self.secondary {
            write!(f, ", secondary {secondary}")?;
        }
        if let Some(heartbeat) = self.heartbeat {
            write!(f, ", heartbeat {heartbeat}")?;
        }
        for (label, bits) in [
            ("functions", self.functions),
            ("DD access", self.dd_access),
            ("administration", self.administrative),
            ("security", self.security),
        ] {
            write!(f, "; {label}: {bits}")?;
            if bits.raw != 0 && !bits.has(ENABLED) {
                f.write_str(" (not enabled, to be ignored)")?;
            }
        }
        Ok(())
    }
}
