//! Where events come from.

mod capture;
pub mod live;
pub mod probes;

pub use capture::{CaptureSource, Totals};

use iscsi_decoders::isns::Route;
use iscsi_decoders::stream::{self, Stamp};
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
    /// What a Linux initiator's kernel told besides PDUs.
    Kernel(&'a KernelEvent),
}
