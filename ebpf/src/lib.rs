//! What the probes in the kernel and the collector share: the events of the ring buffer, the keys and values of
//! the maps, the offsets into the kernel's structs and the configuration.
//!
//! Everything is `repr(C)` without padding, native byte order, one size on both sides: a size that changes
//! does not compile. Header bytes of PDUs stay as on the wire.
//!
//! What the object has, by name:
//!
//! | global | type |
//! |---|---|
//! | `LAYOUT` | `u32`, [`LAYOUT`] |
//! | `OFFSETS` | [`offsets::Offsets`] |
//! | `CONFIG` | [`config::Config`] |
//! | `TEXT` | [`text::Words`] |
//!
//! | map | type |
//! |---|---|
//! | `EVENTS` | ring buffer of [`event::Header`] and what follows it |
//! | `LOST` | per-CPU array of `u64`, by [`event::Kind`], [`event::UNCOUNTED`], [`event::SKIPPED`] and [`event::LEFT_OUT`] |
//! | `CONNECTIONS` | hash of `u64` (address of the `iscsi_conn`) to [`connection::State`] |
//! | `FLIGHT` | array of [`flight::Slot`], by [`flight::slot`] |
//! | `COMMANDS` | per-CPU hash of [`command::Key`] to [`command::Counters`] |
//!
//! Programs are named after the function or tracepoint they are for; those for a function's return end in
//! `_return`.
#![no_std]

mod macros;

pub mod command;
pub mod config;
pub mod connection;
pub mod event;
pub mod flight;
pub mod netlink;
pub mod offsets;
pub mod pdu;
pub mod recovery;
pub mod session;
pub mod tcp;
pub mod text;
pub mod timer;

/// Changes with every change of this crate's layouts. The object carries it as the global `LAYOUT`; the loader
/// refuses another.
pub const LAYOUT: u32 = 4;

/// Stands for "not known" in every `u32` of this crate that says so; host, session and connection ids never
/// reach it.
pub const NONE: u32 = u32::MAX;

/// Longest iSCSI name, with its NUL (RFC 7143, 4.2.7.1: 223 bytes).
pub const NAME: usize = 224;
