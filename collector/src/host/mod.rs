//! Reads the machine: what sysfs, procfs, iscsid's records and the sockets say about the initiator's sessions.
//!
//! Everything here takes its folders from [`Roots`], so that a copy of them, in a test or a bug report, reads like
//! the machine itself. What cannot be read is left out with a note; nothing is a reason to stop.
//!
//! Secrets never come in: only attributes named in this module are opened, and CHAP's are not among them.

pub mod device;
pub mod iscsid;
pub mod kernel_log;
pub mod mounts;
pub mod notes;
pub mod record;
pub mod roots;
pub mod session;
pub mod sysfs;
pub mod tcp;

pub use roots::Roots;

#[cfg(test)]
pub(crate) mod tests;
