use super::ip::IpPacket;
use super::{Skipped, TcpFlags, TcpSegment};
use std::net::SocketAddr;

/// A TCP header with its options (RFC 9293, section 3.1).
///
/// A segment whose options were cut is still one: its payload is then all `missing`.
#[inline]
pub(super) fn parse<'a>(packet: &IpPacket<'a>) -> Result<TcpSegment<'a>, Skipped> {
    let segment = packet.payload;
    let header: &[u8; 20] = segment.array(0)?;
    let header_len = usize::from(header[12] >> 4) * 4;
    if header_len < 20 {
        return Err(Skipped::Malformed);
    }
    let payload = segment.skip_uncaptured(header_len)?;
    Ok(TcpSegment {
        src: SocketAddr::new(packet.src, u16::from_be_bytes([header[0], header[1]])),
        dst: SocketAddr::new(packet.dst, u16::from_be_bytes([header[2], header[3]])),
        seq: u32::from_be_bytes([header[4], header[5], header[6], header[7]]),
        ack: u32::from_be_bytes([header[8], header[9], header[10], header[11]]),
        flags: TcpFlags(header[13]),
        window: u16::from_be_bytes([header[14], header[15]]),
        hops: packet.hops,
        payload: payload.bytes,
        missing: payload.cut,
    })
}
