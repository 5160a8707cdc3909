use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;

use iscsi_decoders::Timestamp;

use crate::value::Value;

/// A comparison operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Op {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Op {
    fn holds<T: PartialOrd>(self, left: T, right: T) -> bool {
        match self {
            Self::Equal => left == right,
            Self::NotEqual => left != right,
            Self::Less => left < right,
            Self::LessOrEqual => left <= right,
            Self::Greater => left > right,
            Self::GreaterOrEqual => left >= right,
        }
    }
}

/// The test of one present value, literals already understood. A value of another type than the schema
/// promised compares false.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Check {
    /// Present; a truth value must be true.
    Present,
    Bool(bool),
    /// The number, masked.
    Number {
        mask: u64,
        op: Op,
        operand: u64,
    },
    NumberIn {
        mask: u64,
        ranges: Vec<RangeInclusive<u64>>,
    },
    Text {
        equal: bool,
        operand: Box<str>,
    },
    TextIn(Vec<Box<str>>),
    /// The operand is in lower case.
    TextContains(Box<str>),
    Bytes {
        equal: bool,
        operand: Box<[u8]>,
    },
    BytesIn(Vec<Box<[u8]>>),
    /// The operand is not empty.
    BytesContain(Box<[u8]>),
    Time {
        op: Op,
        operand: Timestamp,
    },
    TimeIn(Vec<RangeInclusive<Timestamp>>),
    Address {
        equal: bool,
        operand: Endpoint,
    },
    AddressIn(Vec<Endpoint>),
}

/// An address with or without a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Endpoint {
    pub ip: IpAddr,
    pub port: Option<u16>,
}

impl Endpoint {
    fn is(self, address: SocketAddr) -> bool {
        self.ip == address.ip().to_canonical()
            && self.port.is_none_or(|port| port == address.port())
    }
}

impl Check {
    pub fn holds(&self, value: Value<'_>) -> bool {
        match self {
            Self::Present => value != Value::Bool(false),
            Self::Bool(operand) => value == Value::Bool(*operand),
            Self::Number { mask, op, operand } => {
                number(value).is_some_and(|number| op.holds(number & mask, *operand))
            }
            Self::NumberIn { mask, ranges } => number(value)
                .is_some_and(|number| ranges.iter().any(|range| range.contains(&(number & mask)))),
            Self::Text { equal, operand } => {
                text(value).is_some_and(|text| (*text == **operand) == *equal)
            }
            Self::TextIn(words) => {
                text(value).is_some_and(|text| words.iter().any(|word| **word == *text))
            }
            Self::TextContains(operand) => text(value).is_some_and(|text| contains(text, operand)),
            Self::Bytes { equal, operand } => {
                bytes(value).is_some_and(|bytes| (*bytes == **operand) == *equal)
            }
            Self::BytesIn(set) => {
                bytes(value).is_some_and(|bytes| set.iter().any(|member| **member == *bytes))
            }
            Self::BytesContain(operand) => bytes(value)
                .is_some_and(|bytes| bytes.windows(operand.len()).any(|part| *part == **operand)),
            Self::Time { op, operand } => {
                matches!(value, Value::Time(time) if op.holds(time, *operand))
            }
            Self::TimeIn(ranges) => {
                matches!(value, Value::Time(time) if ranges.iter().any(|range| range.contains(&time)))
            }
            Self::Address { equal, operand } => {
                matches!(value, Value::Address(address) if operand.is(address) == *equal)
            }
            Self::AddressIn(set) => {
                matches!(value, Value::Address(address) if set.iter().any(|end| end.is(address)))
            }
        }
    }
}

/// The number a value is; text counts when all of it is one, decimal or `0x` (RFC 7143, section 6.1).
fn number(value: Value<'_>) -> Option<u64> {
    match value {
        Value::Number(number) => Some(number),
        Value::Text(text) => super::literal::whole_number(text),
        _ => None,
    }
}

fn text(value: Value<'_>) -> Option<&str> {
    match value {
        Value::Text(text) => Some(text),
        _ => None,
    }
}

fn bytes(value: Value<'_>) -> Option<&[u8]> {
    match value {
        Value::Bytes(bytes) => Some(bytes),
        _ => None,
    }
}

/// Whether `text` has `part` (in lower case) in it, without regard to the case of ASCII letters; protocol
/// text is ASCII but for aliases, and folding all of Unicode would allocate.
fn contains(text: &str, part: &str) -> bool {
    part.is_empty()
        || text
            .as_bytes()
            .windows(part.len())
            .any(|window| window.eq_ignore_ascii_case(part.as_bytes()))
}
