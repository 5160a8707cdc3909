//! iSNS, the Internet Storage Name Service (RFC 4171): how initiators and targets register with a name
//! server and find each other through it, over TCP or UDP port [`PORT`].
//!
//! [`parse`] cuts one PDU off a byte stream or a datagram. A message is one PDU as a rule and several for
//! large registrations; [`Assembler`] joins them. [`Message`] then says what it means.

mod assembler;
mod attribute;
mod bits;
mod function;
mod heartbeat;
mod message;
mod pdu;
mod status;
mod tag;
mod traffic;
mod value;

pub use assembler::{Assembler, AssemblyError};
pub use attribute::{Attribute, AttributeError, Attributes, Role};
pub use bits::{BitNames, Bits, PORTAL_SECURITY};
pub use function::Function;
pub use heartbeat::{Backups, Heartbeat, Server};
pub use message::Message;
pub use pdu::{Authentication, Flags, HEADER_LENGTH, Header, ParseError, Pdu, parse};
pub use status::Status;
pub use tag::Tag;
pub use traffic::{Route, Traffic};
pub use value::{Transport, Value, ValueError};

/// The well-known TCP and UDP port of iSNS servers. Servers reach clients on ports the clients register.
pub const PORT: u16 = 3205;

#[cfg(test)]
mod tests;
