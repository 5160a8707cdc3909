//! PDUs received and sent.

mod data;
mod receive;
mod report;
mod send;
