//! What we know about the running kernel: where its structs' fields lie, which functions it has, and which probes
//! can therefore be attached.
//!
//! Nothing here loads or attaches anything; files come from [`crate::host::Roots`].

pub mod btf;
pub mod errors;
pub mod modules;
pub mod offsets;
pub mod probes;
pub mod release;
pub mod snapshot;
pub mod symbols;
pub mod tracefs;
