//! Sources, session model, findings and outputs behind `iscsi-trace`.
pub mod annotate;
pub mod category;
pub mod cli;
pub mod filter;
pub mod model;
pub mod output;
mod suggest;
pub mod value;
