//! Reads the machine.

pub mod roots;

pub use roots::Roots;
