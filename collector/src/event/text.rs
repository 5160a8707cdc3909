//! Texts of the kernel.

use iscsi_ebpf::text as raw;
use serde::{Deserialize, Serialize};

use super::mirror::mirrored;

mirrored! {
    /// The seven tracepoints.
    pub enum Tracepoint of iscsi_ebpf::text::Tracepoint as u32 {
        /// libiscsi, connections.
        Conn "iscsi_dbg_conn",
        /// libiscsi, sessions.
        Session "iscsi_dbg_session",
        /// libiscsi, error handling.
        Eh "iscsi_dbg_eh",
        /// libiscsi_tcp.
        Tcp "iscsi_dbg_tcp",
        /// iscsi_tcp.
        SwTcp "iscsi_dbg_sw_tcp",
        /// scsi_transport_iscsi, sessions.
        TransSession "iscsi_dbg_trans_session",
        /// scsi_transport_iscsi, connections.
        TransConn "iscsi_dbg_trans_conn",
    }
}

/// A message of a tracepoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Text {
    /// Which.
    pub tracepoint: Tracepoint,
    /// The device it is about: `session3`, `connection3:0`.
    pub device: String,
    /// The message, without the line's end.
    pub message: String,
}

impl Text {
    pub(crate) fn from_raw(raw: &raw::Text, message: &[u8]) -> Option<Self> {
        Some(Self {
            tracepoint: Tracepoint::from_number(raw.tracepoint)?,
            device: super::text(&raw.device),
            message: super::text(message).trim_end().to_owned(),
        })
    }
}

/// A kernel module came or goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Module {
    /// Its name.
    pub name: String,
    /// Whether it came.
    pub loaded: bool,
}

impl Module {
    pub(crate) fn from_raw(raw: &raw::Module) -> Self {
        Self { name: super::text(&raw.name), loaded: raw.loaded != 0 }
    }
}
