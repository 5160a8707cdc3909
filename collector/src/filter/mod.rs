//! The `--filter` language: which events to show, in the names of the JSON contract.
//!
//! ```text
//! opcode == 0x21 && status != 0
//! pdu == scsi-command and scsi.lba in {0, 2048..4095}
//! response_time_us > 50ms or (sense && !immediate)
//! src == 10.0.0.1 and keys.HeaderDigest contains crc32c
//! ```
//!
//! # Language
//!
//! ```text
//! or    = and  { ("||" | "or")  and }
//! and   = not  { ("&&" | "and") not }
//! not   = { "!" | "not" } ( "(" or ")" | test )
//! test  = field                                  present; of a truth value: true
//!       | field "&" number                       any of these bits set
//!       | field [ "&" number ] cmp literal       cmp is == != < <= > >=
//!       | field [ "&" number ] "in" "{" item { "," item } "}"    item = literal [ ".." literal ]
//!       | field "contains" literal               text without regard to case; bytes
//! ```
//!
//! A literal is a bare word or anything between `'` or `"`; what it means depends on the field it is
//! compared with ([`Kind`]), so `3` is a number for `lun` and a mistake for `pdu`. Ranges include both ends.
//!
//! # Absent fields
//!
//! Every test of a field the event does not have is false, `!=` included, as in Wireshark: `status != 0`
//! finds responses with a bad status and not the PDUs that have no status at all. `!(status == 0)` finds both.

mod check;
mod comparison;
mod error;
mod lexer;
mod literal;
mod parser;

use std::fmt;

use crate::value::Value;
use check::Check;
pub use error::FilterError;

/// The fields filters can name; implemented by whoever owns the events.
pub trait Schema {
    /// The field called `name` (dots included, e.g. `scsi.lba` or `keys.HeaderDigest`) and what it holds.
    fn field(&self, name: &str) -> Option<(FieldId, Kind)>;

    /// Every fixed name, for suggestions. Names that are open-ended (`keys.…`) are left out.
    fn names(&self) -> Box<dyn Iterator<Item = &str> + '_>;
}

/// How a compiled filter asks an event for a field.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum FieldId {
    /// A field of the event's table, by its position there.
    Static(u16),
    /// A member of an object whose names are not known beforehand: (the object's position, the member's
    /// name), for `keys.HeaderDigest`.
    Member(u16, Box<str>),
}

/// What a field holds, and with that which literals and operators make sense for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A number; literals are decimal or `0x`.
    Number,
    /// A number of microseconds; literals may carry `us`, `ms`, `s` or `min`: `50ms`, `1.5s`.
    Microseconds,
    /// A number of bytes; literals may carry `k`, `M` or `G` (powers of 1024): `64k`.
    Size,
    /// A truth value; literals are `true` and `false`, or 1 and 0.
    Bool,
    /// Any text.
    Text,
    /// One of a fixed set of words; a literal outside the set is a mistake.
    Word(&'static [&'static str]),
    /// Text that often is a number, like an iSCSI text key's value. Compared as a number when the literal is
    /// one; text that then is no number compares false.
    TextOrNumber,
    /// Bytes; literals are hexadecimal digits.
    Bytes,
    /// A point in time; literals are Unix seconds with up to nine decimals, or quoted RFC 3339.
    Time,
    /// An address with port; literals are `10.0.0.1`, `10.0.0.1:3260`, `fe80::1` or `[fe80::1]:3260`. Without
    /// a port any port matches.
    Address,
    /// An object or list: only its presence can be tested.
    Object,
}

/// What a field of this kind is compared with, for error messages.
impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Number => "a number (decimal or 0x)",
            Self::Microseconds => "microseconds (a number, or one with us, ms, s or min)",
            Self::Size => "a number of bytes (or one with k, M or G)",
            Self::Bool => "true or false",
            Self::Text => "text",
            Self::Word(words) => return write!(f, "one of {}", words.join(", ")),
            Self::TextOrNumber => "text or a number",
            Self::Bytes => "bytes (pairs of hexadecimal digits)",
            Self::Time => "a time (1700000000.5 or 2026-01-31T12:00:00Z)",
            Self::Address => "an address (10.0.0.1, 10.0.0.1:3260, fe80::1 or [fe80::1]:3260)",
            Self::Object => "nothing",
        })
    }
}

/// A parsed filter, ready to be asked about events.
#[derive(Clone, Debug, PartialEq)]
pub struct Filter {
    root: Node,
}

#[derive(Clone, Debug, PartialEq)]
enum Node {
    All(Vec<Node>),
    Any(Vec<Node>),
    Not(Box<Node>),
    Test(FieldId, Check),
}

impl Filter {
    /// Compiles an expression.
    ///
    /// # Errors
    /// The first mistake in the expression, with its column.
    pub fn parse(expression: &str, schema: &dyn Schema) -> Result<Self, FilterError> {
        parser::parse(expression, schema)
            .map(|root| Self { root })
            .map_err(|mistake| FilterError::new(expression, mistake))
    }

    /// Whether an event passes. `get` returns the event's value of a field, `None` when it is absent; only
    /// the fields needed for the answer are asked for, from left to right.
    pub fn matches<'a>(&self, get: impl Fn(&FieldId) -> Option<Value<'a>>) -> bool {
        self.root.holds(&get)
    }
}

impl Node {
    /// Recursion is as deep as the expression is nested, which the parser bounds.
    fn holds<'a, G: Fn(&FieldId) -> Option<Value<'a>>>(&self, get: &G) -> bool {
        match self {
            Self::All(nodes) => nodes.iter().all(|node| node.holds(get)),
            Self::Any(nodes) => nodes.iter().any(|node| node.holds(get)),
            Self::Not(node) => !node.holds(get),
            Self::Test(field, check) => get(field).is_some_and(|value| check.holds(value)),
        }
    }
}

#[cfg(test)]
mod tests;
