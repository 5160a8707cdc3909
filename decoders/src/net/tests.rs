use super::samples::*;
use super::{Dissector, Skipped, Stats, TcpFlags, Transport};
use crate::capture::Packet;
use std::net::SocketAddr;

const PAYLOAD: &[u8] = b"forty-eight bytes of an iSCSI basic header segm.";

/// Payload and missing bytes of the TCP segment in a frame, whose header must be that of [`tcp`].
fn segment_of(packet: &Packet<'_>) -> Result<(Vec<u8>, u32), Skipped> {
    let mut dissector = Dissector::new();
    let Transport::Tcp(segment) = dissector.dissect(packet)? else {
        return Err(Skipped::OtherProtocol);
    };
    assert_eq!((segment.src.port(), segment.dst.port()), (49152, 3260));
    assert_eq!((segment.seq, segment.ack), (0x0102_0304, 0xa0b0_c0d0));
    assert_eq!((segment.flags, segment.window), (TcpFlags(0x18), 0x0200));
    Ok((segment.payload.to_vec(), segment.missing))
}

fn segment_in(link_type: u32, data: &[u8]) -> Result<(Vec<u8>, u32), Skipped> {
    segment_of(&frame(link_type, data))
}

fn assert_carries(link_type: u32, data: &[u8], context: &str) {
    assert_eq!(segment_in(link_type, data), Ok((PAYLOAD.to_vec(), 0)), "{context}");
}

fn skipped(link_type: u32, data: &[u8]) -> Skipped {
    segment_in(link_type, data).unwrap_err()
}

fn plain() -> Vec<u8> {
    ipv4(TCP, &tcp(&[], PAYLOAD))
}

