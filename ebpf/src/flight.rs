//! The flight recorder: each connection's last headers, kept in the kernel and read when something fails.

use crate::macros::shared;
use crate::pdu::BHS;

/// Headers kept for each connection.
pub const SLOTS: usize = 256;

/// Connections with a recorder; the one unused for longest gives its place.
pub const CONNECTIONS: u32 = 4096;

shared! {
    /// One header.
    pub struct Slot: 64 {
        /// CLOCK_BOOTTIME in nanoseconds; 0 where the slot was never used.
        pub time: u64,
        /// The header as on the wire.
        pub bhs: [u8; BHS],
        /// The data segment's length.
        pub data_length: u32,
        /// 1 sent, 0 received.
        pub sent: u32,
    }

    /// Key of the recorder's map.
    pub struct Key: 16 {
        /// Address of the `iscsi_conn`.
        pub conn: u64,
        /// `0..SLOTS`.
        pub slot: u64,
    }
}
