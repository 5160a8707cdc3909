//! Pcap, Ethernet, IPv4 or IPv6, and TCP, without checksums.

use std::net::{IpAddr, SocketAddr};

/// A TCP segment to be written.
#[derive(Debug)]
pub struct Segment<'a> {
    pub from: SocketAddr,
    pub to: SocketAddr,
    pub seq: u32,
    pub ack: u32,
    pub flags: u8,
    pub window: u16,
    /// IP's TTL or hop limit.
    pub hops: u8,
    pub payload: &'a [u8],
}

pub const FIN: u8 = 0x01;
pub const SYN: u8 = 0x02;
pub const RST: u8 = 0x04;
pub const PSH: u8 = 0x08;
pub const ACK: u8 = 0x10;

const IPV4: usize = 20;
const TCP: usize = 20;
/// Microseconds since the epoch when a script begins.
const BEGIN: u64 = 1_700_000_000_000_000;

/// The file being written.
pub struct Pcap {
    pub bytes: Vec<u8>,
    /// Of longer packets only this much is kept.
    pub snaplen: usize,
    /// Each packet is captured twice, as on two interfaces it passes.
    pub twice: bool,
    clock: u64,
}

impl Pcap {
    pub fn new() -> Self {
        let header = [0xa1b2_c3d4_u32, 2 | 4 << 16, 0, 0, 262_144, 1];
        Self {
            bytes: header.iter().flat_map(|word| word.to_le_bytes()).collect(),
            snaplen: usize::MAX,
            twice: false,
            clock: BEGIN,
        }
    }

    /// Goes on at this many seconds after the beginning; never back.
    pub fn at(&mut self, seconds: f64) {
        self.clock = self.clock.max(BEGIN + (seconds * 1e6) as u64);
    }

    /// Lets microseconds pass.
    pub fn wait(&mut self, micros: u64) {
        self.clock += micros;
    }

    pub fn segment(&mut self, segment: &Segment<'_>) {
        let mut packet = vec![0; 12];
        network(&mut packet, segment);
        packet.extend(segment.from.port().to_be_bytes());
        packet.extend(segment.to.port().to_be_bytes());
        packet.extend(segment.seq.to_be_bytes());
        packet.extend(segment.ack.to_be_bytes());
        packet.extend([0x50, segment.flags]);
        packet.extend(segment.window.to_be_bytes());
        packet.extend([0; 4]);
        packet.extend(segment.payload);
        let size = packet.len();
        packet.truncate(self.snaplen);
        for _ in 0..=u8::from(self.twice) {
            self.record(&packet, size);
        }
    }

    fn record(&mut self, packet: &[u8], size: usize) {
        let word = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let seconds = u32::try_from(self.clock / 1_000_000).unwrap_or(u32::MAX);
        let micros = u32::try_from(self.clock % 1_000_000).unwrap_or(0);
        for word in [seconds, micros, word(packet.len()), word(size)] {
            self.bytes.extend(word.to_le_bytes());
        }
        self.bytes.extend(packet);
        self.clock += 10;
    }
}

/// The Ethernet type and the header of IP.
fn network(packet: &mut Vec<u8>, segment: &Segment<'_>) {
    let length = |header: usize| {
        let length = header + TCP + segment.payload.len();
        u16::try_from(length).unwrap_or(u16::MAX).to_be_bytes()
    };
    match (segment.from.ip(), segment.to.ip()) {
        (IpAddr::V4(from), IpAddr::V4(to)) => {
            packet.extend([8, 0, 0x45, 0]);
            packet.extend(length(IPV4));
            packet.extend([0, 0, 0x40, 0, segment.hops, 6, 0, 0]);
            packet.extend(from.octets());
            packet.extend(to.octets());
        }
        (from, to) => {
            packet.extend([0x86, 0xdd, 0x60, 0, 0, 0]);
            packet.extend(length(0));
            packet.extend([6, segment.hops]);
            for ip in [from, to] {
                let ip = match ip {
                    IpAddr::V4(ip) => ip.to_ipv6_mapped(),
                    IpAddr::V6(ip) => ip,
                };
                packet.extend(ip.octets());
            }
        }
    }
}
