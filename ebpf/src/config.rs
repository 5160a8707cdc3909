//! What the probes are to report.

use crate::NAME;
use crate::macros::shared;

/// [`Config::count`]: the programs for PDUs, which also fill the flight recorder, are not attached.
pub const COUNT_ONLY: u32 = 2;

shared! {
    /// The read-only global `CONFIG`.
    pub struct Config: 528 {
        /// Bit per [`crate::event::Kind`]: those that are sent.
        pub kinds: u32,
        /// Only this session id; [`crate::NONE`] is all.
        pub sid: u32,
        /// Only this logical unit (`scsi_device.lun`); `u64::MAX` is all.
        pub lun: u64,
        /// Only commands that took at least this many nanoseconds are sent as events.
        pub min_latency: u64,
        /// Most bytes of a data segment to send.
        pub data_max: u32,
        /// Bit per [`crate::command::Class`]: those that are counted and sent.
        pub classes: u32,
        /// 1 commands are counted in histograms; [`COUNT_ONLY`] that is all, and no PDU is looked at.
        pub count: u32,
        /// 1 the PDUs seen are held against the kernel's own counters, because this kernel does not tell how often it
        /// skipped a probe.
        pub tally: u32,
        /// Bytes of the ring buffer that may fill up before the reader is woken.
        pub wake_bytes: u32,
        /// Length of `target`; 0 is all.
        pub target_length: u32,
        /// Only sessions of this target.
        pub target: [u8; NAME],
        /// [`crate::command::Classes`].
        pub class_of: [u8; 256],
    }
}
