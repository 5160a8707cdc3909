//! Sources, session model, findings and outputs behind `iscsi-trace`.
pub mod annotate;
pub mod category;
pub mod cli;
pub mod doctor;
pub mod event;
pub mod explain;
pub mod filter;
pub mod host;
pub mod interrupt;
pub mod kernel;
pub mod knobs;
pub mod messages;
pub mod model;
pub mod output;
pub mod recording;
pub mod source;
mod suggest;
pub mod value;
