//! Link layers: from the start of a frame to the IP header.

use super::Skipped;
use super::span::Span;

/// LINKTYPE_* values (draft-ietf-opsawg-pcaplinktype).
mod linktype {
    pub(super) const NULL: u32 = 0;
    pub(super) const ETHERNET: u32 = 1;
    pub(super) const PPP: u32 = 9;
    /// DLT_RAW as some systems write it into files.
    pub(super) const RAW_BSD: u32 = 12;
    pub(super) const RAW_OPENBSD: u32 = 14;
    pub(super) const PPP_HDLC: u32 = 50;
    pub(super) const PPP_ETHER: u32 = 51;
    pub(super) const RAW: u32 = 101;
    pub(super) const LOOP: u32 = 108;
    pub(super) const LINUX_SLL: u32 = 113;
    pub(super) const IPV4: u32 = 228;
    pub(super) const IPV6: u32 = 229;
    pub(super) const LINUX_SLL2: u32 = 276;
}

/// EtherType values (IANA IEEE 802 numbers).
pub(super) mod ethertype {
    pub(in super::super) const IPV4: u16 = 0x0800;
    pub(in super::super) const IPV6: u16 = 0x86dd;
    /// Transparent Ethernet bridging: an Ethernet frame (RFC 1701, NVGRE).
    pub(in super::super) const BRIDGED: u16 = 0x6558;
    pub(super) const VLAN: u16 = 0x8100;
    pub(super) const SERVICE_VLAN: u16 = 0x88a8;
    /// Used for outer tags before 802.1ad.
    pub(super) const OLD_QINQ: [u16; 3] = [0x9100, 0x9200, 0x9300];
    pub(super) const MPLS: u16 = 0x8847;
    pub(super) const MPLS_UPSTREAM: u16 = 0x8848;
    pub(super) const PPPOE_SESSION: u16 = 0x8864;
    /// Smaller values are lengths of 802.3 frames.
    pub(super) const LEAST: u16 = 0x0600;
}

/// The IP header of a frame of this link type, and what follows.
pub(super) fn ip(link_type: u32, frame: Span<'_>) -> Result<Span<'_>, Skipped> {
    match link_type {
        linktype::ETHERNET => ethernet(frame),
        linktype::RAW | linktype::RAW_BSD | linktype::RAW_OPENBSD => Ok(frame),
        linktype::IPV4 | linktype::IPV6 => Ok(frame),
        linktype::LINUX_SLL => network(frame.u16(14)?, frame.skip(16)?),
        linktype::LINUX_SLL2 => network(frame.u16(0)?, frame.skip(20)?),
        linktype::NULL | linktype::LOOP => loopback(frame),
        linktype::PPP | linktype::PPP_HDLC => ppp(frame),
        linktype::PPP_ETHER => pppoe(frame),
        _ => Err(Skipped::UnknownLink),
    }
}

/// An Ethernet frame, from the destination address on.
#[inline]
pub(super) fn ethernet(frame: Span<'_>) -> Result<Span<'_>, Skipped> {
    network(frame.u16(12)?, frame.skip(14)?)
}

/// What follows an EtherType: tags and labels are taken off until IP appears.
#[inline]
pub(super) fn network(mut kind: u16, mut rest: Span<'_>) -> Result<Span<'_>, Skipped> {
    loop {
        (kind, rest) = match kind {
            ethertype::IPV4 | ethertype::IPV6 => return Ok(rest),
            ethertype::VLAN | ethertype::SERVICE_VLAN => (rest.u16(2)?, rest.skip(4)?),
            _ if ethertype::OLD_QINQ.contains(&kind) => (rest.u16(2)?, rest.skip(4)?),
            ethertype::MPLS | ethertype::MPLS_UPSTREAM => {
                let inside = mpls(rest)?;
                match inside.u8(0)? >> 4 {
                    4 | 6 => return Ok(inside),
                    // A pseudowire control word in front of an Ethernet frame (RFC 4448).
                    0 => (ethertype::BRIDGED, inside.skip(4)?),
                    _ => return Err(Skipped::NotIp),
                }
            }
            ethertype::BRIDGED => (rest.u16(12)?, rest.skip(14)?),
            ethertype::PPPOE_SESSION => return pppoe(rest),
            length if length < ethertype::LEAST => return snap(rest),
            _ => return Err(Skipped::NotIp),
        }
    }
}

/// 802.2 LLC with SNAP (RFC 1042): `aa aa 03`, an organisation code of zeros, an EtherType.
fn snap(rest: Span<'_>) -> Result<Span<'_>, Skipped> {
    if rest.array(0)? != &[0xaa, 0xaa, 0x03] {
        return Err(Skipped::NotIp);
    }
    match (rest.array(3)?, rest.u16(6)?) {
        ([0, 0, 0], ethertype::IPV4 | ethertype::IPV6) => rest.skip(8),
        _ => Err(Skipped::NotIp),
    }
}

/// MPLS labels up to the bottom of the stack (RFC 3032).
fn mpls(mut rest: Span<'_>) -> Result<Span<'_>, Skipped> {
    loop {
        let bottom = rest.u8(2)? & 1 != 0;
        rest = rest.skip(4)?;
        if bottom {
            return Ok(rest);
        }
    }
}

/// BSD loopback: an address family, in the recording host's byte order or in network order.
fn loopback(frame: Span<'_>) -> Result<Span<'_>, Skipped> {
    let family = frame.u32(0)?;
    match family.min(family.swap_bytes()) {
        // AF_INET; AF_INET6 on Linux, NetBSD and OpenBSD, FreeBSD, macOS.
        2 | 10 | 24 | 28 | 30 => frame.skip(4),
        _ => Err(Skipped::NotIp),
    }
}

/// A PPPoE session header (RFC 2516) and the PPP frame behind.
fn pppoe(rest: Span<'_>) -> Result<Span<'_>, Skipped> {
    let length = u32::from(rest.u16(4)?);
    ppp(rest.skip(6)?.limit(length))
}

/// PPP (RFC 1661), with or without the HDLC address and control bytes, protocol compressed or not.
fn ppp(frame: Span<'_>) -> Result<Span<'_>, Skipped> {
    let frame = if frame.array(0)? == &[0xff, 0x03] { frame.skip(2)? } else { frame };
    let compressed = frame.u8(0)? & 1 != 0;
    let (protocol, rest) = match compressed {
        true => (u16::from(frame.u8(0)?), frame.skip(1)?),
        false => (frame.u16(0)?, frame.skip(2)?),
    };
    match protocol {
        0x0021 | 0x0057 => Ok(rest),
        _ => Err(Skipped::NotIp),
    }
}
