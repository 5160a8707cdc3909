use super::span::Span;
use super::{Skipped, ipv4, ipv6};
use std::net::IpAddr;

/// Protocol numbers (IANA) that lead further down.
pub(super) mod protocol {
    pub(in super::super) const IPV4: u8 = 4;
    pub(in super::super) const TCP: u8 = 6;
    pub(in super::super) const UDP: u8 = 17;
    pub(in super::super) const IPV6: u8 = 41;
    pub(in super::super) const GRE: u8 = 47;
}

/// What an IP header says about the bytes behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct IpPacket<'a> {
    pub(super) src: IpAddr,
    pub(super) dst: IpAddr,
    /// Hops it may still take: TTL or hop limit; 0 if it came in fragments.
    pub(super) hops: u8,
    /// Protocol number of the payload.
    pub(super) protocol: u8,
    /// Set when the payload is a part of a larger one.
    pub(super) fragment: Option<Fragment>,
    pub(super) payload: Span<'a>,
}

/// Where a fragment belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fragment {
    /// Identification, the same in all fragments of a datagram.
    pub(super) id: u32,
    /// Offset of the payload in that of the datagram, bytes.
    pub(super) offset: u32,
    /// Whether more of the datagram follows behind this one.
    pub(super) more: bool,
}

/// An IP header of the version its first four bits say.
#[inline]
pub(super) fn parse(packet: Span<'_>) -> Result<IpPacket<'_>, Skipped> {
    match packet.u8(0)? >> 4 {
        4 => ipv4::parse(packet),
        6 => ipv6::parse(packet),
        _ => Err(Skipped::Malformed),
    }
}

/// The length a 16-bit length field means, given how many bytes there were on the wire.
///
/// Segmentation offload shows captures packets larger than the field can say: it is then 0 or has lost
/// its upper bits. Padding, the other reason for more bytes than the field says, is never that long.
#[inline]
pub(super) fn length(field: u16, on_wire: u64) -> u32 {
    let field = u64::from(field);
    let length = match on_wire.saturating_sub(field) >> 16 {
        _ if field == 0 => on_wire,
        lost => field + (lost << 16),
    };
    u32::try_from(length).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::length;

    #[test]
    fn lengths_that_do_not_fit_their_field_are_recovered_and_padding_is_not_taken_for_one() {
        assert_eq!(length(40, 40), 40);
        assert_eq!(length(40, 46), 40);
        assert_eq!(length(1500, 60), 1500);
        assert_eq!(length(0, 70_000), 70_000);
        assert_eq!(length((70_000_u32 - 65_536) as u16, 70_000), 70_000);
        assert_eq!(length(40, 40 + 65_535), 40);
    }
}
