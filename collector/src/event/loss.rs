//! What the probes could not hand over.

use serde::{Deserialize, Serialize};

use super::mirror::mirrored;

mirrored! {
    /// Kinds of events as the loss counters know them.
    pub enum Kind of iscsi_ebpf::event::Kind as u8 {
        /// A PDU was received.
        PduReceived "pdu-received",
        /// A PDU was sent.
        PduSent "pdu-sent",
        /// A received PDU's data segment.
        PduData "pdu-data",
        /// Who a connection is.
        Identity "connection-identity",
        /// A connection failed.
        ConnectionError "connection-error",
        /// A connection's step.
        ConnectionStep "connection-step",
        /// A session's step.
        SessionStep "session-step",
        /// An error handler was entered.
        HandlerEntered "eh-entered",
        /// An error handler returned.
        HandlerReturned "eh-returned",
        /// A task management function was sent.
        TmfEntered "tmf-sent",
        /// Its wait was over.
        TmfReturned "tmf-returned",
        /// The ping timer ran.
        TransportTimer "transport-timer",
        /// A NOP-Out.
        Nop "nop",
        /// A command of iscsid.
        Netlink "netlink",
        /// TCP.
        Tcp "tcp",
        /// A tracepoint's message.
        Text "text",
        /// A completed command.
        Command "command",
        /// A kernel module.
        Module "module",
    }
}

/// Why events were lost.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// The ring buffer was full.
    #[default]
    BufferFull,
    /// The kernel skipped their probe, because another was running on that CPU. At most so many events; a run of a
    /// probe that would have had nothing to tell counts, too.
    ProbeSkipped,
    /// A probe could not read what they are about; at most so many, as a filter might not have let them pass.
    LeftOut,
    /// A module had come, and its probes were not attached yet. How many is not known.
    ProbesOff,
}

impl Cause {
    /// The value of `cause` in JSON and filters.
    pub fn name(self) -> &'static str {
        match self {
            Self::BufferFull => "buffer-full",
            Self::ProbeSkipped => "probe-skipped",
            Self::LeftOut => "left-out",
            Self::ProbesOff => "probes-off",
        }
    }
}

/// Events of one kind were lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Loss {
    /// Of which kind.
    pub kind: Kind,
    /// How many; 0 where that is not known.
    pub events: u64,
    /// Why.
    #[serde(default)]
    pub cause: Cause,
    /// They were lost after the event before this one and up to this long after this one.
    pub during: i64,
}

impl Loss {
    /// Whether PDUs are among what was lost.
    pub fn is_of_pdus(&self) -> bool {
        matches!(self.kind, Kind::PduReceived | Kind::PduSent | Kind::PduData)
    }
}
