//! Bug-report bundles: everything a maintainer asks for, nothing secret, in one archive that the other commands read.
//!
//! [`make`] asks every source in `source/`. A source copies only what the table `allowed.toml` says is safe; the rest is
//! replaced by its length and type. Logs go word by word through the vocabulary of iSCSI messages (`log/`), captures PDU
//! by PDU (`recording/`). Then names become pseudonyms if asked for (`anonymise.rs`), what does not fit is left out
//! (`budget.rs`), and the archive appears under its name when it is whole (`archive/`). [`Bundle`] reads one, wherever it
//! comes from.

mod allowed;
mod anonymise;
mod archive;
mod budget;
mod causes;
mod device;
mod diff;
mod files;
mod item;
mod kind;
mod log;
mod make;
mod manifest;
mod names;
mod pattern;
mod program;
mod read;
mod recording;
mod report;
mod secrets;
mod setting;
mod source;
mod syntax;
mod time;

pub use diff::{Difference, diff};
pub use item::Missing;
pub use make::{Made, MakeError, make};
pub use manifest::{Entry, Host, Manifest};
pub use program::Programs;
pub use read::{Bundle, Machine, ReadError};
pub use setting::Wish;
pub(crate) use source::DOCTOR;

use iscsi_decoders::Timestamp;

/// The name a bundle made now gets unless another is asked for.
#[must_use]
pub fn default_name(now: Timestamp) -> String {
    format!("iscsi-bundle-{}.tar.zst", time::compact(now))
}
