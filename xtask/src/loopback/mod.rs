//! Real iSCSI on this machine: a target daemon, a network of its own, a sniffer.

mod network;
mod sniffer;
mod target;

pub use network::{Layout, Network};
pub use sniffer::{Sniffer, Take};
pub use target::{Setting, Tgt};

/// Name of the one target every daemon offers.
pub const IQN: &str = "iqn.2026-01.org.example:disk";
