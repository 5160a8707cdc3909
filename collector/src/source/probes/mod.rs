//! The kernel's events: raw bytes of the probes in, PDUs and typed events out.

mod connections;
mod decode;
mod join;
mod machine;
mod raw;

pub use join::{Joiner, Unreadable};
pub use machine::Machine;
