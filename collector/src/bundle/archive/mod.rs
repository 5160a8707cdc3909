//! The archive: a tar in zstd frames, one a subject, so that what does not fit can be left out without compressing
//! again. `tar --zstd -xf` reads it like any other.

mod frame;
mod output;
pub(super) mod unpack;

pub(super) use frame::{END, Frame};
pub(super) use output::{Output, WriteError};

/// The folder everything in the archive lies in.
pub(super) const FOLDER: &str = "iscsi-bundle/";
