//! SCSI commands: counted in the kernel, single ones on request.

use crate::macros::{numbered, shared};

/// Most [`Key`]s that are counted.
pub const KEYS: u32 = 1024;

/// Buckets of a histogram: bucket `n` counts latencies in `2^n .. 2^(n+1)` nanoseconds.
pub const BUCKETS: usize = 40;

shared! {
    /// What is counted apart.
    pub struct Key: 16 {
        /// `iscsi_cls_session.sid`.
        pub sid: u32,
        /// A [`Class`].
        pub class: u32,
        /// `scsi_device.lun`.
        pub lun: u64,
    }

    /// Per CPU; readers add up.
    pub struct Counters: 360 {
        /// Commands completed.
        pub commands: u64,
        /// Bytes of their buffers (`scsi_cmnd.sdb.length`).
        pub bytes: u64,
        /// Commands with a result other than 0.
        pub errors: u64,
        /// Sum of latencies, nanoseconds: from `iscsi_queuecommand` to `iscsi_complete_task`.
        pub sum: u64,
        /// The longest.
        pub max: u64,
        /// Log2 histogram.
        pub histogram: [u64; BUCKETS],
    }

    /// One completed command.
    pub struct Command: 56 {
        /// `scsi_device.lun`.
        pub lun: u64,
        /// Nanoseconds from `iscsi_queuecommand` to `iscsi_complete_task`.
        pub latency: u64,
        /// The CDB's first bytes.
        pub cdb: [u8; 16],
        /// Bytes of the buffer.
        pub bytes: u32,
        /// `scsi_cmnd.result`.
        pub result: u32,
        /// Initiator Task Tag as on the wire.
        pub itt: [u8; 4],
        /// A [`Class`].
        pub class: u32,
        /// State `iscsi_complete_task` was given (1 completed, 4 aborted by TMF, 5 by session recovery, 6 requeued).
        pub state: u32,
        /// Reserved, 0.
        pub zero: u32,
    }
}

numbered! {
    /// Classes of operation codes; the decoders' table says which opcode is in which.
    pub enum Class: u32 {
        /// Reads of blocks.
        Read = 0,
        /// Writes of blocks.
        Write = 1,
        /// Caches are flushed.
        Sync = 2,
        /// UNMAP and WRITE SAME.
        Unmap = 3,
        /// Everything else.
        Other = 4,
    }
}

/// The class of each operation code, as the probes look it up.
pub type Classes = [u8; 256];
