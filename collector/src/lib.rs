//! Sources, session model, findings and outputs behind `iscsi-trace`.
pub mod annotate;
pub mod cli;
pub mod explain;
pub mod filter;
pub mod model;
pub mod output;
pub mod value;
