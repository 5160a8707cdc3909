//! Pings.

use crate::macros::shared;

shared! {
    /// `iscsi_check_transport_timeouts` ran.
    pub struct Transport: 40 {
        /// Jiffies now.
        pub now: u64,
        /// `iscsi_conn.last_recv`, jiffies.
        pub last_received: u64,
        /// `iscsi_conn.last_ping`, jiffies.
        pub last_ping: u64,
        /// `iscsi_conn.ping_timeout`, seconds.
        pub ping_timeout: u32,
        /// `iscsi_conn.recv_timeout` (the NOP interval), seconds.
        pub recv_timeout: u32,
        /// Whether a ping is unanswered (`iscsi_conn.ping_task`).
        pub outstanding: u32,
        /// Reserved, 0.
        pub zero: u32,
    }

    /// `iscsi_send_nopout`.
    pub struct Nop: 8 {
        /// 1 the answer to a target's NOP-In, 0 a ping of our own.
        pub answer: u32,
        /// The NOP-In's Target Transfer Tag as on the wire, 0xffffffff for a ping.
        pub target_transfer_tag: [u8; 4],
    }
}
