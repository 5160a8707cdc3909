//! The values of the JSON contract: what a field of an event can hold.

/// A field's value, borrowed from the event.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value<'a> {
    /// A number.
    Number(u64),
    /// A truth value.
    Bool(bool),
    /// Text.
    Text(&'a str),
}
