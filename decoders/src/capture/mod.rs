//! Capture files to packets.

use crate::Timestamp;

/// One captured packet, borrowed from the reader's buffer until the next is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packet<'a> {
    /// Position in the file, from 1, as Wireshark's frame number counts it.
    pub number: u64,
    /// When it was captured.
    pub time: Timestamp,
    /// Link type (LINKTYPE_* registry) of the interface it was captured on.
    pub link_type: u32,
    /// Captured bytes, from the link-layer header on.
    pub data: &'a [u8],
    /// Length on the wire, bytes; more than `data.len()` when the snap length cut the packet.
    pub wire_len: u32,
}
