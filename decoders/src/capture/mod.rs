//! Capture files to packets.
//!
//! [`Reader`] takes any byte stream (a file, stdin) and hands out one [`Packet`] after the other without
//! copying it: pcap and pcapng, plain or compressed with gzip or zstd, recognised by their first bytes.

mod error;
mod gzip;
mod input;
mod item;
mod pcap;
mod pcapng;
mod reader;
mod resolution;
mod sniff;
mod window;
mod zstd;

#[cfg(test)]
mod samples;
#[cfg(test)]
mod tests;

pub use error::{CaptureError, Compression, CompressionFault, Damage, Part, Position};
pub use item::{Item, Journal, Options, Packet};
pub use reader::Reader;
