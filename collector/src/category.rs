//! Debug categories: what `-d` selects, as one bitmap for captures, live events and kernel knobs.
//!
//! The numbers are a contract: scripts pass masks, recordings store them. Bits are never reused.

use std::fmt::{self, Write as _};
use std::str::FromStr;

use bitflags::bitflags;

use crate::suggest;

/// One row of the category table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Category {
    /// The bit.
    pub flag: Categories,
    /// The name people type, e.g. `LOGIN_ERRS`.
    pub name: &'static str,
    /// One line of help.
    pub help: &'static str,
}

/// Declares the bitmap and its table from the same rows, so that no name, bit or help line exists twice.
macro_rules! categories {
    ($($name:ident = $bit:literal, $help:literal;)*) => {
        bitflags! {
            /// A set of debug categories.
            #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
            pub struct Categories: u32 {
                $(#[doc = $help] const $name = 1 << $bit;)*
            }
        }

        /// Every category, in the order of its bits.
        pub const TABLE: &[Category] = &[
            $(Category { flag: Categories::$name, name: stringify!($name), help: $help },)*
        ];
    };
}

categories! {
    CONN = 0, "Connections: created, bound, started, stopped, cleaned up, states";
    SESSION = 1, "Sessions: created, removed, blocked, unblocked, scanned, recovered";
    EH = 2, "SCSI error handling: timeouts, aborts, resets, session drops";
    LOGIN_ERRS = 3, "Failed logins: status class and detail, bad keys, refused authentication";
    PDUS = 4, "Every PDU header, both directions";
    SCSI = 5, "SCSI commands: start, completion, status, sense, latency";
    TCP = 6, "The byte stream: segments, retransmissions, gaps, socket states, digests";
    NETLINK = 7, "Traffic between iscsid and the kernel";
    FUNCTION = 8, "Entry of driver functions (live only; expensive)";
    ERRORS = 9, "Protocol and transport errors, rejects, connection errors";
    OFFLOAD = 10, "Offload adapters: firmware, mailbox, link, resets, buffer registration";
    LOGIN = 11, "Login, text and logout exchanges with their keys";
    DATA = 12, "Data transfer: Data-Out, Data-In, R2T";
    NOPS = 13, "NOP-Out and NOP-In: pings and their answers";
    TMF = 14, "Task management requests and responses";
    TIMERS = 15, "Timers: ping, recovery and command timeouts armed, expired, changed";
    TARGET = 16, "The Linux target (LIO): iscsi_target_mod, isert, cxgbit";
}

impl Categories {
    /// What a live trace shows unless told otherwise: what fails, and the life of sessions around it, but
    /// nothing that happens once per command.
    pub const DEFAULT: Self = Self::CONN
        .union(Self::SESSION)
        .union(Self::EH)
        .union(Self::LOGIN_ERRS)
        .union(Self::ERRORS)
        .union(Self::LOGIN)
        .union(Self::TMF);
}

/// Names joined by commas, or `none`; [`Selection`] parses it back.
impl fmt::Display for Categories {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return f.write_str("none");
        }
        for (position, (name, _)) in self.iter_names().enumerate() {
            f.write_str(if position == 0 { "" } else { "," })?;
            f.write_str(name)?;
        }
        Ok(())
    }
}

/// The value of `-d`: a set of categories, or changes to whatever set the command has as its default.
///
/// Terms are separated by commas and read from left to right: a name, `all`, `none`, or a decimal or `0x`
/// mask, each optionally with `+` (add) or `-` (remove). When the first term carries a sign the reading
/// starts from the default set, otherwise from the empty one: `-d TCP` is just TCP, `-d +TCP` is the
/// default and TCP, `-d all,-DATA` is everything but DATA.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Selection {
    kept: Categories,
    set: Categories,
}

impl Selection {
    /// The categories this selects where `default` is the command's default set.
    pub fn over(self, default: Categories) -> Categories {
        (default & self.kept) | self.set
    }

    fn add(&mut self, categories: Categories) {
        self.set |= categories;
    }

    fn remove(&mut self, categories: Categories) {
        self.kept -= categories;
        self.set -= categories;
    }
}

impl FromStr for Selection {
    type Err = SelectionError;

    fn from_str(text: &str) -> Result<Self, SelectionError> {
        let from_default = text.trim_start().starts_with(['+', '-']);
        let kept = if from_default { Categories::all() } else { Categories::empty() };
        let mut selection = Self { kept, set: Categories::empty() };
        for term in text.split(',').map(str::trim) {
            let (adds, word) = match term.strip_prefix('-') {
                Some(word) => (false, word),
                None => (true, term.strip_prefix('+').unwrap_or(term)),
            };
            match (adds, word.to_ascii_lowercase().as_str()) {
                (true, "none") => selection.remove(Categories::all()),
                (true, _) => selection.add(categories(word)?),
                (false, _) => selection.remove(categories(word)?),
            }
        }
        Ok(selection)
    }
}

/// The categories of one term, its sign removed.
fn categories(word: &str) -> Result<Categories, SelectionError> {
    if word.is_empty() {
        return Err(SelectionError::Empty);
    }
    if word.eq_ignore_ascii_case("all") {
        return Ok(Categories::all());
    }
    if word.starts_with(|first: char| first.is_ascii_digit()) {
        return mask(word);
    }
    Categories::from_name(&word.to_ascii_uppercase()).ok_or_else(|| SelectionError::Unknown {
        word: word.to_owned(),
        nearest: suggest::nearest(word, TABLE.iter().map(|row| row.name)),
    })
}

fn mask(word: &str) -> Result<Categories, SelectionError> {
    let hex = word.strip_prefix("0x").or_else(|| word.strip_prefix("0X"));
    let bits = match hex {
        Some(digits) => u32::from_str_radix(digits, 16),
        None => word.parse(),
    };
    let bits = bits.map_err(|_| SelectionError::NotAMask(word.to_owned()))?;
    Categories::from_bits(bits).ok_or_else(|| SelectionError::UnknownBits {
        word: word.to_owned(),
        unknown: bits & !Categories::all().bits(),
    })
}

/// Why a `-d` value cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SelectionError {
    /// No word between two commas, or nothing at all.
    #[error("a category is missing: give names such as LOGIN_ERRS,PDUS, a mask, 'all' or 'none'")]
    Empty,
    /// A word that is no category.
    #[error("'{word}' is no category{}", hint(*.nearest))]
    Unknown {
        /// The word as typed.
        word: String,
        /// The category it most looks like.
        nearest: Option<&'static str>,
    },
    /// A number that does not fit 32 bits or has other characters in it.
    #[error(
        "'{0}' is no mask: give a decimal number or 0x and hexadecimal digits, at most 32 bits"
    )]
    NotAMask(String),
    /// A mask with bits that mean nothing.
    #[error(
        "mask {word} has bits no category has ({unknown:#x}); all categories together are {:#x}",
        Categories::all()
    )]
    UnknownBits {
        /// The mask as typed.
        word: String,
        /// Its bits without a category.
        unknown: u32,
    },
}

fn hint(nearest: Option<&str>) -> String {
    match nearest {
        Some(name) => format!(", did you mean '{name}'?"),
        None => {
            let names: Vec<_> = TABLE.iter().map(|row| row.name).collect();
            format!("; there are {}", names.join(", "))
        }
    }
}

/// The table of all categories, one line each: mask, name, help.
pub fn help_table() -> String {
    let mut text = String::new();
    for Category { flag, name, help } in TABLE {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "  {:#07x}  {name:<10}  {help}", flag.bits());
    }
    text
}

#[cfg(test)]
#[path = "category_tests.rs"]
mod tests;