/// One frame for each layer that is read.
fn every_layer() -> Vec<(u32, Vec<u8>, &'static str)> {
    let ip = plain();
    let v6 = ipv6(TCP, &tcp(&[], PAYLOAD));
    let cooked = |at: usize, length: usize, payload: &[u8]| {
        let mut header = vec![0; length];
        header[at..at + 2].copy_from_slice(&[8, 0]);
        [&header[..], payload].concat()
    };
    let ah = |next: u8, payload: &[u8]| [&[next, 4, 0, 0][..], &[0; 20], payload].concat();
    let double = tag(0x8100, &tag(0x0800, &ip));
    let vxlan = |port, inner: &[u8]| {
        ipv4(
            UDP,
            &udp(1, port, &[&[8, 0, 0, 0, 0, 0, 1, 0][..], &ethernet(0x0800, inner)].concat()),
        )
    };
    let gre = |header: &[u8], inner: &[u8]| ipv4(47, &[header, inner].concat());
    let in_ethernet = ethernet(0x0800, &ip);
    let options = [0, 1, 0, 0, 0, 0, 0, 0];
    vec![
        (1, ethernet(0x0800, &ip), "Ethernet"),
        (1, ethernet(0x86dd, &v6), "Ethernet, IPv6"),
        (1, ethernet(0x8100, &tag(0x0800, &ip)), "802.1Q"),
        (1, ethernet(0x88a8, &double), "802.1ad"),
        (1, ethernet(0x9100, &tag(0x88a8, &double)), "four tags"),
        (1, ethernet(0x0800, &[&ip[..], &[0; 6]].concat()), "trailing padding"),
        (1, ethernet(100, &[&[0xaa, 0xaa, 3, 0, 0, 0, 8, 0][..], &ip].concat()), "802.3 SNAP"),
        (1, ethernet(0x8847, &[&[0, 0, 0, 64, 0, 0, 1, 64][..], &ip].concat()), "MPLS"),
        (
            1,
            ethernet(0x8847, &[&[0, 0, 1, 64, 0, 0, 0, 0][..], &in_ethernet].concat()),
            "pseudowire",
        ),
        (1, ethernet(0x8864, &[&[0x11, 0, 0, 1, 0, 90, 0, 0x21][..], &ip].concat()), "PPPoE"),
        (0, [&[2, 0, 0, 0][..], &ip].concat(), "NULL, little-endian"),
        (0, [&[0, 0, 0, 30][..], &v6].concat(), "NULL, big-endian, IPv6 of macOS"),
        (108, [&[0, 0, 0, 2][..], &ip].concat(), "LOOP"),
        (101, ip.clone(), "raw IPv4"),
        (101, v6.clone(), "raw IPv6"),
        (12, ip.clone(), "DLT_RAW"),
        (14, v6.clone(), "DLT_RAW of OpenBSD"),
        (228, ip.clone(), "LINKTYPE_IPV4"),
        (229, v6.clone(), "LINKTYPE_IPV6"),
        (113, cooked(14, 16, &ip), "Linux cooked"),
        (276, cooked(0, 20, &ip), "Linux cooked v2"),
        (9, [&[0xff, 3, 0, 0x21][..], &ip].concat(), "PPP"),
        (50, [&[0x57][..], &v6].concat(), "PPP, compressed"),
        (51, [&[0x11, 0, 0, 1, 0, 90, 0, 0x21][..], &ip].concat(), "PPPoE link"),
        (101, ipv4_with(TCP, &[1; 40], 0, &tcp(&[1; 40], PAYLOAD)), "all options"),
        (101, ipv4_with(TCP, &[], 0x4000, &tcp(&[], PAYLOAD)), "don't fragment"),
        (101, ipv4(51, &ah(TCP, &tcp(&[], PAYLOAD))), "IPv4 AH"),
        (101, ipv6(51, &ah(TCP, &tcp(&[], PAYLOAD))), "IPv6 AH"),
        (
            101,
            ipv6(
                0,
                &[
                    &[43, 0][..],
                    &[0; 6],
                    &[60, 1],
                    &[0; 14],
                    &[TCP, 0],
                    &[0; 6],
                    &tcp(&[], PAYLOAD),
                ]
                .concat(),
            ),
            "extension headers",
        ),
        (101, ipv6_fragment(TCP, 0, false, &tcp(&[], PAYLOAD)), "atomic fragment"),
        (101, vxlan(4789, &ip), "VXLAN"),
        (101, vxlan(8472, &vxlan(4789, &ip)), "VXLAN in VXLAN"),
        (101, gre(&[0, 0, 8, 0], &ip), "GRE"),
        (
            101,
            gre(&[0xb0, 0, 8, 0, 9, 9, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2], &ip),
            "GRE with all fields",
        ),
        (101, gre(&[0x20, 0, 0x65, 0x58, 0, 0, 0, 1], &in_ethernet), "NVGRE"),
        (101, gre(&[0, 0, 0x88, 0xbe], &in_ethernet), "ERSPAN I"),
        (
            101,
            gre(&[0x10, 0, 0x88, 0xbe, 0, 0, 0, 1, 0x10, 0, 0, 0, 0, 0, 0, 0], &in_ethernet),
            "ERSPAN II",
        ),
        (
            101,
            gre(
                &[&[0x10, 0, 0x22, 0xeb, 0, 0, 0, 1][..], &[0x20; 11], &[1], &[0; 8]].concat(),
                &in_ethernet,
            ),
            "ERSPAN III",
        ),
        (101, ipv4(4, &ip), "IP in IP"),
        (101, ipv4(41, &v6), "6in4"),
        (101, ipv6(4, &ipv4_with(TCP, &options, 0, &tcp(&options, PAYLOAD))), "4in6"),
    ]
}

#[test]
fn every_layer_leads_to_the_segment() {
    for (link_type, data, context) in every_layer() {
        assert_carries(link_type, &data, context);
    }
}

