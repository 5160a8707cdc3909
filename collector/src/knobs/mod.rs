//! Knobs: what makes each driver talk, and how it is borrowed and given back.
//!
//! `knobs.toml` says which switch of which driver shows which category. [`resolve`] compares it with the machine,
//! [`plan`] turns a wish into exact writes, and a [`Loan`] makes them: it writes each down before it is done and
//! gives everything back when it goes, however it goes.

mod change;
mod dyndbg;
mod form;
mod iscsid;
mod journal;
mod loan;
mod lock;
pub mod plan;
pub mod resolve;
mod restore;
pub mod secrets;
pub mod table;
pub mod tracefs;

pub use change::Change;
pub use journal::Holder;
pub use loan::{Loan, LoanError, Purpose, Reset, in_force, reset};
pub use restore::Restored;

#[cfg(test)]
pub(crate) mod tests;
