//! The form both sides are brought into.

use std::collections::BTreeMap;
use std::fmt;

/// One PDU as one side sees it, under the JSON contract's names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pdu {
    /// The packet that completes it.
    pub frame: u64,
    pub opcode: u8,
    pub initiator_task_tag: u64,
    pub fields: BTreeMap<String, Value>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Value {
    Number(u64),
    Text(String),
    Keys(Vec<(String, String)>),
}

impl Pdu {
    /// Whether two sides mean the same PDU, before their fields are looked at.
    pub fn is_same(&self, other: &Self) -> bool {
        self.opcode == other.opcode && self.initiator_task_tag == other.initiator_task_tag
    }

    /// Whether it is the last PDU of its task: any response, or a Data-In with a status.
    pub fn ends_its_task(&self) -> bool {
        match self.opcode {
            0x25 => self.number("status_bit") == Some(1),
            0x31 => false,
            opcode => opcode >= 0x20,
        }
    }

    /// Its time since the epoch.
    pub fn microseconds(&self) -> Option<u64> {
        let Value::Text(time) = self.fields.get("time")? else { return None };
        time.replace('.', "").parse::<u64>().ok().map(|nanoseconds| nanoseconds / 1000)
    }

    pub fn number(&self, field: &str) -> Option<u64> {
        match self.fields.get(field) {
            Some(Value::Number(number)) => Some(*number),
            _ => None,
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number} (0x{number:x})"),
            Self::Text(text) => f.write_str(text),
            Self::Keys(keys) => write!(f, "{keys:?}"),
        }
    }
}

/// Decimal, or hexadecimal with 0x; what Wireshark versions write for a flag.
pub fn number(text: &str) -> Option<u64> {
    match text {
        "True" => Some(1),
        "False" => Some(0),
        _ => match text.strip_prefix("0x") {
            Some(digits) => u64::from_str_radix(digits, 16).ok(),
            None => text.parse().ok(),
        },
    }
}
