//! PDUs as the initiator sees them.

use crate::macros::shared;

/// Bytes of a Basic Header Segment (RFC 7143, 11.2.1).
pub const BHS: usize = 48;

/// Most bytes of additional headers carried (`ISCSI_MAX_AHS_SIZE` of the kernel is 240).
pub const AHS_MAX: usize = 240;

/// Most bytes of a data segment carried, whatever is configured.
pub const DATA_MAX: usize = 8192;

/// [`Pdu::flags`]: the driver rebuilt the header from a completion queue entry, so fields it leaves zero are unknown.
pub const REBUILT: u32 = 1;

/// [`Pdu::flags`]: a [`Data`] event of the same connection follows once the data segment is complete.
pub const DATA_FOLLOWS: u32 = 2;

shared! {
    /// A PDU; `ahs_captured` bytes of additional headers and then `data_captured` bytes of the data segment follow.
    pub struct Pdu: 64 {
        /// The header as on the wire.
        pub bhs: [u8; BHS],
        /// [`REBUILT`], [`DATA_FOLLOWS`].
        pub flags: u32,
        /// The data segment's length in bytes without padding.
        pub data_length: u32,
        /// Bytes of additional headers that follow.
        pub ahs_captured: u32,
        /// Bytes of the data segment that follow, at most [`DATA_MAX`].
        pub data_captured: u32,
    }

    /// The data segment of the last PDU received on the connection; `captured` bytes follow.
    pub struct Data: 16 {
        /// The PDU's Initiator Task Tag, as on the wire.
        pub itt: [u8; 4],
        /// The PDU's first byte (opcode).
        pub opcode: u32,
        /// The data segment's length in bytes.
        pub length: u32,
        /// Bytes that follow.
        pub captured: u32,
    }
}
