use std::fmt;

use super::pdu::number32;
use super::{Attribute, Attributes, Flags, Function, Header, Heartbeat, Role, Status};

/// A message, of one PDU or joined from several.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message<'a> {
    /// The header of the (first) PDU. Its payload length is that PDU's.
    pub header: Header,
    /// The payload of all PDUs.
    pub payload: &'a [u8],
}

impl<'a> Message<'a> {
    /// How the server, or for ESI and SCN the client, took the request; `None` for requests and for
    /// responses cut before it.
    pub fn status(&self) -> Option<Status> {
        self.split().0
    }

    /// The attributes; none for heartbeats, which have no such form.
    pub fn attributes(&self) -> Attributes<'a> {
        Attributes::new(self.header.function, self.split().1)
    }

    /// The heartbeat; `None` for any other message and for one that is cut.
    pub fn heartbeat(&self) -> Option<Heartbeat<'a>> {
        let is_heartbeat = self.header.function == Function::HEARTBEAT;
        is_heartbeat.then(|| Heartbeat::new(self.payload)).flatten()
    }

    /// The status of a response, and where attributes begin.
    fn split(&self) -> (Option<Status>, &'a [u8]) {
        if self.header.function == Function::HEARTBEAT {
            return (None, &[]);
        }
        if !self.header.function.is_response() {
            return (None, self.payload);
        }
        match number32(self.payload) {
            Some((status, attributes)) => (Some(Status(status)), attributes),
            None => (None, &[]),
        }
    }
}

/// One line: function, transaction, status, and every attribute with its role where it has a special one.
impl fmt::Display for Message<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Header { function, flags, transaction_id, .. } = self.header;
        write!(f, "{function} transaction {transaction_id}")?;
        if function == Function::DEV_ATTR_REG && flags.has(Flags::REPLACE) {
            f.write_str(" replace")?;
        }
        if function == Function::HEARTBEAT {
            return match self.heartbeat() {
                Some(heartbeat) => write!(f, ": {heartbeat}"),
                None => write!(f, ": cut after {} bytes", self.payload.len()),
            };
        }
        match self.status() {
            Some(status) => write!(f, ": {status}")?,
            None if function.is_response() => f.write_str(": cut before the status")?,
            None => {}
        }
        for attribute in self.attributes() {
            match attribute {
                Ok(attribute) => write!(f, "; {attribute}")?,
                Err(error) => write!(f, "; cut: {error}")?,
            }
        }
        Ok(())
    }
}

impl fmt::Display for Attribute<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.role {
            Role::Source => "source ",
            Role::Destination => "for ",
            Role::Key => "key ",
            Role::Operating | Role::Content => "",
        })?;
        if self.bytes.is_empty() {
            return write!(f, "{}", self.tag);
        }
        match self.value() {
            Ok(value) => write!(f, "{}={value}", self.tag),
            Err(error) => write!(f, "{error}"),
        }
    }
}
