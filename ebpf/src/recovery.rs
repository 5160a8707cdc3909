//! The SCSI error handler and task management.

use crate::macros::{numbered, shared};

shared! {
    /// An error handler of libiscsi or a driver was entered or returned.
    pub struct Handler: 64 {
        /// A [`Function`].
        pub function: u32,
        /// On return its value: SUCCESS 0x2002, FAILED 0x2003, FAST_IO_FAIL 0x2009; for
        /// [`Function::TimedOut`] 0 done, 1 reset timer, 2 not handled. 0 on entry.
        pub result: u32,
        /// On return, nanoseconds since entry.
        pub duration: u64,
        /// The device's logical unit number as the kernel keeps it (`scsi_device.lun`).
        pub lun: u64,
        /// The command's CDB, zero where there is none.
        pub cdb: [u8; 16],
        /// The command's Initiator Task Tag as on the wire; 0xffffffff where unknown.
        pub itt: [u8; 4],
        /// `scsi_device.id`: the SCSI target number.
        pub target: u32,
        /// `scsi_device.channel`.
        pub channel: u32,
        /// `scsi_cmnd.result`.
        pub command_result: u32,
        /// Nanoseconds since the command was queued; 0 where not known.
        pub age: u64,
    }

    /// `iscsi_exec_task_mgmt_fn`.
    pub struct Tmf: 40 {
        /// Function of the request (RFC 7143, 11.5.1).
        pub function: u32,
        /// On return: 0, or a negative errno (-EPERM could not be sent, -ENOTCONN).
        pub result: i32,
        /// Referenced Task Tag as on the wire.
        pub referenced_task_tag: [u8; 4],
        /// Seconds the kernel waits for the answer.
        pub timeout: u32,
        /// LUN field as on the wire.
        pub lun: [u8; 8],
        /// On return, nanoseconds since entry.
        pub duration: u64,
        /// On return `iscsi_session.tmf_state` (libiscsi.h: 0 initial, 1 queued, 2 success, 3 failed, 4 timed out, 5 not found).
        pub state: u32,
        /// Reserved, 0.
        pub zero: u32,
    }
}

numbered! {
    /// The handlers.
    pub enum Function: u32 {
        /// `iscsi_eh_cmd_timed_out`: a command's timer fired.
        TimedOut = 1,
        /// `iscsi_eh_abort`.
        Abort = 2,
        /// `iscsi_eh_device_reset`.
        LunReset = 3,
        /// `iscsi_eh_recover_target`.
        TargetReset = 4,
        /// `iscsi_eh_session_reset`.
        SessionReset = 5,
        /// A driver's host reset.
        HostReset = 6,
    }
}
