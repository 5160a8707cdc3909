//! `iscsitop`: what top is for processes, for iSCSI.
//!
//! Sources are threads that send messages into one bounded channel. `update` is the only place that changes the model,
//! `view` draws it. All that is known comes from the collector's library.

mod app;
mod args;
mod config;
mod effect;
mod format;
mod keys;
mod layout;
mod message;
mod model;
mod once;
mod source;
mod terminal;
#[cfg(test)]
mod tests;
mod theme;
mod update;
mod view;

pub use args::Args;
#[doc(hidden)]
pub use keys::strokes;
