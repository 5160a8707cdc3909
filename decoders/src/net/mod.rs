//! From a captured packet to the TCP segment or UDP datagram inside.
//!
//! [`Dissector`] goes down the layers, one file each: link, IPv4 and IPv6, fragments, tunnels, TCP and UDP.
//! It looks at the packet in place; only IP fragments are copied, to put them together.

mod dissector;
mod exported;
mod fragment;
mod ip;
mod ipv4;
mod ipv6;
mod link;
mod ranges;
mod span;
mod stats;
mod tcp;
mod tunnel;
mod udp;

#[cfg(test)]
mod samples;
#[cfg(test)]
mod tests;

pub use dissector::Dissector;
pub use exported::{Exported, LINKTYPE_WIRESHARK_UPPER_PDU, tag};
pub use stats::{Skipped, Stats};

use std::net::SocketAddr;

/// What a packet carried above IP, headers removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport<'a> {
    /// A TCP segment, possibly with an empty payload.
    Tcp(TcpSegment<'a>),
    /// A UDP datagram.
    Udp(UdpDatagram<'a>),
}

/// One TCP segment as captured (RFC 9293, section 3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TcpSegment<'a> {
    /// Sender.
    pub src: SocketAddr,
    /// Receiver.
    pub dst: SocketAddr,
    /// Sequence number of the first payload byte (of the SYN itself when SYN is set).
    pub seq: u32,
    /// Acknowledgement number; meaningful only with [`TcpFlags::ACK`].
    pub ack: u32,
    /// Control bits.
    pub flags: TcpFlags,
    /// Receive window as sent, before scaling.
    pub window: u16,
    /// Hops its packet may still take: TTL or hop limit; 0 if it came in fragments.
    pub hops: u8,
    /// The payload bytes that were captured.
    pub payload: &'a [u8],
    /// Payload bytes that were on the wire behind `payload` but were cut off by the capture's snap length.
    pub missing: u32,
}

/// One UDP datagram as captured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UdpDatagram<'a> {
    /// Sender.
    pub src: SocketAddr,
    /// Receiver.
    pub dst: SocketAddr,
    /// The payload bytes that were captured.
    pub payload: &'a [u8],
    /// Payload bytes cut off by the capture's snap length.
    pub missing: u32,
}

/// TCP control bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TcpFlags(pub u8);

impl TcpFlags {
    /// No more data from sender.
    pub const FIN: u8 = 0x01;
    /// Synchronise sequence numbers.
    pub const SYN: u8 = 0x02;
    /// Reset the connection.
    pub const RST: u8 = 0x04;
    /// Push.
    pub const PSH: u8 = 0x08;
    /// The acknowledgement field is valid.
    pub const ACK: u8 = 0x10;

    /// Whether every bit of `bits` is set.
    pub fn has(self, bits: u8) -> bool {
        self.0 & bits == bits
    }
}
