//! What an operator watches: rates, service times over time, states, per session, connection and logical unit.
//!
//! Whoever has a source gives its events to a [`Watch`], which runs the session model and hands out [`Fact`]s: small,
//! owned, fit to be sent to another thread. A [`Board`] adds facts up. Its clock is that of the events, so that a
//! capture looks the same however fast it is read.

pub mod board;
mod buckets;
mod fact;
mod history;
mod kept;
mod watch;

pub use board::{Board, Teller};
pub use buckets::{BUCKETS, Cell, Cells, bucket_of, longest_of};
pub use fact::{ConnectionFact, Done, Fact, Gauges, LoginFact, LoginKey, SessionFact};
pub use history::{Column, Counts, History, SECONDS};
pub use kept::{Kept, KeptPdu};
pub use watch::Watch;

pub use crate::event::command::Class;