#[test]
fn a_packet_cut_at_any_byte_never_claims_payload_that_is_not_there() {
    for (link_type, data, context) in every_layer() {
        let mut with_payload = 0;
        for length in 0..data.len() {
            let captured = &data[..length];
            // As the snap length cuts, and as a broken converter does that forgets the length on the wire.
            for wire_len in [data.len(), length] {
                let packet = Packet { wire_len: wire_len as u32, ..frame(link_type, captured) };
                match segment_of(&packet) {
                    Ok((payload, missing)) => {
                        with_payload += 1;
                        assert_eq!(payload, PAYLOAD[..payload.len()], "{context} cut to {length}");
                        assert_eq!(payload.len() + missing as usize, PAYLOAD.len(), "{context}");
                        assert!(captured.len() >= payload.len());
                    }
                    Err(Skipped::Truncated) => {}
                    Err(Skipped::Malformed) => assert_eq!(wire_len, length, "{context}"),
                    // Cut inside its VXLAN header it is still a UDP datagram.
                    Err(Skipped::OtherProtocol) if context.starts_with("VXLAN") => {}
                    Err(other) => panic!("{context} cut to {length}: {other}"),
                }
            }
        }
        // The header is enough for a segment, with the payload missing: at least once per payload byte.
        assert!(with_payload >= PAYLOAD.len(), "{context}: {with_payload}");
    }
}

#[test]
fn any_damaged_byte_is_survived() {
    for (link_type, data, _) in every_layer() {
        for at in 0..data.len() {
            for value in [0, 1, 0x7f, 0xff, data[at] ^ 0x10] {
                let mut damaged = data.clone();
                damaged[at] = value;
                let mut dissector = Dissector::new();
                if let Ok(Transport::Tcp(segment)) = dissector.dissect(&frame(link_type, &damaged))
                {
                    assert!(segment.payload.len() <= damaged.len());
                }
            }
        }
    }
}

#[test]
fn addresses_and_ports_are_those_of_the_innermost_header() {
    let mut dissector = Dissector::new();
    let inner = ipv6(TCP, &tcp(&[], b""));
    let outer = ipv4(41, &inner);
    let Ok(Transport::Tcp(segment)) = dissector.dissect(&frame(RAW, &outer)) else { panic!() };
    assert_eq!(segment.src, SocketAddr::new(SRC_V6.parse().unwrap(), 49152));
    assert_eq!(segment.dst, SocketAddr::new(DST_V6.parse().unwrap(), 3260));
    let plain = plain();
    let Ok(Transport::Tcp(segment)) = dissector.dissect(&frame(RAW, &plain)) else { panic!() };
    assert_eq!(segment.src, SocketAddr::from((SRC_V4, 49152)));
    assert_eq!(segment.dst, SocketAddr::from((DST_V4, 3260)));
}

#[test]
fn udp_datagrams_are_given_with_their_own_length() {
    let mut dissector = Dissector::new();
    let mut datagram = udp(68, 67, b"discover");
    datagram.extend(b"padding inside IP");
    let packet = ipv4(UDP, &datagram);
    let Ok(Transport::Udp(found)) = dissector.dissect(&frame(RAW, &packet)) else { panic!() };
    assert_eq!((found.payload, found.missing), (&b"discover"[..], 0));
    assert_eq!(found.src, SocketAddr::from((SRC_V4, 68)));
    assert_eq!(found.dst, SocketAddr::from((DST_V4, 67)));
    let cut = Packet { data: &packet[..32], ..frame(RAW, &packet) };
    let Ok(Transport::Udp(found)) = dissector.dissect(&cut) else { panic!() };
    assert_eq!((found.payload, found.missing), (&b"disc"[..], 4));
}

#[test]
fn udp_lengths_that_cannot_be_are_handled() {
    let with_length = |length: u16| {
        let mut datagram = udp(1, 2, b"abcd");
        datagram[4..6].copy_from_slice(&length.to_be_bytes());
        ipv4(UDP, &datagram)
    };
    let mut dissector = Dissector::new();
    for (length, payload) in
        [(0, &b"abcd"[..]), (8, b""), (10, b"ab"), (12, b"abcd"), (999, b"abcd")]
    {
        let packet = with_length(length);
        let Ok(Transport::Udp(found)) = dissector.dissect(&frame(RAW, &packet)) else { panic!() };
        assert_eq!((found.payload, found.missing), (payload, 0), "{length}");
    }
    assert_eq!(dissector.dissect(&frame(RAW, &with_length(7))), Err(Skipped::Malformed));
}

