//! Log lines to typed events: what the kernel's initiator, its drivers, the LIO target and `iscsid` write.
//!
//! [`Reader::line`] takes the prefix off a line (the formats of `dmesg`, `journalctl` and syslog) and
//! [`LogEvent::decode`] matches the message against the tables in [`messages`], the one place where each
//! message's text stands, as the format string its program prints, beside what it means. Nothing is
//! allocated per line, and no bytes make it panic.

mod civil;
pub mod drivers;
mod event;
mod json;
mod line;
pub mod messages;
mod scan;
mod stamp;
#[cfg(test)]
mod tests;
mod time;

pub use event::{Kind, Layer, LogEvent, PingTimeout, ScsiAddress, Subject};
pub use line::{Line, Reader, Source};
pub use messages::Message;
pub use scan::Args;
pub use time::{Clock, Span, Times, Wall};
