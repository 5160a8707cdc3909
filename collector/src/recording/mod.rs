//! Recordings: what was seen live, as a pcapng that Wireshark opens and `decode` gives back.
//!
//! Each event is one block, so that its frame number is its number in the run. PDUs are packets of link type 252 (a PDU
//! without the layers below, for Wireshark's dissector `iscsi`); everything else is a systemd journal entry with a
//! `MESSAGE` for people and an `ISCSI_EVENT` for us. Copies of captures have TCP segments besides, without what they
//! carried, on an interface of their own.

mod block;
mod entry;
mod packet;
mod reader;
mod segment;
mod writer;

pub use reader::{Reader, Totals};
pub use writer::Writer;
