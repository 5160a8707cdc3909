//! SCSI inside iSCSI: command descriptor blocks, status, sense data and logical unit numbers.
//!
//! Nothing here allocates: [`Cdb`], [`Sense`] and their iterators borrow the bytes of the PDU and read
//! static tables. Meanings of codes (status, sense key, ASC/ASCQ) live in the [`crate::catalogue`]; this
//! module only finds the codes, see [`Sense::code`] for the catalogue's key.
//!
//! An opcode means different things to different devices (A5h moves a cartridge or plays audio), so a
//! [`Cdb`] takes the [`DeviceType`] when it is known. The tables follow SPC-6, SBC-5, ZBC-2, SSC-5,
//! SMC-3, MMC-6, OSD and OSD-2, SCC-2 and SAT-4, with the obsolete commands of their predecessors that are
//! still met on the wire.

mod cdb;
mod class;
mod commands;
mod device;
mod lun;
mod sense;
pub mod status;

pub use cdb::Cdb;
pub use class::OpClass;
pub use device::DeviceType;
pub use lun::Lun;
pub use sense::{
    AtaStatus, Sense, SenseDescriptor, SenseFormat, SenseKeySpecific, sense_from_response,
};
