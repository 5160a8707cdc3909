//! The flight recorder: each connection's last headers, kept in the kernel and read when something fails.

use crate::macros::shared;
use crate::pdu::BHS;

/// Headers kept for each direction of a connection.
pub const SLOTS: u32 = 256;

/// Recorders. A session has the one its id gives ([`slot`]), so more sessions than this share, each with a shorter
/// memory; [`Slot::conn`] tells whose a header is.
pub const RECORDERS: u32 = 512;

/// Entries of the map `FLIGHT`.
pub const ENTRIES: u32 = RECORDERS * 2 * SLOTS;

shared! {
    /// One header: a value of the map `FLIGHT`, an array.
    pub struct Slot: 72 {
        /// CLOCK_BOOTTIME in nanoseconds; 0 where the slot was never used.
        pub time: u64,
        /// Address of the `iscsi_conn`.
        pub conn: u64,
        /// The header as on the wire.
        pub bhs: [u8; BHS],
        /// The data segment's length.
        pub data_length: u32,
        /// 1 sent, 0 received.
        pub sent: u32,
    }
}

/// Index in `FLIGHT` of the `count`th header sent or received in a session. Each direction has slots of its own,
/// because each has a single writer.
pub const fn slot(sid: u32, sent: bool, count: u64) -> u32 {
    ((sid % RECORDERS) * 2 + sent as u32) * SLOTS + count as u32 % SLOTS
}
