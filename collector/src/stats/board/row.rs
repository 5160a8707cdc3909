//! One session.

use std::collections::BTreeMap;
use std::sync::Arc;

use iscsi_decoders::Timestamp;
use iscsi_decoders::stream::ConnectionId;

use super::{PingTimer, Rates, Recovering, Tcp, Unit};
use crate::host::session::Session;
use crate::stats::{Done, History, SessionFact};
use crate::why::Incident;
use crate::why::line::text;

/// Where a session stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// Commands flow.
    LoggedIn,
    /// A login is under way.
    LogIn,
    /// Its connection is lost and waited for.
    Failed,
    /// Given up: I/O fails.
    Free,
    /// The target refused the login, or sent the initiator elsewhere.
    Refused,
    /// Logged out.
    LoggedOut,
    /// Its connections are closed.
    Closed,
    /// The kernel has forgotten it.
    Gone,
    /// Joined after its login, so that only its commands tell.
    Joined,
    /// Not known.
    #[default]
    Unknown,
}

impl State {
    /// As sysfs writes it, where sysfs has such a state.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::LoggedIn => "LOGGED_IN",
            Self::LogIn => "LOGIN",
            Self::Failed => "FAILED",
            Self::Free => "FREE",
            Self::Refused => "REFUSED",
            Self::LoggedOut => "LOGGED_OUT",
            Self::Closed => "CLOSED",
            Self::Gone => "GONE",
            Self::Joined => "JOINED",
            Self::Unknown => "?",
        }
    }

    /// Whether somebody should look at it.
    #[must_use]
    pub fn is_bad(&self) -> bool {
        matches!(self, Self::Failed | Self::Free | Self::Refused)
    }

    /// Whether it is over.
    #[must_use]
    pub fn is_over(&self) -> bool {
        matches!(self, Self::LoggedOut | Self::Closed | Self::Gone)
    }
}

/// One session.
#[derive(Debug, Default)]
pub struct Row {
    /// Linux's number of it.
    pub sid: Option<u32>,
    /// Who it is.
    pub fact: SessionFact,
    /// TargetName.
    pub target: Option<String>,
    /// The target's address.
    pub portal: Option<String>,
    /// The transport: `tcp`, `iser`, ...
    pub driver: Option<String>,
    /// Where it stands.
    pub state: State,
    /// Since when.
    pub since: Option<Timestamp>,
    /// The recovery timer, while it runs.
    pub recovering: Option<Recovering>,
    /// The ping timer.
    pub ping: Option<PingTimer>,
    /// Its commands over time.
    pub history: History,
    /// Rates of its disks as the block layer counts them, where a survey was taken twice.
    pub disk_rates: Option<Rates>,
    /// Its logical units.
    pub units: BTreeMap<u64, Unit>,
    /// Its connections, oldest first.
    pub connections: Vec<ConnectionId>,
    /// Commands that failed, findings and connection errors.
    pub problems: u64,
    /// The last of them.
    pub last_problem: Option<String>,
    /// Commands that ended with another status than GOOD.
    pub failed: u64,
    /// TCP of its connection.
    pub tcp: Tcp,
    /// What the machine says of it.
    pub host: Option<Arc<Session>>,
    /// 50th and 99th percentile and maximum of the service times of the history, nanoseconds.
    pub service: Option<(i64, i64, i64)>,
    pub(super) surveyed_at: Option<Timestamp>,
    is_changed: bool,
}

impl Row {
    pub(super) fn introduce(&mut self, fact: SessionFact) {
        self.sid = fact.sid.or(self.sid);
        if fact.target.is_some() {
            self.target.clone_from(&fact.target);
        } else if fact.discovery {
            self.target = Some("(discovery)".to_owned());
        }
        self.fact = fact;
    }

    /// A log told of an incident of this session.
    pub(super) fn logged(&mut self, incident: &Incident) {
        self.problems += 1;
        self.last_problem = Some(text(incident));
    }

    pub(super) fn enter(&mut self, state: State, at: Timestamp) {
        if self.state != state {
            self.state = state;
            self.since = Some(at);
        }
    }

    pub(super) fn take(&mut self, done: &Done) {
        self.history.take(done);
        self.failed += u64::from(done.failed);
        self.units.entry(done.lun).or_default().take(done);
        self.is_changed = true;
    }

    /// Recomputes what is shown of the history.
    pub(super) fn refresh(&mut self) {
        if std::mem::take(&mut self.is_changed) {
            self.service = self.history.service();
        }
    }

    /// What an operator calls it.
    #[must_use]
    pub fn name(&self) -> &str {
        self.target.as_deref().unwrap_or("(unknown target)")
    }

    /// The time a state has lasted, nanoseconds.
    #[must_use]
    pub fn lasted(&self, now: Timestamp) -> Option<i64> {
        self.since.map(|since| now.since(since).max(0))
    }
}
