//! Records into the ledgers: one file for each kind.

mod connection;
mod kernel;
mod pdu;
mod segment;
