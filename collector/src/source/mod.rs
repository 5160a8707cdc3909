//! Where events come from.

mod capture;
pub mod live;
pub mod probes;

pub use capture::{CaptureSource, Totals};

use iscsi_decoders::isns::Route;
use iscsi_decoders::net::TcpSegment;
use iscsi_decoders::pdu::Direction;
use iscsi_decoders::stream::{self, Ends, Stamp};
use iscsi_decoders::{dhcp, isns};

use crate::event::KernelEvent;

/// What a source hands on.
#[derive(Clone, Copy, Debug)]
pub enum Event<'a> {
    /// iSCSI.
    Stream(stream::Event<'a>),
    /// A message to or from a name server.
    Isns {
        /// When and where.
        stamp: Stamp,
        /// Between whom.
        route: Route,
        /// The message.
        message: &'a isns::Message<'a>,
    },
    /// A DHCP message that asks for or names iSNS servers.
    Dhcp {
        /// When and where.
        stamp: Stamp,
        /// Between whom.
        route: Route,
        /// The message.
        message: &'a dhcp::Message<'a>,
    },
    /// A TCP segment of a connection that carries, or may carry, iSCSI, before what it completes; only where
    /// [`CaptureSource::show_segments`] asked for them.
    Segment {
        /// When and where.
        stamp: Stamp,
        /// Between whom.
        ends: Ends,
        /// Which way it travels.
        direction: Direction,
        /// The segment.
        segment: &'a TcpSegment<'a>,
    },
    /// What a Linux initiator's kernel told besides PDUs.
    Kernel(&'a KernelEvent),
}

impl Event<'_> {
    /// When and where it was seen.
    pub fn stamp(&self) -> Stamp {
        match self {
            Self::Stream(event) => event.stamp(),
            Self::Isns { stamp, .. } | Self::Dhcp { stamp, .. } | Self::Segment { stamp, .. } => {
                *stamp
            }
            Self::Kernel(event) => event.stamp,
        }
    }
}
