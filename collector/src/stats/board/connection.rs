//! Connections, and what they say about their session.

use iscsi_decoders::Timestamp;
use iscsi_decoders::pdu::Direction;
use iscsi_decoders::stream::Stamp;

use super::{Board, State};
use crate::model::Stage;
use crate::stats::{ConnectionFact, Gauges, LoginFact};

/// A connection.
#[derive(Clone, Debug)]
pub struct Link {
    /// Who it is.
    pub fact: ConnectionFact,
    /// The row of its session.
    pub row: Option<usize>,
    /// Where it stands.
    pub gauges: Option<Gauges>,
    /// Its login, if that was seen.
    pub login: Option<LoginFact>,
    /// Its end, who closed it, and whether by reset.
    pub closed: Option<(Stamp, Direction, bool)>,
    /// Bytes that could not be decoded.
    pub skipped: u64,
}

/// TCP below a session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tcp {
    /// Smoothed round trip time, microseconds.
    pub rtt_us: Option<u32>,
    /// Segments sent again.
    pub retransmits: Option<u32>,
}

impl Board {
    pub(super) fn connection(&mut self, fact: &ConnectionFact) {
        let Some(place) = (fact.id.0 as usize).checked_sub(1) else { return };
        if self.links.len() <= place {
            self.links.resize(place + 1, None);
        }
        let row = fact.session.map(|session| self.row_of(session, None));
        if let Some(link) = self.links.get_mut(place) {
            let link = link.get_or_insert_with(|| Link {
                fact: *fact,
                row,
                gauges: None,
                login: None,
                closed: None,
                skipped: 0,
            });
            link.fact = *fact;
            link.row = row;
        }
        if let Some(row) = row.and_then(|row| self.rows.get_mut(row)) {
            if !row.connections.contains(&fact.id) {
                row.connections.push(fact.id);
            }
            row.portal = Some(fact.ends.target.to_string());
            row.driver.get_or_insert_with(|| "tcp".to_owned());
        }
        self.settle(row, self.now);
    }

    /// What a session's last connection says about where the session stands.
    pub(super) fn settle(&mut self, row: Option<usize>, at: Timestamp) {
        let Some(row) = row else { return };
        let last = self.rows.get(row).and_then(|row| row.connections.last().copied());
        let Some(link) = last.and_then(|id| self.link(id)) else { return };
        let state = match (link.fact.stage, link.closed.is_some()) {
            (Stage::Refused(..), _) => State::Refused,
            (Stage::LoggedOut, _) => State::LoggedOut,
            (_, true) => State::Closed,
            (Stage::FullFeature, false) => State::LoggedIn,
            (Stage::Login(_), false) => State::LogIn,
            (Stage::Unknown, false) => State::Joined,
        };
        let Some(row) = self.rows.get_mut(row) else { return };
        // Where the kernel or sysfs tells, they know better than the wire.
        let is_told = row.host.is_some() || row.recovering.is_some();
        let says_less = matches!(state, State::Closed | State::LogIn | State::Joined);
        if !(is_told && says_less) {
            row.enter(state, at);
        }
    }
}
