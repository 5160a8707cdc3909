//! TCP segments to PDUs.
//!
//! [`Streams`] finds the iSCSI connections among all TCP traffic, puts each direction's segments in order and cuts
//! them into PDUs. Bytes the capture lost are never made up: where they hit a data segment they are counted in
//! [`Pdu::data_missing`], where they hit a header the stream is searched for the next plausible one and
//! what was passed over is reported as [`Event::Skipped`].
//!
//! User data is not collected (see [`Pdu::data`]), so memory depends on the number of connections, not on what
//! they carry.

mod connection;
mod framer;
mod login;
mod order;
pub(crate) mod reorder;
mod streams;
#[cfg(test)]
mod tests;
mod text;

use std::net::SocketAddr;

pub use framer::data_missing;
pub use streams::{Stats, Streams};
pub use text::Continued;

use crate::Timestamp;
use crate::pdu::{Bhs, Digest, Direction};
use crate::scsi::Lun;

/// A TCP connection's number in this run, from 1 in the order of their first PDU.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionId(pub u32);

/// When and where in the capture something was seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stamp {
    /// Capture time.
    pub time: Timestamp,
    /// Packet number, from 1.
    pub frame: u64,
}

/// The two ends of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ends {
    /// The initiator's address and port.
    pub initiator: SocketAddr,
    /// The target portal.
    pub target: SocketAddr,
}

impl Ends {
    /// Source and destination of what travels in `direction`.
    pub fn route(&self, direction: Direction) -> (SocketAddr, SocketAddr) {
        match direction {
            Direction::ToTarget => (self.initiator, self.target),
            Direction::ToInitiator => (self.target, self.initiator),
        }
    }
}

/// What happened on the wire, in capture order.
#[derive(Clone, Copy, Debug)]
pub enum Event<'a> {
    /// The first PDU of a connection is about to follow.
    Opened {
        /// The new connection.
        connection: ConnectionId,
        /// Its two ends.
        ends: Ends,
        /// Where its first PDU ends.
        stamp: Stamp,
        /// Whether the TCP handshake was captured, so that nothing before it is missing.
        from_start: bool,
    },
    /// A PDU is complete, or as complete as it will get.
    Pdu(Pdu<'a>),
    /// Bytes that could not be decoded.
    Skipped {
        /// The connection.
        connection: ConnectionId,
        /// The direction they travelled.
        direction: Direction,
        /// Where decoding goes on.
        stamp: Stamp,
        /// How many.
        bytes: u64,
    },
    /// One side closed or reset the connection.
    Closed {
        /// The connection.
        connection: ConnectionId,
        /// The direction of the FIN or RST: its sender is the one that closed.
        direction: Direction,
        /// The packet that closed it.
        stamp: Stamp,
        /// RST rather than FIN.
        reset: bool,
    },
}

impl Event<'_> {
    /// When and where it was seen.
    pub fn stamp(&self) -> Stamp {
        match self {
            Self::Opened { stamp, .. }
            | Self::Skipped { stamp, .. }
            | Self::Closed { stamp, .. } => *stamp,
            Self::Pdu(pdu) => pdu.stamp,
        }
    }

    /// The connection it happened on.
    pub fn connection(&self) -> ConnectionId {
        match self {
            Self::Opened { connection, .. }
            | Self::Skipped { connection, .. }
            | Self::Closed { connection, .. } => *connection,
            Self::Pdu(pdu) => pdu.connection,
        }
    }
}

/// One PDU as it was on the wire.
#[derive(Clone, Copy, Debug)]
pub struct Pdu<'a> {
    /// The connection it was sent on.
    pub connection: ConnectionId,
    /// The connection's ends.
    pub ends: Ends,
    /// Who sent it.
    pub direction: Direction,
    /// The packet with its last byte.
    pub stamp: Stamp,
    /// The Basic Header Segment.
    pub header: &'a Bhs,
    /// The additional header segments, undecoded.
    pub ahs: &'a [u8],
    /// The data segment without padding. The user's data is not kept: empty for SCSI Command and Data-Out, and the
    /// first 36 bytes at most of Data-In.
    pub data: &'a [u8],
    /// Bytes of the data segment the capture does not have.
    pub data_missing: u32,
    /// Login or text pairs (see [`crate::pdu::keys`]), joined over continued PDUs: on the last of them the
    /// whole text, on the others empty.
    pub text: &'a [u8],
    /// The header digest.
    pub header_digest: Digest,
    /// The data digest.
    pub data_digest: Digest,
    /// For a PDU that the initiator's own kernel showed: where in it.
    pub origin: Option<Origin>,
}

/// Where in a Linux initiator a PDU was seen. What is not known is absent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// `Scsi_Host.host_no`.
    pub host: Option<u32>,
    /// `iscsi_cls_session.sid`.
    pub session: Option<u32>,
    /// `iscsi_cls_conn.cid`.
    pub cid: Option<u32>,
    /// The CPU that handled it.
    pub cpu: u16,
    /// An offload driver rebuilt the header from a completion queue entry.
    pub rebuilt: bool,
}

/// Fields that a rebuilt header does not have: drivers leave them 0, or what was there before.
impl Pdu<'_> {
    /// Whether the header is as it was on the wire.
    fn has_whole_header(&self) -> bool {
        !self.origin.is_some_and(|origin| origin.rebuilt)
    }

    /// StatSN, see [`Bhs::stat_sn`].
    #[inline]
    pub fn stat_sn(&self) -> Option<u32> {
        self.header.stat_sn().filter(|_| self.has_whole_header())
    }

    /// ExpDataSN, see [`Bhs::exp_data_sn`].
    pub fn exp_data_sn(&self) -> Option<u32> {
        self.header.exp_data_sn().filter(|_| self.has_whole_header())
    }

    /// Target Transfer Tag, see [`Bhs::target_transfer_tag`].
    #[inline]
    pub fn target_transfer_tag(&self) -> Option<u32> {
        self.header.target_transfer_tag().filter(|_| self.has_whole_header())
    }

    /// Logical unit number, see [`Bhs::lun`].
    pub fn lun(&self) -> Option<Lun> {
        self.header.lun().filter(|_| self.has_whole_header())
    }
}

/// Takes events as they come; a closure will do.
pub trait Sink {
    /// Called once for each event, in order.
    fn event(&mut self, event: Event<'_>);
}

impl<F: FnMut(Event<'_>)> Sink for F {
    fn event(&mut self, event: Event<'_>) {
        self(event);
    }
}
