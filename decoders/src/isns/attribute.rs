use super::pdu::number32;
use super::value::value;
use super::{Function, Tag, Value, ValueError};

/// Tag and length in front of every value (RFC 4171, section 5.3).
const PREFIX: usize = 8;

/// What an attribute does in its message (RFC 4171, sections 5.6.1 to 5.6.4 and 5.6.5.8).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Who asks.
    Source,
    /// Whom a state change notification is for.
    Destination,
    /// Which object is meant.
    Key,
    /// What is registered, asked for or answered.
    Operating,
    /// Part of a message that has neither keys nor operating attributes (ESI, SCN, vendors' functions).
    Content,
}

/// One attribute of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attribute<'a> {
    /// What it does in the message.
    pub role: Role,
    /// What it is.
    pub tag: Tag,
    /// Its bytes, padding included.
    pub bytes: &'a [u8],
}

impl<'a> Attribute<'a> {
    /// The bytes read as the tag says.
    ///
    /// # Errors
    /// The bytes are not what the tag promises; [`Attribute::bytes`] still has them.
    pub fn value(&self) -> Result<Value<'a>, ValueError> {
        value(self.tag, self.bytes)
    }
}

/// Where a message's attributes end too early.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AttributeError {
    /// Fewer bytes are left than an attribute's tag and length need.
    #[error("{left} bytes are left where an attribute needs at least {PREFIX}")]
    Prefix {
        /// Bytes left.
        left: usize,
    },
    /// The value goes on behind the end.
    #[error("{tag} is {length} bytes long, but only {left} are there")]
    Value {
        /// The attribute.
        tag: Tag,
        /// Bytes it should have.
        length: u32,
        /// Bytes left.
        left: usize,
    },
}

/// The attributes of a message in their order, delimiters left out. Ends after the first error.
#[derive(Clone, Debug)]
pub struct Attributes<'a> {
    left: &'a [u8],
    /// The next attribute's role.
    role: Role,
}

impl<'a> Attributes<'a> {
    pub(super) fn new(function: Function, bytes: &'a [u8]) -> Self {
        let role = match function.request() {
            Function::SCN => Role::Destination,
            Function(0x0001..=0x000c | 0x0011..=0x0013) if function.is_response() => Role::Key,
            Function(0x0001..=0x000c | 0x0011..=0x0013) => Role::Source,
            _ => Role::Content,
        };
        Self { left: bytes, role }
    }

    fn take(&mut self) -> Result<Attribute<'a>, AttributeError> {
        let left = self.left.len();
        let prefix = number32(self.left).and_then(|(tag, rest)| Some((Tag(tag), number32(rest)?)));
        let Some((tag, (length, rest))) = prefix else {
            return Err(AttributeError::Prefix { left });
        };
        let split = usize::try_from(length).ok().and_then(|length| rest.split_at_checked(length));
        let Some((bytes, rest)) = split else {
            return Err(AttributeError::Value { tag, length, left: rest.len() });
        };
        self.left = rest;
        Ok(Attribute { role: self.role, tag, bytes })
    }
}

impl<'a> Iterator for Attributes<'a> {
    type Item = Result<Attribute<'a>, AttributeError>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.left.is_empty() {
            let attribute = match self.take() {
                Ok(attribute) => attribute,
                Err(error) => {
                    self.left = &[];
                    return Some(Err(error));
                }
            };
            let is_delimiter = attribute.tag == Tag::DELIMITER && attribute.bytes.is_empty();
            self.role = match self.role {
                Role::Content | Role::Destination => Role::Content,
                Role::Source | Role::Key if !is_delimiter => Role::Key,
                _ => Role::Operating,
            };
            if !is_delimiter {
                return Some(Ok(attribute));
            }
        }
        None
    }
}
