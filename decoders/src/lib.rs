//! Bytes to meaning for iSCSI.
//!
//! Captured packets, TCP streams, PDUs, SCSI commands, kernel log lines and error codes go in; typed values
//! come out. The crate does no I/O beyond a reader it is handed, holds no clock, spawns nothing, contains
//! no `unsafe` and does not panic on any input.
//!
//! The way of a byte: [`capture`] reads packets from a file, [`net`] finds the TCP segment inside,
//! [`stream`] puts segments in order and cuts them into PDUs, [`pdu`] and [`scsi`] say what a PDU means,
//! [`catalogue`] says what a code means to a person. [`log`] does for kernel log lines what [`pdu`] does
//! for bytes; [`isns`] and [`dhcp`] decode the two protocols that lead an initiator to its targets.

mod bytes;
pub mod capture;
pub mod catalogue;
pub mod dhcp;
pub mod isns;
pub mod log;
pub mod net;
pub mod pdu;
pub mod scsi;
pub mod stream;
mod time;

pub use time::Timestamp;
