//! What the kernel says in words, as it says it: the kernel log and the text of trace events, in one order, with
//! events of others between them.
//!
//! Each message is looked up in the table of knobs, so that it can be told which categories it belongs to whatever
//! switched it on, and goes through [`crate::knobs::secrets`].

mod classify;
mod clock;
mod kmsg;
mod live;
mod order;
mod print;
mod stream;
mod trace_line;
mod trace_pipe;

pub use classify::{Classifier, Message, Origin};
pub use kmsg::Kmsg;
pub use live::{Live, News};
use order::Order;
pub use print::Printer;
pub use stream::{Stream, Totals};
use trace_pipe::TracePipe;

/// A line as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Nanoseconds: on the kernel's clock as read, Unix time in a [`Message`].
    pub time: i64,
    /// The trace event's name; none for a line of the kernel log.
    pub event: Option<String>,
    /// What it says.
    pub text: String,
}
