use super::{Flags, Function, Header, Message, Pdu};

/// Longest message put together, in bytes. Real ones are a few kilobytes; 65536 PDUs of 64 KiB would be
/// allowed by RFC 4171, section 5.1.6.
const LONGEST: usize = 1 << 20;

/// Unfinished messages kept at a time; a sender has one or two under way.
const UNFINISHED: usize = 8;

/// Joins the PDUs of one direction of a connection (or of one UDP sender) to messages (RFC 4171, section 5.2).
#[derive(Debug, Default)]
pub struct Assembler {
    /// Longest idle first.
    unfinished: Vec<Unfinished>,
    /// The message last given out.
    finished: Vec<u8>,
    abandoned: u64,
}

#[derive(Debug)]
struct Unfinished {
    header: Header,
    next_sequence_id: u16,
    payload: Vec<u8>,
}

/// Why a PDU could not be joined to a message; it is lost, and so is what came before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AssemblyError {
    /// The message's first PDU was not seen.
    #[error("PDU {sequence_id} of {function} transaction {transaction_id} has no beginning")]
    NoBeginning {
        /// The PDU's function.
        function: Function,
        /// The PDU's transaction.
        transaction_id: u16,
        /// The PDU's position in its message.
        sequence_id: u16,
    },
    /// A PDU between this one and the last is missing, or their order is wrong.
    #[error("PDU {found} of {function} transaction {transaction_id} came where {expected} was due")]
    OutOfSequence {
        /// The PDU's function.
        function: Function,
        /// The PDU's transaction.
        transaction_id: u16,
        /// The position that was due.
        expected: u16,
        /// The position found.
        found: u16,
    },
    /// More than 1 MiB.
    #[error("{function} transaction {transaction_id} is longer than {LONGEST} bytes")]
    TooLong {
        /// The message's function.
        function: Function,
        /// The message's transaction.
        transaction_id: u16,
    },
}

impl Assembler {
    /// Takes the next PDU; returns the message it completes. A PDU that is a message of its own is not copied.
    /// PDUs out of [`super::ParseError::Incomplete`] do not belong here: their payload has a hole behind it.
    ///
    /// # Errors
    /// The PDU belongs to a message that can no longer be put together.
    pub fn push<'a>(&'a mut self, pdu: &Pdu<'a>) -> Result<Option<Message<'a>>, AssemblyError> {
        if pdu.is_whole_message() {
            return Ok(Some(pdu.message()));
        }
        let Header { function, flags, transaction_id, sequence_id, .. } = pdu.header;
        if flags.has(Flags::FIRST) {
            self.begin(pdu);
            return Ok(None);
        }
        // Taken out, and put back only when there is more to come: an error ends the message.
        let Some(mut message) = self.take(function, transaction_id) else {
            return Err(AssemblyError::NoBeginning { function, transaction_id, sequence_id });
        };
        let expected = message.next_sequence_id;
        if sequence_id != expected {
            let found = sequence_id;
            return Err(AssemblyError::OutOfSequence { function, transaction_id, expected, found });
        }
        if message.payload.len().saturating_add(pdu.payload.len()) > LONGEST {
            return Err(AssemblyError::TooLong { function, transaction_id });
        }
        message.payload.extend_from_slice(pdu.payload);
        message.next_sequence_id = expected.wrapping_add(1);
        if flags.has(Flags::LAST) {
            self.finished = message.payload;
            return Ok(Some(Message { header: message.header, payload: &self.finished }));
        }
        self.unfinished.push(message);
        Ok(None)
    }

    /// How many messages were given up because their end did not come before a new beginning or too many
    /// others.
    pub fn abandoned(&self) -> u64 {
        self.abandoned
    }

    fn begin(&mut self, pdu: &Pdu<'_>) {
        let header = pdu.header;
        if self.take(header.function, header.transaction_id).is_some() {
            self.abandoned += 1;
        }
        if self.unfinished.len() == UNFINISHED {
            self.unfinished.remove(0);
            self.abandoned += 1;
        }
        self.unfinished.push(Unfinished {
            header,
            next_sequence_id: header.sequence_id.wrapping_add(1),
            payload: pdu.payload.to_vec(),
        });
    }

    fn take(&mut self, function: Function, transaction_id: u16) -> Option<Unfinished> {
        let at = self.unfinished.iter().position(|message| {
            message.header.function == function && message.header.transaction_id == transaction_id
        })?;
        Some(self.unfinished.remove(at))
    }
}
