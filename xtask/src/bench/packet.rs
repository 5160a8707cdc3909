//! A pcap file, packet by packet: Ethernet, IPv4, TCP with timestamps, checksums right.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

/// One end of a TCP connection.
#[derive(Clone, Copy, Debug)]
pub struct End {
    pub address: [u8; 4],
    pub port: u16,
}

/// A TCP segment to be written.
#[derive(Debug)]
pub struct Segment<'a> {
    pub from: End,
    pub to: End,
    pub seq: u32,
    pub ack: u32,
    pub flags: u8,
    pub payload: &'a [u8],
}

pub const FIN: u8 = 0x01;
pub const SYN: u8 = 0x02;
pub const PSH: u8 = 0x08;
pub const ACK: u8 = 0x10;

const ETHERNET: usize = 14;
const IP: usize = 20;
/// With the timestamp option and the padding before it, as every modern stack sends.
const TCP: usize = 32;
const HEADERS: usize = ETHERNET + IP + TCP;
/// What fits behind the headers at an MTU of 1500.
pub const MSS: usize = 1500 - IP - TCP;

/// When captures begin, microseconds since the epoch.
const BEGAN: u64 = 1_700_000_000_000_000;

/// The file being written.
pub struct Capture {
    out: BufWriter<File>,
    /// Microseconds since the epoch.
    clock: u64,
    packets: u64,
    bytes: u64,
}

impl Capture {
    pub fn create(path: &Path) -> io::Result<Self> {
        let mut out = BufWriter::with_capacity(1 << 20, File::create(path)?);
        let header = [0xa1b2_c3d4_u32, 2 | 4 << 16, 0, 0, 262_144, 1];
        header.iter().try_for_each(|word| out.write_all(&word.to_le_bytes()))?;
        Ok(Self { out, clock: BEGAN, packets: 0, bytes: 24 })
    }

    /// Lets time pass.
    pub fn wait(&mut self, micros: u64) {
        self.clock += micros;
    }

    /// Time that has passed, microseconds.
    pub fn micros(&self) -> u64 {
        self.clock - BEGAN
    }

    pub fn packets(&self) -> u64 {
        self.packets
    }

    /// Size of the file so far.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    pub fn write(&mut self, segment: &Segment<'_>) -> io::Result<()> {
        let length = (HEADERS + segment.payload.len()) as u32;
        let (seconds, micros) = (self.clock / 1_000_000, self.clock % 1_000_000);
        for word in [seconds as u32, micros as u32, length, length] {
            self.out.write_all(&word.to_le_bytes())?;
        }
        self.out.write_all(&self.headers(segment))?;
        self.out.write_all(segment.payload)?;
        self.packets += 1;
        self.bytes += 16 + u64::from(length);
        Ok(())
    }

    pub fn finish(mut self) -> io::Result<()> {
        self.out.flush()
    }

    fn headers(&self, segment: &Segment<'_>) -> [u8; HEADERS] {
        let Segment { from, to, .. } = segment;
        let mut headers = [0; HEADERS];
        let (ethernet, rest) = headers.split_at_mut(ETHERNET);
        let (ip, tcp) = rest.split_at_mut(IP);
        // Locally administered addresses that end in the IP address.
        ethernet[..6].copy_from_slice(&[&[2, 0], &to.address[..]].concat());
        ethernet[6..12].copy_from_slice(&[&[2, 0], &from.address[..]].concat());
        ethernet[12] = 0x08;

        let total = (IP + TCP + segment.payload.len()) as u16;
        ip[0] = 0x45;
        ip[2..4].copy_from_slice(&total.to_be_bytes());
        ip[4..6].copy_from_slice(&(self.packets as u16).to_be_bytes());
        ip[6] = 0x40; // don't fragment
        ip[8] = 64; // hops
        ip[9] = 6; // TCP
        ip[12..16].copy_from_slice(&from.address);
        ip[16..20].copy_from_slice(&to.address);
        let checksum = folded(sum(ip));
        ip[10..12].copy_from_slice(&checksum.to_be_bytes());

        tcp[..2].copy_from_slice(&from.port.to_be_bytes());
        tcp[2..4].copy_from_slice(&to.port.to_be_bytes());
        tcp[4..8].copy_from_slice(&segment.seq.to_be_bytes());
        tcp[8..12].copy_from_slice(&segment.ack.to_be_bytes());
        tcp[12] = (TCP as u8 / 4) << 4;
        tcp[13] = segment.flags;
        tcp[14..16].copy_from_slice(&0xffff_u16.to_be_bytes());
        tcp[20..24].copy_from_slice(&[1, 1, 8, 10]); // two NOPs, then the option
        let milliseconds = (self.clock / 1000) as u32;
        tcp[24..28].copy_from_slice(&milliseconds.to_be_bytes());
        tcp[28..32].copy_from_slice(&milliseconds.to_be_bytes());
        let pseudo = sum(&from.address) + sum(&to.address) + 6 + u64::from(total) - IP as u64;
        let checksum = folded(pseudo + sum(tcp) + sum(segment.payload));
        tcp[16..18].copy_from_slice(&checksum.to_be_bytes());
        headers
    }
}

/// The sum of the Internet checksum (RFC 1071), not yet folded.
fn sum(bytes: &[u8]) -> u64 {
    let words = bytes.chunks_exact(2);
    let last = words.remainder().first().map_or(0, |&byte| u64::from(byte) << 8);
    words.map(|word| u64::from(u16::from_be_bytes([word[0], word[1]]))).sum::<u64>() + last
}

fn folded(mut sum: u64) -> u16 {
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !(sum as u16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_with_its_checksum_in_place_sums_up_to_nothing() {
        let mut header = [
            0x45, 0, 0, 0x73, 0, 0, 0x40, 0, 0x40, 0x11, 0, 0, 0xc0, 0xa8, 0, 1, 0xc0, 0xa8, 0,
            0xc7,
        ];
        assert_eq!(folded(sum(&header)), 0xb861);
        header[10..12].copy_from_slice(&[0xb8, 0x61]);
        assert_eq!(folded(sum(&header)), 0);
    }
}
