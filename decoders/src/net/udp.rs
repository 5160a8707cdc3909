use super::ip::IpPacket;
use super::{Skipped, UdpDatagram};
use std::net::SocketAddr;

const HEADER: u16 = 8;

/// A UDP header (RFC 768). A length of 0, as offload and jumbograms have it, means all that IP carried.
pub(super) fn parse<'a>(packet: &IpPacket<'a>) -> Result<UdpDatagram<'a>, Skipped> {
    let datagram = packet.payload;
    let payload = datagram.skip(usize::from(HEADER))?;
    let payload = match datagram.u16(4)? {
        0 => payload,
        length => {
            let length = length.checked_sub(HEADER).ok_or(Skipped::Malformed)?;
            if u64::from(length) < payload.wire_len() {
                payload.limit(length.into())
            } else {
                payload
            }
        }
    };
    Ok(UdpDatagram {
        src: SocketAddr::new(packet.src, datagram.u16(0)?),
        dst: SocketAddr::new(packet.dst, datagram.u16(2)?),
        payload: payload.bytes,
        missing: payload.cut,
    })
}
