//! The error catalogue: every code of every name space, compiled in from `errors.toml`.
//!
//! [`get`] is for decoders that know what they look at; [`find`] is for people, who type `1011`,
//! `login:02/01`, `3/11/00`, `DID_NO_CONNECT` or something close to it.

mod find;
mod nearest;
mod query;
mod space;
#[cfg(test)]
mod tests;

use std::ops::RangeInclusive;

pub use find::{Match, Suggestion, Unknown, find};
pub use space::{Form, Space};

/// One code and what is known about it.
#[derive(Debug, PartialEq, Eq)]
pub struct Entry {
    /// The name space the code belongs to.
    pub space: Space,
    /// The code, the first one of a range; how wider codes are packed into it is said at each [`Space`].
    pub code: u32,
    /// The code or range as people write it: `1011`, `0x18`, `02/01`, `40/80-ff`.
    pub label: &'static str,
    /// Name in the standard or the kernel header, e.g. `ISCSI_ERR_NOP_TIMEDOUT`.
    pub symbol: &'static str,
    /// One line for a person.
    pub meaning: &'static str,
    /// Other names and log texts of the same code.
    pub aka: &'static [&'static str],
    /// What helps someone who met the code in the field.
    pub field: Option<&'static FieldNotes>,
}

/// How a code is met in practice and what to do about it.
#[derive(Debug, PartialEq, Eq)]
pub struct FieldNotes {
    /// How one commonly hits it.
    pub hit: &'static str,
    /// What to check: commands to paste.
    pub check: &'static [&'static str],
    /// What to do, most likely cause first.
    pub action: &'static [&'static str],
    /// Where this is from: RFC section, kernel function, T10 clause.
    pub source: &'static str,
}

/// An entry that stands for many codes.
struct Range {
    /// Upper byte of the code.
    high: RangeInclusive<u8>,
    /// Lower byte of the code.
    low: RangeInclusive<u8>,
    entry: Entry,
}

include!(concat!(env!("OUT_DIR"), "/catalogue.rs"));

/// The entry of a code, if the catalogue has it: the code's own, else that of a range it lies in.
pub fn get(space: Space, code: u32) -> Option<&'static Entry> {
    let table = table(space);
    match table.binary_search_by_key(&code, |entry| entry.code) {
        Ok(index) => table.get(index),
        Err(_) => ranged(space, code),
    }
}

/// The entries of a name space: single codes in ascending order, then the ranges.
pub fn entries(space: Space) -> impl Iterator<Item = &'static Entry> {
    let ranges = RANGES.iter().map(|range| &range.entry).filter(move |entry| entry.space == space);
    table(space).iter().chain(ranges)
}

fn table(space: Space) -> &'static [Entry] {
    TABLES.get(space as usize).copied().unwrap_or_default()
}

fn ranged(space: Space, code: u32) -> Option<&'static Entry> {
    let [high, low] = u16::try_from(code).ok()?.to_be_bytes();
    RANGES
        .iter()
        .find(|r| r.entry.space == space && r.high.contains(&high) && r.low.contains(&low))
        .map(|range| &range.entry)
}
