//! SCSI commands one by one.

use iscsi_ebpf::command as raw;
use serde::{Deserialize, Serialize};

use super::mirror::mirrored;
use super::recovery::tag;

mirrored! {
    /// Classes of operation codes.
    pub enum Class of iscsi_ebpf::command::Class as u32 {
        /// Blocks are read.
        Read "read",
        /// Blocks are written.
        Write "write",
        /// Caches are flushed.
        Sync "sync",
        /// Blocks are given back, or filled with one pattern.
        Unmap "unmap",
        /// Everything else.
        Other "other",
    }
}

/// A completed command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Command {
    /// The logical unit as the kernel numbers it.
    pub lun: u64,
    /// From `iscsi_queuecommand` to `iscsi_complete_task`.
    pub latency: u64,
    /// The CDB's first bytes.
    pub cdb: [u8; 16],
    /// Bytes of the buffer.
    pub bytes: u32,
    /// `scsi_cmnd.result`.
    pub result: u32,
    /// Initiator Task Tag.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub initiator_task_tag: Option<u32>,
    /// Its class.
    pub class: Class,
    /// libiscsi's state of the task.
    pub state: u32,
}

impl Command {
    pub(crate) fn from_raw(raw: &raw::Command) -> Option<Self> {
        Some(Self {
            lun: raw.lun,
            latency: raw.latency,
            cdb: raw.cdb,
            bytes: raw.bytes,
            result: raw.result,
            initiator_task_tag: tag(raw.itt),
            class: Class::from_number(raw.class)?,
            state: raw.state,
        })
    }
}
