use super::span::Span;
use super::{Skipped, UdpDatagram, link};

/// VXLAN's port, and the one Linux used before it was assigned and still defaults to.
const VXLAN_PORTS: [u16; 2] = [4789, 8472];

/// The flag that says the network identifier is valid; it must be set (RFC 7348, section 5).
const VXLAN_VALID: u8 = 0x08;

/// The Ethernet frame inside a VXLAN datagram; `None` when it is not one.
pub(super) fn vxlan<'a>(datagram: &UdpDatagram<'a>) -> Option<Span<'a>> {
    if !VXLAN_PORTS.contains(&datagram.dst.port()) {
        return None;
    }
    let payload = Span { bytes: datagram.payload, cut: datagram.missing };
    if payload.u8(0).ok()? & VXLAN_VALID == 0 {
        return None;
    }
    payload.skip(8).ok()
}

/// GRE header fields (RFC 2784, RFC 2890).
mod gre {
    pub(super) const CHECKSUM: u16 = 0x8000;
    pub(super) const ROUTING: u16 = 0x4000;
    pub(super) const KEY: u16 = 0x2000;
    pub(super) const SEQUENCE: u16 = 0x1000;
    pub(super) const VERSION: u16 = 0x0007;
    /// Mirrored frames (draft-foschiano-erspan); type I when there is no sequence number.
    pub(super) const ERSPAN_I_II: u16 = 0x88be;
    pub(super) const ERSPAN_III: u16 = 0x22eb;
}

/// The IP packet inside GRE, directly or in an Ethernet frame.
pub(super) fn gre(packet: Span<'_>) -> Result<Span<'_>, Skipped> {
    let flags = packet.u16(0)?;
    if flags & (gre::ROUTING | gre::VERSION) != 0 {
        return Err(Skipped::OtherProtocol);
    }
    let optional = flags & (gre::CHECKSUM | gre::KEY | gre::SEQUENCE);
    let payload = packet.skip(4 + 4 * optional.count_ones() as usize)?;
    match packet.u16(2)? {
        gre::ERSPAN_I_II if flags & gre::SEQUENCE == 0 => link::ethernet(payload),
        gre::ERSPAN_I_II => link::ethernet(payload.skip(8)?),
        gre::ERSPAN_III => {
            let subheader = if payload.u8(11)? & 1 != 0 { 8 } else { 0 };
            link::ethernet(payload.skip(12 + subheader)?)
        }
        kind => link::network(kind, payload),
    }
}
