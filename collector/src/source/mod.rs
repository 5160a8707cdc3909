//! Where events come from.

mod capture;

pub use capture::{CaptureSource, Totals};
