//! Records to text: one line each, a tree of every field, JSON Lines, and the summary of a whole capture.

pub mod doctor;
mod fields;
mod json;
mod kernel;
mod kernel_line;
mod kernel_tree;
mod line;
pub mod sessions;
mod summary;
#[cfg(test)]
mod tests;
mod time;
mod tree;

#[cfg(test)]
pub(crate) use fields::scsi;
pub use fields::{EventSchema, FIELDS, get};
pub use json::Json;
pub use line::Line;
pub use summary::{Capture, Summary};
pub(crate) use time::{Clock, Date, LocalDate, YearlessDate};
pub use tree::Tree;

use std::fmt::{self, Write as _};
use std::io::{self, Write};

use iscsi_decoders::pdu::keys;

use crate::model::{KernelRecord, Record};

/// What a kernel event says, on one line without its time.
pub(crate) fn kernel_message(record: &KernelRecord<'_>) -> String {
    let mut text = String::new();
    // Writing to a String cannot fail.
    let _ = kernel_line::write(&mut text, record);
    text
}

/// Writes records in one form.
pub trait Printer {
    /// Writes one record.
    ///
    /// # Errors
    /// When `out` does not take it.
    fn print(&mut self, record: &Record<'_>, out: &mut dyn Write) -> io::Result<()>;
}

/// Whether secrets in login text are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Secrets {
    /// Replaced by [`HIDDEN`].
    #[default]
    Hidden,
    /// Printed: `--show-secrets`.
    Shown,
}

/// What stands for a secret.
pub const HIDDEN: &str = "<hidden>";

impl Secrets {
    /// The value of a key as it may be printed.
    fn value<'v>(self, key: &str, value: &'v str) -> &'v str {
        if self == Self::Hidden && keys::is_secret(key) { HIDDEN } else { value }
    }
}

/// Text from the wire: control characters are escaped, so that a peer cannot drive the reader's terminal.
pub(crate) struct Plain<'a>(pub &'a str);

impl fmt::Display for Plain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|char| match char.is_control() {
            true => write!(f, "{}", char.escape_default()),
            false => f.write_char(char),
        })
    }
}

/// Bytes as hexadecimal digits.
pub(crate) struct Hex<'a>(pub &'a [u8]);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.0.iter().flat_map(|byte| [byte >> 4, byte & 0xf]);
        digits
            .filter_map(|digit| char::from_digit(digit.into(), 16))
            .try_for_each(|c| f.write_char(c))
    }
}
