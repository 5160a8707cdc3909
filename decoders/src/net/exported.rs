//! Link type 252, LINKTYPE_WIRESHARK_UPPER_PDU: a PDU without the layers below it, behind tags that say what it is
//! (Wireshark, epan/exported_pdu.h).

use std::net::{IpAddr, SocketAddr};

use crate::bytes::{be16, be32};
use crate::capture::Packet;

/// The link type.
pub const LINKTYPE_WIRESHARK_UPPER_PDU: u32 = 252;

/// Tags in front of an exported PDU.
pub mod tag {
    /// Behind it the PDU begins.
    pub const END: u16 = 0;
    /// The dissector's name, padded with NULs.
    pub const DISSECTOR: u16 = 12;
    /// Sender, IPv4.
    pub const IPV4_SRC: u16 = 20;
    /// Receiver, IPv4.
    pub const IPV4_DST: u16 = 21;
    /// Sender, IPv6.
    pub const IPV6_SRC: u16 = 22;
    /// Receiver, IPv6.
    pub const IPV6_DST: u16 = 23;
    /// What kind of ports follow, 4 bytes.
    pub const PORT_TYPE: u16 = 24;
    /// Sender's port, 4 bytes.
    pub const SRC_PORT: u16 = 25;
    /// Receiver's port, 4 bytes.
    pub const DST_PORT: u16 = 26;
}

/// A PDU on its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exported<'a> {
    /// Name of the Wireshark dissector for it, e.g. `iscsi`.
    pub dissector: &'a str,
    /// Sender.
    pub src: SocketAddr,
    /// Receiver.
    pub dst: SocketAddr,
    /// Its bytes, as far as they were captured.
    pub payload: &'a [u8],
}

impl<'a> Exported<'a> {
    /// The PDU in a packet of this link type, if its tags say whose it is and from whom to whom.
    pub fn parse(packet: &Packet<'a>) -> Option<Self> {
        if packet.link_type != LINKTYPE_WIRESHARK_UPPER_PDU {
            return None;
        }
        let mut dissector = None;
        let (mut src, mut dst) = (None, None);
        let (mut src_port, mut dst_port) = (0, 0);
        let mut rest = packet.data;
        loop {
            let (tag, length) = (be16(rest, 0)?, usize::from(be16(rest, 2)?));
            let value = rest.get(4..)?.get(..length)?;
            rest = rest.get(4 + length..)?;
            match tag {
                tag::END => break,
                tag::DISSECTOR => {
                    let end = value.iter().position(|&byte| byte == 0).unwrap_or(length);
                    dissector = std::str::from_utf8(value.get(..end)?).ok();
                }
                tag::IPV4_SRC | tag::IPV6_SRC => src = address(value),
                tag::IPV4_DST | tag::IPV6_DST => dst = address(value),
                tag::SRC_PORT => src_port = port(value)?,
                tag::DST_PORT => dst_port = port(value)?,
                _ => {}
            }
        }
        Some(Self {
            dissector: dissector?,
            src: SocketAddr::new(src?, src_port),
            dst: SocketAddr::new(dst?, dst_port),
            payload: rest,
        })
    }
}

fn address(value: &[u8]) -> Option<IpAddr> {
    if let Ok(v4) = <[u8; 4]>::try_from(value) {
        return Some(v4.into());
    }
    <[u8; 16]>::try_from(value).ok().map(IpAddr::from)
}

fn port(value: &[u8]) -> Option<u16> {
    u16::try_from(be32(value, 0)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::samples::frame;

    fn tagged(fields: &[(u16, &[u8])], payload: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (tag, value) in fields {
            bytes.extend(tag.to_be_bytes());
            bytes.extend(u16::try_from(value.len()).unwrap().to_be_bytes());
            bytes.extend(*value);
        }
        bytes.extend(payload);
        bytes
    }

    const FIELDS: &[(u16, &[u8])] = &[
        (tag::DISSECTOR, b"iscsi\0\0\0"),
        (99, b"unknown"),
        (tag::IPV4_SRC, &[10, 0, 0, 1]),
        (tag::IPV6_DST, &[0xfe; 16]),
        (tag::SRC_PORT, &[0, 0, 0x0c, 0xbc]),
        (tag::END, &[]),
    ];

    #[test]
    fn tags_say_what_it_is_and_from_whom_to_whom() {
        let bytes = tagged(FIELDS, b"pdu");
        let packet = frame(LINKTYPE_WIRESHARK_UPPER_PDU, &bytes);
        let exported = Exported::parse(&packet).unwrap();
        assert_eq!(exported.dissector, "iscsi");
        assert_eq!(exported.src, "10.0.0.1:3260".parse().unwrap());
        assert_eq!(exported.dst.ip(), IpAddr::from([0xfe; 16]));
        assert_eq!(exported.payload, b"pdu");
        assert_eq!(Exported::parse(&frame(1, &bytes)), None, "another link type");
    }

    #[test]
    fn tags_that_are_cut_are_no_pdu() {
        let bytes = tagged(FIELDS, b"");
        for cut in 0..bytes.len() {
            let packet = frame(LINKTYPE_WIRESHARK_UPPER_PDU, &bytes[..cut]);
            assert_eq!(Exported::parse(&packet), None, "{cut}");
        }
    }
}
