//! Captures built by hand, one writer per format: what a test expects is what it put in.

use super::{CaptureError, Packet, Reader};
use crate::Timestamp;
use std::io::Read;

/// A packet taken out of a reader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) number: u64,
    pub(super) time: Timestamp,
    pub(super) link_type: u32,
    pub(super) data: Vec<u8>,
    pub(super) wire_len: u32,
}

impl From<Packet<'_>> for Seen {
    fn from(packet: Packet<'_>) -> Self {
        Self {
            number: packet.number,
            time: packet.time,
            link_type: packet.link_type,
            data: packet.data.to_vec(),
            wire_len: packet.wire_len,
        }
    }
}

/// All packets of a capture, and the error that ended it.
pub(super) fn read_all(capture: impl Read) -> (Vec<Seen>, Option<CaptureError>) {
    let mut seen = Vec::new();
    let mut reader = match Reader::new(capture) {
        Ok(reader) => reader,
        Err(error) => return (seen, Some(error)),
    };
    loop {
        match reader.next_packet() {
            Ok(Some(packet)) => seen.push(packet.into()),
            Ok(None) => return (seen, None),
            Err(error) => {
                assert!(matches!(reader.next_packet(), Ok(None)), "an error is the end");
                return (seen, Some(error));
            }
        }
    }
}

/// Gives one byte at a time, as a slow pipe does.
pub(super) struct Trickle<'a>(pub(super) &'a [u8]);

impl Read for Trickle<'_> {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        let count = out.len().min(1);
        self.0.read(&mut out[..count])
    }
}

/// Integers in one byte order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    Little,
    Big,
}

impl Order {
    pub(super) fn u16(self, value: u16) -> [u8; 2] {
        if self == Self::Little { value.to_le_bytes() } else { value.to_be_bytes() }
    }

    pub(super) fn u32(self, value: u32) -> [u8; 4] {
        if self == Self::Little { value.to_le_bytes() } else { value.to_be_bytes() }
    }

    pub(super) fn u64(self, value: u64) -> [u8; 8] {
        if self == Self::Little { value.to_le_bytes() } else { value.to_be_bytes() }
    }

    fn words(self, words: &[u32]) -> Vec<u8> {
        words.iter().flat_map(|&word| self.u32(word)).collect()
    }
}

/// A pcap file header.
pub(super) fn pcap_header(order: Order, magic: u32, link_type: u32) -> Vec<u8> {
    let mut file = order.u32(magic).to_vec();
    file.extend(order.u16(2));
    file.extend(order.u16(4));
    file.extend(order.words(&[0, 0, 65535, link_type]));
    file
}

/// A pcap record; the length on the wire is two more than `data`.
pub(super) fn pcap_record(order: Order, seconds: u32, fraction: u32, data: &[u8]) -> Vec<u8> {
    let length = data.len() as u32;
    let mut record = order.words(&[seconds, fraction, length, length + 2]);
    record.extend(data);
    record
}

/// Any pcapng block, padded.
pub(super) fn block(order: Order, kind: u32, body: &[u8]) -> Vec<u8> {
    let padded = body.len().next_multiple_of(4);
    let length = padded as u32 + 12;
    let mut block = order.words(&[kind, length]);
    block.extend(body);
    block.resize(8 + padded, 0);
    block.extend(order.u32(length));
    block
}

/// A pcapng section header.
pub(super) fn section(order: Order) -> Vec<u8> {
    let mut body = order.u32(0x1a2b_3c4d).to_vec();
    body.extend(order.u16(1));
    body.extend(order.u16(0));
    body.extend(order.u64(u64::MAX));
    block(order, 0x0a0d_0d0a, &body)
}

/// A pcapng interface with options `(code, value)`.
pub(super) fn interface(
    order: Order,
    link_type: u16,
    snap_len: u32,
    options: &[(u16, Vec<u8>)],
) -> Vec<u8> {
    let mut body = order.u16(link_type).to_vec();
    body.extend(order.u16(0));
    body.extend(order.u32(snap_len));
    for (code, value) in options {
        body.extend(order.u16(*code));
        body.extend(order.u16(value.len() as u16));
        body.extend(value);
        body.resize(body.len().next_multiple_of(4), 0);
    }
    if !options.is_empty() {
        body.extend([0; 4]);
    }
    block(order, 1, &body)
}

/// A pcapng Enhanced Packet Block; the length on the wire is two more than `data`.
pub(super) fn enhanced(order: Order, interface: u32, units: u64, data: &[u8]) -> Vec<u8> {
    let length = data.len() as u32;
    let (high, low) = ((units >> 32) as u32, units as u32);
    let mut body = order.words(&[interface, high, low, length, length + 2]);
    body.extend(data);
    block(order, 6, &body)
}
