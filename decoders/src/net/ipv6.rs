use super::Skipped;
use super::ip::{self, Fragment, IpPacket};
use super::span::Span;
use std::net::{IpAddr, Ipv6Addr};

/// Extension headers (RFC 8200, section 4; IANA "IPv6 Extension Header Types").
mod extension {
    pub(super) const HOP_BY_HOP: u8 = 0;
    pub(super) const ROUTING: u8 = 43;
    pub(super) const FRAGMENT: u8 = 44;
    pub(super) const AUTHENTICATION: u8 = 51;
    pub(super) const DESTINATION: u8 = 60;
    pub(super) const MOBILITY: u8 = 135;
    pub(super) const HIP: u8 = 139;
    pub(super) const SHIM6: u8 = 140;
}

const HEADER: usize = 40;

/// An IPv6 header (RFC 8200, section 3). A payload length of 0 means as much as was on the wire: a
/// jumbogram (RFC 2675) or segmentation offload.
#[inline]
pub(super) fn parse(packet: Span<'_>) -> Result<IpPacket<'_>, Skipped> {
    let payload = packet.skip(HEADER)?;
    let length = ip::length(packet.u16(4)?, payload.wire_len());
    Ok(IpPacket {
        src: IpAddr::V6(Ipv6Addr::from(*packet.array(8)?)),
        dst: IpAddr::V6(Ipv6Addr::from(*packet.array(24)?)),
        hops: packet.u8(7)?,
        protocol: packet.u8(6)?,
        fragment: None,
        payload: payload.limit(length),
    })
}

/// Takes off one extension header. IPv4 knows but one of them, the authentication header.
pub(super) fn extension(packet: IpPacket<'_>) -> Result<IpPacket<'_>, Skipped> {
    if packet.src.is_ipv4() && packet.protocol != extension::AUTHENTICATION {
        return Err(Skipped::OtherProtocol);
    }
    let header = packet.payload;
    let (length, fragment) = match packet.protocol {
        extension::HOP_BY_HOP
        | extension::ROUTING
        | extension::DESTINATION
        | extension::MOBILITY
        | extension::HIP
        | extension::SHIM6 => (usize::from(header.u8(1)?) * 8 + 8, None),
        extension::AUTHENTICATION => (usize::from(header.u8(1)?) * 4 + 8, None),
        extension::FRAGMENT => (8, fragment(header)?),
        _ => return Err(Skipped::OtherProtocol),
    };
    Ok(IpPacket { protocol: header.u8(0)?, fragment, payload: header.skip(length)?, ..packet })
}

/// A fragment header; `None` for an atomic fragment, which is whole (RFC 6946).
fn fragment(header: Span<'_>) -> Result<Option<Fragment>, Skipped> {
    let place = header.u16(2)?;
    let id = header.u32(4)?;
    let (offset, more) = (u32::from(place & 0xfff8), place & 1 != 0);
    Ok((offset != 0 || more).then_some(Fragment { id, offset, more }))
}
