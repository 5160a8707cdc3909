use super::Skipped;
use super::ip::{self, Fragment, IpPacket};
use super::span::Span;
use std::net::{IpAddr, Ipv4Addr};

const MORE_FRAGMENTS: u16 = 0x2000;
const OFFSET: u16 = 0x1fff;

/// An IPv4 header with its options (RFC 791, section 3.1).
#[inline]
pub(super) fn parse(packet: Span<'_>) -> Result<IpPacket<'_>, Skipped> {
    let header: &[u8; 20] = packet.array(0)?;
    let header_len = u32::from(header[0] & 0x0f) * 4;
    let total_len = ip::length(u16::from_be_bytes([header[2], header[3]]), packet.wire_len());
    if header_len < 20 || total_len < header_len {
        return Err(Skipped::Malformed);
    }
    let payload = packet.limit(total_len).skip(header_len as usize)?;
    let place = u16::from_be_bytes([header[6], header[7]]);
    let fragment = (place & (MORE_FRAGMENTS | OFFSET) != 0).then(|| Fragment {
        id: u32::from(u16::from_be_bytes([header[4], header[5]])),
        offset: u32::from(place & OFFSET) * 8,
        more: place & MORE_FRAGMENTS != 0,
    });
    Ok(IpPacket {
        src: IpAddr::V4(Ipv4Addr::new(header[12], header[13], header[14], header[15])),
        dst: IpAddr::V4(Ipv4Addr::new(header[16], header[17], header[18], header[19])),
        hops: header[8],
        protocol: header[9],
        fragment,
        payload,
    })
}
