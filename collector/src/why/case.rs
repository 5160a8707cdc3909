//! What a rule looks at: the connection's and its session's ledger at the moment of a trouble.

use iscsi_decoders::Timestamp;
use iscsi_decoders::pdu::Direction;
use iscsi_decoders::stream::Stamp;

use super::incident::{Fact, What};
use super::ledger::session::Session;
use super::ledger::tasks::Open;
use super::ledger::{Ledger, history};
use crate::model::finding::Duration;

/// A trouble to be explained.
#[derive(Clone, Copy, Debug)]
pub struct Case<'a> {
    /// Everything that was seen of it so far, in order.
    pub what: &'a [What],
    /// When the last of it was seen.
    pub at: Stamp,
    /// The connection.
    pub ledger: &'a Ledger,
    /// Its session.
    pub session: &'a Session,
}

impl Case<'_> {
    /// The moment to count from.
    pub fn now(&self) -> Timestamp {
        self.at.time
    }

    /// The kernel's error, if there is one.
    pub fn code(&self) -> Option<u32> {
        self.what.iter().find_map(|what| match what {
            What::ConnectionError(code) => Some(*code),
            _ => None,
        })
    }

    /// Who closed the connection, and whether by reset.
    pub fn closed(&self) -> Option<(Direction, bool)> {
        self.what.iter().find_map(|what| match what {
            What::Closed { by, reset } => Some((*by, *reset)),
            _ => None,
        })
    }

    /// Whether the connection is gone, whoever ended it.
    pub fn is_down(&self) -> bool {
        self.code().is_some() || self.closed().is_some()
    }

    /// Whether the target ended it, as far as is known, and whether by reset.
    pub fn ended_by_target(&self) -> Option<bool> {
        if let Some((by, reset)) = self.closed()
            && by == Direction::ToInitiator
        {
            return Some(reset);
        }
        let socket = &self.ledger.socket;
        if socket.reset.is_some() {
            return Some(true);
        }
        let error = self.ledger.error.as_ref()?;
        if error.socket_error == crate::event::names::ECONNRESET {
            return Some(true);
        }
        let is_half_closed = error.tcp_state == Some(crate::event::names::TCP_CLOSE_WAIT);
        (socket.closed.is_some() || is_half_closed).then_some(false)
    }

    /// Commands that were waiting.
    pub fn open_commands(&self) -> u32 {
        self.ledger.tasks.open_commands()
    }

    /// Since when the initiator waits for an answer: the ping's, else the oldest request's.
    pub fn waiting_since(&self) -> Option<Stamp> {
        let ping = self.ledger.ping.map(|ping| ping.stamp);
        ping.or_else(|| self.ledger.tasks.oldest().map(|task| task.began))
    }

    /// A fact about commands that waited.
    pub fn waiting(&self) -> Option<Fact> {
        let count = self.open_commands();
        let oldest = self.ledger.tasks.commands().min_by_key(|task| task.began.time)?;
        let waited = self.now().since(oldest.began.time);
        let were = if count == 1 { "command was" } else { "commands were" };
        let text = format!(
            "{count} {were} waiting; the oldest, {}, for {}",
            name(oldest),
            Duration(waited)
        );
        Some(
            Fact::at(oldest.began, text)
                .number("commands_open", count.into())
                .duration("waited_us", waited),
        )
    }

    /// A fact about how long the target was silent.
    pub fn silence(&self) -> Option<Fact> {
        let silent = self.ledger.silent_for(self.now())?;
        let text = format!("the target was last heard of {} before", Duration(silent));
        let fact = Fact { stamp: self.ledger.last_heard(), ..Fact::new(text) };
        Some(fact.duration("silent_us", silent))
    }
}

/// What a request is called.
pub fn name(task: &Open) -> String {
    let words = history::words(&task.request);
    words.strip_prefix("SCSI Command ").unwrap_or(&words).to_owned()
}
