//! Pings.

use iscsi_ebpf::timer as raw;
use serde::{Deserialize, Serialize};

use super::nanoseconds;
use super::recovery::tag;

/// The timer that watches over pings ran. The kernel counts in jiffies; how long they are is learnt from two events,
/// so the first of a run has no times.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transport {
    /// A ping is unanswered.
    pub outstanding: bool,
    /// Since the target was last heard of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since_received: Option<u64>,
    /// Since the last ping.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since_ping: Option<u64>,
    /// Seconds a ping may stay unanswered.
    pub ping_timeout: u32,
    /// Seconds of silence after which a ping is sent.
    pub recv_timeout: u32,
}

impl Transport {
    /// `hz` are jiffies per second.
    pub(crate) fn from_raw(raw: &raw::Transport, hz: Option<u64>) -> Self {
        let since = |jiffies: u64| nanoseconds(raw.now.checked_sub(jiffies)?, hz);
        let outstanding = raw.outstanding != 0;
        Self {
            outstanding,
            since_received: since(raw.last_received),
            since_ping: since(raw.last_ping).filter(|_| outstanding),
            ping_timeout: raw.ping_timeout,
            recv_timeout: raw.recv_timeout,
        }
    }
}

/// The kernel sends a NOP-Out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Nop {
    /// The Target Transfer Tag of the NOP-In it answers; a ping of our own answers none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answers: Option<u32>,
}

impl Nop {
    pub(crate) fn from_raw(raw: &raw::Nop) -> Self {
        Self { answers: tag(raw.target_transfer_tag).filter(|_| raw.answer != 0) }
    }
}
