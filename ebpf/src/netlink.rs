//! Commands of iscsid to the kernel.

use crate::macros::shared;

shared! {
    /// One call of `iscsi_if_rx`.
    pub struct Netlink: 64 {
        /// `enum iscsi_uevent_e` of its first message.
        pub event: u32,
        /// Sender's netlink port, usually iscsid's process id.
        pub port: u32,
        /// Nanoseconds from entry to return.
        pub duration: u64,
        /// Nanoseconds until `rx_queue_mutex` was had.
        pub wait: u64,
        /// `iscsi_uevent.iferror` at return: 0 or a negative errno.
        pub error: i32,
        /// Session id the message is about; [`crate::NONE`] where it has none.
        pub sid: u32,
        /// Connection id the message is about; [`crate::NONE`] where it has none.
        pub cid: u32,
        /// For SET_PARAM `enum iscsi_param`; [`crate::NONE`] otherwise.
        pub parameter: u32,
        /// The thread's name.
        pub comm: [u8; 16],
        /// For STOP_CONN its flag; [`crate::NONE`] otherwise.
        pub flag: u32,
        /// Reserved, 0.
        pub zero: u32,
    }
}
