//! Packets built by hand, layer around layer.

use crate::Timestamp;
use crate::capture::{Options, Packet};

pub(super) const ETHERNET: u32 = 1;
pub(super) const RAW: u32 = 101;
pub(super) const TCP: u8 = 6;
pub(super) const UDP: u8 = 17;
pub(super) const SRC_V4: [u8; 4] = [192, 0, 2, 1];
pub(super) const DST_V4: [u8; 4] = [198, 51, 100, 2];
pub(super) const SRC_V6: &str = "2001:db8::1";
pub(super) const DST_V6: &str = "2001:db8:0:f::2";

/// A frame captured whole.
pub(super) fn frame(link_type: u32, data: &[u8]) -> Packet<'_> {
    let wire_len = data.len() as u32;
    let options = Options::default();
    Packet { number: 1, time: Timestamp(0), link_type, data, wire_len, options }
}

fn words(words: &[u16]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_be_bytes()).collect()
}

/// Ethernet with addresses that no test looks at.
pub(super) fn ethernet(kind: u16, payload: &[u8]) -> Vec<u8> {
    [&[2; 12][..], &kind.to_be_bytes(), payload].concat()
}

/// An 802.1Q or 802.1ad tag in front of what the EtherType `kind` says.
pub(super) fn tag(kind: u16, payload: &[u8]) -> Vec<u8> {
    [&words(&[0x0064, kind])[..], payload].concat()
}

/// TCP 49152 to 3260 with `options` (a multiple of 4 bytes).
pub(super) fn tcp(options: &[u8], payload: &[u8]) -> Vec<u8> {
    let header_len = (20 + options.len() as u16) / 4;
    let flags = 0x18;
    let fields =
        [49152, 3260, 0x0102, 0x0304, 0xa0b0, 0xc0d0, header_len << 12 | flags, 0x0200, 0, 0];
    [&words(&fields)[..], options, payload].concat()
}

pub(super) fn udp(src: u16, dst: u16, payload: &[u8]) -> Vec<u8> {
    [&words(&[src, dst, payload.len() as u16 + 8, 0])[..], payload].concat()
}

pub(super) fn ipv4(protocol: u8, payload: &[u8]) -> Vec<u8> {
    ipv4_with(protocol, &[], 0, payload)
}

/// IPv4 with options (a multiple of 4 bytes) and the 16 bits of flags and fragment offset.
pub(super) fn ipv4_with(protocol: u8, options: &[u8], place: u16, payload: &[u8]) -> Vec<u8> {
    let header_len = 20 + options.len() as u16;
    let total = (usize::from(header_len) + payload.len()) as u16;
    let first = 0x4000 | (header_len / 4) << 8;
    let mut packet = words(&[first, total, 0x1234, place, 0x4000 | u16::from(protocol), 0]);
    packet.extend(SRC_V4);
    packet.extend(DST_V4);
    packet.extend(options);
    packet.extend(payload);
    packet
}

pub(super) fn ipv6(next_header: u8, payload: &[u8]) -> Vec<u8> {
    let mut packet = words(&[0x6000, 0, payload.len() as u16, u16::from(next_header) << 8 | 64]);
    for address in [SRC_V6, DST_V6] {
        packet.extend(address.parse::<std::net::Ipv6Addr>().unwrap().octets());
    }
    packet.extend(payload);
    packet
}

/// An IPv6 fragment header and a piece of payload; `offset` in bytes.
pub(super) fn ipv6_fragment(next_header: u8, offset: u16, more: bool, piece: &[u8]) -> Vec<u8> {
    let header = words(&[u16::from(next_header) << 8, offset | u16::from(more), 0xdead, 0xbeef]);
    ipv6(44, &[&header[..], piece].concat())
}
