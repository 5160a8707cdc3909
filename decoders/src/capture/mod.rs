//! Capture files to packets.
//!
//! [`Reader`] takes any byte stream (a file, stdin) and hands out one [`Packet`] after the other without
//! copying it: pcap and pcapng, plain or compressed with gzip or zstd, recognised by their first bytes.

mod error;
mod gzip;
mod input;
mod pcap;
mod pcapng;
mod reader;
mod resolution;
mod sniff;
mod window;
mod zstd;

#[cfg(test)]
mod samples;
#[cfg(test)]
mod tests;

pub use error::{CaptureError, Compression, CompressionFault, Damage, Part, Position};
pub use reader::Reader;

use crate::Timestamp;

/// One captured packet, borrowed from the reader's buffer until the next is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packet<'a> {
    /// Position in the file, from 1, as Wireshark's frame number counts it.
    pub number: u64,
    /// When it was captured. The epoch for a pcapng Simple Packet Block, which has no time.
    pub time: Timestamp,
    /// Link type (LINKTYPE_* registry) of the interface it was captured on.
    pub link_type: u32,
    /// Captured bytes, from the link-layer header on.
    pub data: &'a [u8],
    /// Length on the wire, bytes; more than `data.len()` when the snap length cut the packet.
    pub wire_len: u32,
}
