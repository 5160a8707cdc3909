//! The SCSI error handler and task management.

use iscsi_decoders::pdu::RESERVED_TAG;
use iscsi_decoders::scsi::Lun;
use iscsi_ebpf::recovery as raw;
use serde::{Deserialize, Serialize};

use super::mirror::mirrored;

mirrored! {
    /// The error handlers.
    pub enum Function of iscsi_ebpf::recovery::Function as u32 {
        /// A command's timer fired.
        TimedOut "timed-out",
        /// The command is to be aborted.
        Abort "abort",
        /// The logical unit is to be reset.
        LunReset "lun-reset",
        /// The target is to be reset.
        TargetReset "target-reset",
        /// The session is to be dropped.
        SessionReset "session-reset",
        /// The adapter is to be reset.
        HostReset "host-reset",
    }
}

/// An error handler and the command it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handler {
    /// Which.
    pub function: Function,
    /// On return, what it answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result: Option<u32>,
    /// On return, since entry.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration: Option<u64>,
    /// The logical unit as the kernel numbers it.
    pub lun: u64,
    /// The first bytes of the command's CDB, where there is a command.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cdb: Option<[u8; 16]>,
    /// Its Initiator Task Tag.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub initiator_task_tag: Option<u32>,
    /// SCSI channel.
    pub channel: u32,
    /// SCSI target number.
    pub target: u32,
    /// `scsi_cmnd.result`.
    pub command_result: u32,
    /// Since the command was queued.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub age: Option<u64>,
}

impl Handler {
    pub(crate) fn from_raw(raw: &raw::Handler, returned: bool) -> Option<Self> {
        Some(Self {
            function: Function::from_number(raw.function)?,
            result: returned.then_some(raw.result),
            duration: returned.then_some(raw.duration),
            lun: raw.lun,
            cdb: Some(raw.cdb).filter(|cdb| *cdb != [0; 16] || raw.itt != [0xff; 4]),
            initiator_task_tag: tag(raw.itt),
            channel: raw.channel,
            target: raw.target,
            command_result: raw.command_result,
            age: Some(raw.age).filter(|&age| age != 0),
        })
    }
}

/// A task management function on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tmf {
    /// Function (RFC 7143, 11.5.1).
    pub function: u32,
    /// On return: 0 or a negative errno.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result: Option<i32>,
    /// On return, since it was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration: Option<u64>,
    /// On return, libiscsi's state of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<u32>,
    /// The task it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub referenced_task_tag: Option<u32>,
    /// The logical unit.
    pub lun: u64,
    /// Seconds the kernel waits for the answer.
    pub timeout: u32,
}

impl Tmf {
    pub(crate) fn from_raw(raw: &raw::Tmf, returned: bool) -> Self {
        let lun = Lun(raw.lun);
        Self {
            function: raw.function,
            result: returned.then_some(raw.result),
            duration: returned.then_some(raw.duration),
            state: returned.then_some(raw.state),
            referenced_task_tag: tag(raw.referenced_task_tag),
            lun: lun.to_number().unwrap_or_else(|| lun.to_linux()),
            timeout: raw.timeout,
        }
    }
}

/// A tag as on the wire, unless it stands for none.
pub(super) fn tag(bytes: [u8; 4]) -> Option<u32> {
    Some(u32::from_be_bytes(bytes)).filter(|&tag| tag != RESERVED_TAG)
}
