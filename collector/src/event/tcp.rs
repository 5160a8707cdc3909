//! TCP of exactly the iSCSI sockets.

use iscsi_ebpf::tcp as raw;
use serde::{Deserialize, Serialize};

use super::known;
use super::mirror::mirrored;

mirrored! {
    /// What happened.
    pub enum What of iscsi_ebpf::tcp::What as u32 {
        /// A segment is sent again.
        Retransmit "retransmit",
        /// The target reset the connection.
        ResetReceived "reset-received",
        /// This side reset the connection.
        ResetSent "reset-sent",
        /// The target's window is closed.
        ZeroWindow "zero-window",
        /// The socket's state changed.
        StateChanged "state-changed",
    }
}

/// Something happened to a connection's socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tcp {
    /// What.
    pub what: What,
    /// `sk_state`.
    pub state: u32,
    /// `sk_err`: an errno, 0 none.
    pub error: u32,
    /// Bytes sent and not acknowledged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unacknowledged: Option<u32>,
    /// Bytes the target lets us send.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window: Option<u32>,
    /// Smoothed round trip, microseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub srtt_us: Option<u32>,
    /// Segments sent again so far.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retransmits: Option<u32>,
}

impl Tcp {
    pub(crate) fn from_raw(raw: &raw::Tcp) -> Option<Self> {
        let (una, nxt) = (known(raw.snd_una), known(raw.snd_nxt));
        Some(Self {
            what: What::from_number(raw.what)?,
            state: raw.state,
            error: raw.error,
            unacknowledged: una.zip(nxt).map(|(una, nxt)| nxt.wrapping_sub(una)),
            window: known(raw.snd_wnd),
            srtt_us: known(raw.srtt_us),
            retransmits: known(raw.retransmits),
        })
    }
}
