//! TCP segments as packets: an IP and a TCP header, and no payload. What TCP did is often all that tells why a connection
//! ended. Sequence numbers, acknowledgements, flags and window are as they were; options and checksums are not kept.

use std::net::{IpAddr, SocketAddr};

use iscsi_decoders::capture::Packet;
use iscsi_decoders::net::{TcpFlags, TcpSegment};
use iscsi_decoders::pdu::Direction;
use iscsi_decoders::stream::{Ends, Stamp};

use super::block::{self, About, Interface};

/// LINKTYPE_RAW: an IP packet without anything before it.
pub(super) const LINK_TYPE: u32 = 101;
/// What the packet's comment says.
const MARK: &str = "segment";

const IPV4: usize = 20;
const IPV6: usize = 40;
const TCP: usize = 20;
/// IP's number for TCP.
const PROTOCOL: u8 = 6;

/// Writes a segment that travels between these ends.
pub(super) fn write(
    segment: &TcpSegment<'_>,
    (ends, direction): (Ends, Direction),
    stamp: Stamp,
    out: &mut Vec<u8>,
) {
    let (src, dst) = ends.route(direction);
    let payload = payload_length(segment);
    let mut bytes = Vec::with_capacity(IPV6 + TCP);
    ip(src.ip(), dst.ip(), segment.hops, payload, &mut bytes);
    bytes.extend_from_slice(&src.port().to_be_bytes());
    bytes.extend_from_slice(&dst.port().to_be_bytes());
    bytes.extend_from_slice(&segment.seq.to_be_bytes());
    bytes.extend_from_slice(&segment.ack.to_be_bytes());
    bytes.extend_from_slice(&[0x50, segment.flags.0]);
    bytes.extend_from_slice(&segment.window.to_be_bytes());
    bytes.extend_from_slice(&[0; 4]);
    let headers = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    let about = About {
        time: stamp.time,
        length: headers.saturating_add(payload),
        sent: direction == Direction::ToTarget,
        comment: MARK,
    };
    block::packet(Interface::Segments, &about, &bytes, out);
}

fn payload_length(segment: &TcpSegment<'_>) -> u32 {
    u32::try_from(segment.payload.len()).unwrap_or(u32::MAX).saturating_add(segment.missing)
}

fn ip(src: IpAddr, dst: IpAddr, hops: u8, payload: u32, out: &mut Vec<u8>) {
    // Segments that the adapter is to cut may be longer; the packet's original length says so, too.
    let length = |below: usize| {
        let length = (below as u64).saturating_add(payload.into());
        u16::try_from(length).unwrap_or(u16::MAX).to_be_bytes()
    };
    match (src, dst) {
        (IpAddr::V4(src), IpAddr::V4(dst)) => {
            out.extend_from_slice(&[0x45, 0]);
            out.extend_from_slice(&length(IPV4 + TCP));
            out.extend_from_slice(&[0, 0, 0x40, 0, hops, PROTOCOL, 0, 0]);
            out.extend_from_slice(&src.octets());
            out.extend_from_slice(&dst.octets());
        }
        (src, dst) => {
            let octets = |ip: IpAddr| match ip {
                IpAddr::V4(ip) => ip.to_ipv6_mapped().octets(),
                IpAddr::V6(ip) => ip.octets(),
            };
            out.extend_from_slice(&[0x60, 0, 0, 0]);
            out.extend_from_slice(&length(TCP));
            out.extend_from_slice(&[PROTOCOL, hops]);
            out.extend_from_slice(&octets(src));
            out.extend_from_slice(&octets(dst));
        }
    }
}

/// A segment taken out of a recording.
#[derive(Clone, Copy, Debug)]
pub(super) struct Recorded {
    pub ends: Ends,
    pub direction: Direction,
    pub segment: TcpSegment<'static>,
}

impl Recorded {
    /// The segment in a packet, if a recording of ours has put it there.
    pub fn parse(packet: &Packet<'_>) -> Option<Self> {
        if packet.link_type != LINK_TYPE || packet.options.comment() != Some(MARK) {
            return None;
        }
        let data = packet.data;
        let (src, dst, hops, tcp): (IpAddr, IpAddr, u8, &[u8]) = match data.first()? >> 4 {
            4 => {
                let src: [u8; 4] = *data.get(12..)?.first_chunk()?;
                let dst: [u8; 4] = *data.get(16..)?.first_chunk()?;
                (src.into(), dst.into(), *data.get(8)?, data.get(IPV4..)?)
            }
            6 => {
                let src: [u8; 16] = *data.get(8..)?.first_chunk()?;
                let dst: [u8; 16] = *data.get(24..)?.first_chunk()?;
                (src.into(), dst.into(), *data.get(7)?, data.get(IPV6..)?)
            }
            _ => return None,
        };
        let header: &[u8; TCP] = tcp.first_chunk()?;
        let [s1, s2, d1, d2, q1, q2, q3, q4, a1, a2, a3, a4, _, flags, w1, w2, ..] = *header;
        let src = SocketAddr::new(src, u16::from_be_bytes([s1, s2]));
        let dst = SocketAddr::new(dst, u16::from_be_bytes([d1, d2]));
        let direction = super::packet::said_direction(packet)?;
        let (initiator, target) =
            if direction == Direction::ToTarget { (src, dst) } else { (dst, src) };
        let captured = u32::try_from(data.len()).unwrap_or(u32::MAX);
        let segment = TcpSegment {
            src,
            dst,
            seq: u32::from_be_bytes([q1, q2, q3, q4]),
            ack: u32::from_be_bytes([a1, a2, a3, a4]),
            flags: TcpFlags(flags),
            window: u16::from_be_bytes([w1, w2]),
            hops,
            payload: &[],
            missing: packet.wire_len.saturating_sub(captured),
        };
        Some(Self { ends: Ends { initiator, target }, direction, segment })
    }
}
