//! The values of the JSON contract: what a field of an event can hold.

use std::net::SocketAddr;

use iscsi_decoders::Timestamp;

/// A field's value, borrowed from the event.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value<'a> {
    /// A number.
    Number(u64),
    /// A truth value.
    Bool(bool),
    /// Text.
    Text(&'a str),
    /// Bytes, shown as hexadecimal digits: a CDB, an ISID.
    Bytes(&'a [u8]),
    /// A point in time.
    Time(Timestamp),
    /// One end of a connection: `src`, `dst`.
    Address(SocketAddr),
    /// A nested object or list that is present, such as `sense` or `keys`; its parts are fields of their own.
    Object,
}