#[test]
fn a_datagram_to_vxlans_port_that_is_no_vxlan_stays_a_datagram() {
    let mut dissector = Dissector::new();
    for payload in [&[0; 40][..], &[8, 0, 0], &[]] {
        let packet = ipv4(UDP, &udp(1, 4789, payload));
        let Ok(Transport::Udp(found)) = dissector.dissect(&frame(RAW, &packet)) else { panic!() };
        assert_eq!(found.payload, payload);
    }
}

#[test]
fn offloaded_segments_with_a_total_length_of_zero_or_wrapped_are_whole() {
    let payload = vec![7; 70_000];
    for total in [0, (70_040_u32 - 65_536) as u16] {
        let mut packet = ipv4(TCP, &tcp(&[], &payload));
        packet[2..4].copy_from_slice(&total.to_be_bytes());
        assert_eq!(segment_in(RAW, &packet), Ok((payload.clone(), 0)));
        let cut = Packet { data: &packet[..140], ..frame(RAW, &packet) };
        assert_eq!(segment_of(&cut), Ok((vec![7; 100], 69_900)));
    }
    let mut packet = ipv6(TCP, &tcp(&[], &payload));
    packet[4..6].copy_from_slice(&[0, 0]);
    assert_eq!(segment_in(RAW, &packet), Ok((payload, 0)));
}

#[test]
fn headers_that_contradict_themselves_are_malformed() {
    let altered = |at: usize, value: u8| {
        let mut packet = plain();
        packet[at] = value;
        skipped(RAW, &packet)
    };
    assert_eq!(altered(0, 0x44), Skipped::Malformed, "IP header of 16 bytes");
    assert_eq!(altered(3, 19), Skipped::Malformed, "total length below the header's");
    assert_eq!(altered(3, 39), Skipped::Malformed, "total length inside the TCP header");
    assert_eq!(altered(0, 0x55), Skipped::Malformed, "IP version 5");
    assert_eq!(altered(32, 0x40), Skipped::Malformed, "TCP header of 16 bytes");
    let short = ipv4(TCP, &tcp(&[], b"")[..]);
    let mut long_header = short.clone();
    long_header[32] = 0xf0;
    assert_eq!(skipped(RAW, &long_header), Skipped::Malformed, "TCP header longer than the packet");
}

#[test]
fn what_is_not_ip_or_not_tcp_is_counted_by_reason() {
    let deep = (0..9).fold(plain(), |inner, _| ipv4(4, &inner));
    let packets = [
        (ETHERNET, ethernet(0x0806, &[0; 28])),
        (ETHERNET, ethernet(38, &[0x42, 0x42, 3, 0, 0, 0, 0, 0])),
        (ETHERNET, ethernet(0x8847, &[0, 0, 1, 64, 0x10])),
        (0, vec![0, 0, 0, 99, 1]),
        (9, vec![0xc0, 0x21, 1]),
        (RAW, ipv4(1, &[8; 16])),
        (RAW, ipv4(60, &[TCP; 16])),
        (RAW, ipv6(59, &[])),
        (RAW, ipv4(47, &[0x40, 0, 8, 0])),
        (RAW, ipv4(47, &[0x30, 1, 0x88, 0x0b])),
        (147, vec![1, 2, 3]),
        (RAW, deep),
        (RAW, vec![]),
        (RAW, plain()),
        (RAW, ipv4(UDP, &udp(1, 2, b""))),
    ];
    let mut dissector = Dissector::new();
    for (link_type, data) in &packets {
        let _ = dissector.dissect(&frame(*link_type, data));
    }
    let expected = Stats {
        packets: 15,
        tcp: 1,
        udp: 1,
        unknown_link: 1,
        not_ip: 5,
        other_protocol: 5,
        malformed: 1,
        too_deep: 1,
        ..Stats::default()
    };
    assert_eq!(dissector.stats(), expected);
}
