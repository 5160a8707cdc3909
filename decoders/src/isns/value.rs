use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

use super::Tag;
use super::bits::Bits;
use super::tag::Format;

/// The UDP mark in port attributes (RFC 4171, sections 6.3.2, 6.3.5 and 6.3.7).
const UDP: u32 = 0x0001_0000;

/// Either end of a version range: no limit (RFC 4171, section 6.2.5).
const ANY_VERSION: u16 = 0xffff;

/// Longest stretch of bytes worth printing on a line.
const PRINTED: usize = 32;

/// An attribute's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value<'a> {
    /// Length 0. In queries: this attribute is asked for; in registrations: the server is to choose, or the
    /// attribute is NULL.
    Empty,
    /// Text without its NUL and padding. Of unchecked origin: escape before it reaches a terminal.
    Text(&'a str),
    /// A number.
    Number(u32),
    /// A period in seconds.
    Seconds(u32),
    /// Seconds since 1970, UTC.
    Time(u64),
    /// An address; IPv4 addresses are unmapped.
    Ip(IpAddr),
    /// A port and its transport.
    Port(u16, Transport),
    /// A Fibre Channel name.
    Wwn([u8; 8]),
    /// A Fibre Channel address, 24 bits.
    FcId(u32),
    /// The lowest and highest version of the storage protocol; `None` is no limit.
    VersionRange(Option<u16>, Option<u16>),
    /// A bitmap.
    Bits(Bits),
    /// An enumeration's value and its name, if the RFC has one.
    Code(u32, Option<&'static str>),
    /// Bytes whose inside is not looked at: certificates, ISAKMP proposals, vendors' attributes.
    Bytes(&'a [u8]),
}

/// The transport of a port attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
}

/// Why an attribute's bytes are not what its tag promises.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ValueError {
    /// The length is not the one the RFC gives.
    #[error("{tag} is {found} bytes long instead of {expected}")]
    Length {
        /// The attribute.
        tag: Tag,
        /// Bytes it must have.
        expected: usize,
        /// Bytes it has.
        found: usize,
    },
    /// Text that is no UTF-8.
    #[error("{tag} is not UTF-8 text")]
    NotText {
        /// The attribute.
        tag: Tag,
    },
}

/// Reads an attribute's bytes as its tag says.
pub(super) fn value(tag: Tag, bytes: &[u8]) -> Result<Value<'_>, ValueError> {
    if bytes.is_empty() {
        return Ok(Value::Empty);
    }
    let number = || fixed(tag, bytes).map(u32::from_be_bytes);
    Ok(match tag.format() {
        Format::Text => Value::Text(text(tag, bytes)?),
        Format::Number => Value::Number(number()?),
        Format::Seconds => Value::Seconds(number()?),
        Format::Time => Value::Time(u64::from_be_bytes(fixed(tag, bytes)?)),
        Format::Ip => Value::Ip(unmapped(fixed(tag, bytes)?)),
        Format::Port => port(number()?),
        Format::Wwn => Value::Wwn(fixed(tag, bytes)?),
        Format::FcId => Value::FcId(number()? & 0x00ff_ffff),
        Format::VersionRange => version_range(number()?),
        Format::Bits(names) => Value::Bits(Bits::new(number()?, names)),
        Format::Code(names) => {
            let code = number()?;
            Value::Code(code, names.iter().find(|(known, _)| *known == code).map(|(_, name)| *name))
        }
        Format::Bytes => Value::Bytes(bytes),
    })
}

fn fixed<const N: usize>(tag: Tag, bytes: &[u8]) -> Result<[u8; N], ValueError> {
    bytes.try_into().map_err(|_| ValueError::Length { tag, expected: N, found: bytes.len() })
}

fn text(tag: Tag, bytes: &[u8]) -> Result<&str, ValueError> {
    let written = bytes.split(|byte| *byte == 0).next().unwrap_or_default();
    std::str::from_utf8(written).map_err(|_| ValueError::NotText { tag })
}

/// An address as iSNS stores it, IPv4 mapped into IPv6 (RFC 4171, section 6.2.3).
pub(super) fn unmapped(bytes: [u8; 16]) -> IpAddr {
    IpAddr::V6(Ipv6Addr::from(bytes)).to_canonical()
}

fn port(number: u32) -> Value<'static> {
    let transport = if number & UDP == 0 { Transport::Tcp } else { Transport::Udp };
    Value::Port(low(number), transport)
}

fn version_range(number: u32) -> Value<'static> {
    let limit = |version| (version != ANY_VERSION).then_some(version);
    Value::VersionRange(limit(low(number)), limit(low(number >> 16)))
}

fn low(number: u32) -> u16 {
    (number & 0xffff) as u16
}

impl fmt::Display for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => Ok(()),
            Self::Text(text) => write!(f, "{}", text.escape_debug()),
            Self::Number(number) => write!(f, "{number}"),
            Self::Seconds(seconds) => write!(f, "{seconds} s"),
            Self::Time(seconds) => write!(f, "{seconds} s after 1970"),
            Self::Ip(ip) => write!(f, "{ip}"),
            Self::Port(port, Transport::Tcp) => write!(f, "{port}/tcp"),
            Self::Port(port, Transport::Udp) => write!(f, "{port}/udp"),
            Self::Wwn(wwn) => hex(f, wwn, ":"),
            Self::FcId(id) => write!(f, "{id:#08x}"),
            Self::VersionRange(lowest, highest) => {
                limit(f, *lowest)?;
                f.write_str("..")?;
                limit(f, *highest)
            }
            Self::Bits(bits) => write!(f, "{bits}"),
            Self::Code(_, Some(name)) => f.write_str(name),
            Self::Code(code, None) => write!(f, "{code}"),
            Self::Bytes(bytes) => match bytes.get(..PRINTED) {
                Some(beginning) if bytes.len() > PRINTED => {
                    hex(f, beginning, "")?;
                    write!(f, "... ({} bytes)", bytes.len())
                }
                _ => hex(f, bytes, ""),
            },
        }
    }
}

fn limit(f: &mut fmt::Formatter<'_>, version: Option<u16>) -> fmt::Result {
    match version {
        Some(version) => write!(f, "{version}"),
        None => f.write_str("any"),
    }
}

fn hex(f: &mut fmt::Formatter<'_>, bytes: &[u8], separator: &str) -> fmt::Result {
    for (position, byte) in bytes.iter().enumerate() {
        write!(f, "{}{byte:02x}", if position == 0 { "" } else { separator })?;
    }
    Ok(())
}
