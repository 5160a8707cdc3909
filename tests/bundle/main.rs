//! Bug-report bundles of made-up machines: nothing secret in them, everything else readable.
#![expect(clippy::unwrap_used, reason = "a panic is how a test reports")]

mod canaries;
mod causes;
mod collect;
mod diff;
mod lookalikes;
mod names;
mod planted;
mod process;
mod readers;
mod recorded;
mod search;
mod secrets;
mod trouble;
