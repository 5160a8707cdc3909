//! Commands of iscsid to the kernel.

use iscsi_ebpf::netlink as raw;
use serde::{Deserialize, Serialize};

use super::{known, text};

/// One call of `iscsi_if_rx`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Netlink {
    /// `enum iscsi_uevent_e` of its first message.
    pub message: u32,
    /// The sender's netlink port, usually iscsid's process id.
    pub port: u32,
    /// The sending thread's name.
    pub comm: String,
    /// From entry to return.
    pub duration: u64,
    /// Until `rx_queue_mutex` was had.
    pub wait: u64,
    /// 0 or a negative errno.
    pub error: i32,
    /// For SET_PARAM `enum iscsi_param`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parameter: Option<u32>,
    /// For STOP_CONN its flag.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flag: Option<u32>,
}

impl Netlink {
    pub(crate) fn from_raw(raw: &raw::Netlink) -> Self {
        Self {
            message: raw.event,
            port: raw.port,
            comm: text(&raw.comm),
            duration: raw.duration,
            wait: raw.wait,
            error: raw.error,
            parameter: known(raw.parameter),
            flag: known(raw.flag),
        }
    }
}
