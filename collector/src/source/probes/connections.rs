//! What is kept of each `iscsi_conn`: whose it is, which connection's PDUs it carries now, and the PDU that waits for
//! its data.

use std::net::SocketAddr;

use iscsi_decoders::pdu::{Bhs, Digest, Direction, Opcode, keys};
use iscsi_decoders::stream::{
    ConnectionId, Continued, Ends, Event, Origin, Pdu, Stamp, data_missing,
};

use crate::event::connection::Identity;
use crate::event::names::{ECONNRESET, TCP_CLOSE_WAIT};
use crate::event::tcp::{self, Tcp};

/// The kernel's `iscsi_conn`. It outlives the TCP connection: a recovered session goes on with a new one.
#[derive(Debug, Default)]
pub(super) struct Connection {
    pub identity: Option<Identity>,
    /// The number of the connection whose PDUs it carries.
    pub open: Option<ConnectionId>,
    pub held: Held,
    text: [Continued; 2],
    ending: Ending,
}

/// A PDU whose data segment comes with an event of its own.
#[derive(Debug, Default)]
pub(super) struct Held {
    pub header: Option<(Bhs, Origin)>,
    pub ahs: Vec<u8>,
}

/// What the socket said before it was closed.
#[derive(Clone, Copy, Debug, Default)]
enum Ending {
    /// Nothing: the initiator closes.
    #[default]
    Own,
    /// The target closed its side.
    Fin,
    /// The target reset the connection.
    Reset,
}

/// A PDU's parts as the probes had them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Parts<'a> {
    pub header: &'a Bhs,
    pub direction: Direction,
    pub origin: Origin,
    pub ahs: &'a [u8],
    pub data: &'a [u8],
}

impl Connection {
    /// Opens a connection for a PDU that comes on none.
    pub fn open(
        &mut self,
        connection: ConnectionId,
        parts: &Parts<'_>,
        stamp: Stamp,
    ) -> Event<'static> {
        self.open = Some(connection);
        self.text = Default::default();
        self.ending = Ending::Own;
        let from_start = parts.header.opcode() == Opcode::LOGIN_REQUEST
            && keys::pairs(parts.data).any(|(key, _)| key == "InitiatorName");
        Event::Opened { connection, ends: self.ends(), stamp, from_start }
    }

    /// Closes the connection that is open.
    pub fn close(&mut self, stamp: Stamp) -> Option<Event<'static>> {
        let connection = self.open.take()?;
        let (direction, reset) = match self.ending {
            Ending::Own => (Direction::ToTarget, false),
            Ending::Fin => (Direction::ToInitiator, false),
            Ending::Reset => (Direction::ToInitiator, true),
        };
        self.ending = Ending::Own;
        Some(Event::Closed { connection, direction, stamp, reset })
    }

    /// Remembers what the socket was found in.
    pub fn socket(&mut self, state: u32, error: u32) {
        if error == ECONNRESET {
            self.ending = Ending::Reset;
        } else if state == TCP_CLOSE_WAIT && matches!(self.ending, Ending::Own) {
            self.ending = Ending::Fin;
        }
    }

    /// Remembers what TCP did.
    pub fn tcp(&mut self, tcp: &Tcp) {
        self.socket(tcp.state, tcp.error);
        if tcp.what == tcp::What::ResetReceived {
            self.ending = Ending::Reset;
        }
    }

    /// Puts a PDU together.
    pub fn pdu<'a>(
        &'a mut self,
        connection: ConnectionId,
        parts: &Parts<'a>,
        stamp: Stamp,
    ) -> Pdu<'a> {
        let Parts { header, direction, origin, ahs, data } = *parts;
        let ends = self.ends();
        let is_login = matches!(header.opcode(), Opcode::LOGIN_REQUEST | Opcode::LOGIN_RESPONSE);
        let digests = self.identity.as_ref().filter(|_| !is_login);
        let has_data = header.data_segment_length() > 0;
        // The kernel has checked them; their bytes are gone.
        let digest = |in_use: bool| if in_use { Digest::Unverified } else { Digest::None };
        let header_digest = digest(digests.is_some_and(|identity| identity.header_digest));
        let data_digest = digest(has_data && digests.is_some_and(|identity| identity.data_digest));
        let missing = data_missing(header, data.len());
        let [to_target, to_initiator] = &mut self.text;
        let text = if direction == Direction::ToTarget { to_target } else { to_initiator };
        Pdu {
            connection,
            ends,
            direction,
            stamp,
            header,
            ahs,
            data,
            data_missing: missing,
            text: text.take(header, data, missing),
            header_digest,
            data_digest,
            origin: Some(origin),
        }
    }

    fn ends(&self) -> Ends {
        let nowhere = SocketAddr::from(([0, 0, 0, 0], 0));
        let unknown = Ends { initiator: nowhere, target: nowhere };
        self.identity.as_ref().map_or(unknown, Identity::ends)
    }
}
