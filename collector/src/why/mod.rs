//! Why: from a failure to its cause.
//!
//! Records of the session model go in (from a capture, a recording or the live kernel), TCP segments where there are
//! any, and [`Incident`]s come out: once when something failed, and again when more is known or when it is over. What
//! went before is kept in a [`ledger`] per connection; [`rules`] look at it. Less evidence makes a rule less sure, or
//! silent.

mod case;
mod cause;
mod damage;
mod driver;
mod engine;
mod incident;
mod intake;
pub mod ledger;
mod log;
mod render;
pub mod rules;
mod sysfs;
pub mod timers;

pub use case::Case;
pub use cause::Cause;
pub use driver::{Driver, Told};
pub use engine::{Change, Engine};
pub use incident::{
    Confidence, Diagnosis, Epoch, Fact, Flown, Incident, LedTo, Moment, MomentKind, Place, What,
};
pub use log::LogFacts;
pub use render::{json, line, text};
pub use sysfs::complete;
