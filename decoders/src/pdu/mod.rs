//! One PDU: header fields, additional headers, text keys, digests (RFC 7143, section 11).

pub mod ahs;
mod bhs;
mod digest;
pub mod keys;
mod opcode;
mod plausible;

pub use bhs::{BHS_LEN, Bhs, RESERVED_TAG};
pub use digest::{Digest, crc32c};
pub use opcode::{Direction, Opcode};
pub use plausible::is_plausible;
