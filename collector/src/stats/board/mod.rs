//! Everything an operator watches, added up from facts and from surveys of the machine.

mod connection;
mod host;
mod kernel;
mod row;
#[cfg(test)]
mod tests;
mod unit;

use std::collections::BTreeMap;

use iscsi_decoders::Timestamp;
use iscsi_decoders::stream::ConnectionId;
use rustc_hash::FxHashMap;

use super::history::{History, SECONDS, second};
use super::{Counts, Fact};
use crate::host::notes::Notes;
use crate::model::Finding;
use crate::why::Incident;
pub use connection::{Link, Tcp};
pub use kernel::{PingTimer, Recovering};
pub use row::{Row, State};
pub use unit::Unit;

/// Findings and connection errors kept to be looked at.
const PROBLEMS_MAX: usize = 1000;

/// Incidents kept to be looked at.
const INCIDENTS_MAX: usize = 500;

/// Who tells of an incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Teller {
    /// A log beside the source.
    Log,
    /// The source itself: its findings and errors are counted as they come.
    Source,
}

/// Rates a second.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rates {
    /// Commands that read.
    pub reads: f64,
    /// Commands that write.
    pub writes: f64,
    /// All other commands.
    pub others: f64,
    /// Bytes read.
    pub bytes_read: f64,
    /// Bytes written.
    pub bytes_written: f64,
}

impl Rates {
    /// Over so many seconds.
    #[must_use]
    pub fn over(counts: &Counts, seconds: f64) -> Self {
        let rate = |count: u64| count as f64 / seconds;
        Self {
            reads: rate(counts.reads),
            writes: rate(counts.writes),
            others: rate(counts.others),
            bytes_read: rate(counts.bytes_read),
            bytes_written: rate(counts.bytes_written),
        }
    }

    /// All commands.
    #[must_use]
    pub fn commands(&self) -> f64 {
        self.reads + self.writes + self.others
    }

    fn add(&mut self, other: &Self) {
        self.reads += other.reads;
        self.writes += other.writes;
        self.others += other.others;
        self.bytes_read += other.bytes_read;
        self.bytes_written += other.bytes_written;
    }
}

/// Something that went wrong, for a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// When.
    pub time: Timestamp,
    /// The row of its session, if it has one.
    pub row: Option<usize>,
    /// What, as a sentence.
    pub text: String,
}

/// All that is known.
#[derive(Debug, Default)]
pub struct Board {
    /// Sessions, in the order they became known; none is ever taken away, so that places stay what they are.
    pub rows: Vec<Row>,
    by_index: Vec<Option<usize>>,
    by_sid: FxHashMap<u32, usize>,
    /// Connections by number, which begins at 1.
    links: Vec<Option<Link>>,
    /// All commands of all sessions.
    pub history: History,
    /// How far time has come.
    pub now: Timestamp,
    /// When the first thing happened.
    pub first: Option<Timestamp>,
    /// The source has ended.
    pub ended: bool,
    /// PDUs seen.
    pub pdus: u64,
    /// What could not be decoded, bytes.
    pub skipped: u64,
    /// Events the probes lost, by kind and CPU.
    pub lost: BTreeMap<(&'static str, u16), u64>,
    /// What went wrong, oldest first.
    pub problems: std::collections::VecDeque<Problem>,
    /// What failed and why, by who tells it and its number there: logs first, which go further back.
    pub incidents: BTreeMap<(Teller, u32), Incident>,
    /// Problems there have been.
    pub problems_seen: u64,
    /// What could not be read of the machine.
    pub notes: Notes,
    /// A survey of the machine was taken.
    pub surveyed: bool,
    refreshed: i64,
}

impl Board {
    /// Takes facts in their order. Records to be looked at are handed back.
    pub fn take(&mut self, fact: Fact) -> Option<Fact> {
        match fact {
            Fact::Time(now) => self.time(now),
            Fact::End => {
                self.ended = true;
                self.refresh();
            }
            Fact::Session(fact) => {
                let row = self.row_of(fact.index, fact.sid);
                if let Some(row) = self.rows.get_mut(row) {
                    row.introduce(*fact);
                }
            }
            Fact::Connection(fact) => self.connection(&fact),
            Fact::Login(login) => {
                if let Some(link) = self.link_mut(login.connection) {
                    link.login = Some(*login);
                }
            }
            Fact::Gauges(gauges) => {
                let link = self.link_mut(gauges.connection)?;
                let new = gauges.pdus.saturating_sub(link.gauges.map_or(0, |old| old.pdus));
                link.gauges = Some(gauges);
                self.pdus += new;
            }
            Fact::Done(done) => {
                self.history.take(&done);
                let row = self.link(done.connection).and_then(|link| link.row);
                if let Some(row) = row.and_then(|row| self.rows.get_mut(row)) {
                    row.take(&done);
                }
            }
            Fact::Closed { connection, stamp, by, reset } => {
                let link = self.link_mut(connection)?;
                link.closed = Some((stamp, by, reset));
                let row = link.row;
                self.settle(row, stamp.time);
            }
            Fact::Skipped { connection, bytes } => {
                self.skipped += bytes;
                if let Some(link) = self.link_mut(connection) {
                    link.skipped += bytes;
                }
            }
            Fact::Finding(finding) => self.finding(&finding),
            Fact::Incident(incident) => self.incident(Teller::Source, *incident),
            Fact::Logged(incident) => self.incident(Teller::Log, *incident),
            Fact::Kernel(event) => self.kernel(&event),
            Fact::Kept(_) | Fact::NotKept(_) => return Some(fact),
        }
        None
    }

    fn time(&mut self, now: Timestamp) {
        self.first.get_or_insert(now);
        self.now = self.now.max(now);
        if second(self.now) != self.refreshed {
            self.refresh();
        }
    }

    /// Once a second: what is too dear to compute whenever it is looked at.
    fn refresh(&mut self) {
        self.refreshed = second(self.now);
        self.rows.iter_mut().for_each(Row::refresh);
    }

    /// The seconds that rates are taken over: the last whole one; of a source that has ended all that is kept.
    #[must_use]
    pub fn span(&self) -> (i64, i64) {
        let now = second(self.now);
        if self.ended {
            let first = self.first.map_or(now, second);
            (first.max(now - SECONDS as i64 + 1), now)
        } else {
            (now - 1, now - 1)
        }
    }

    /// The rates of a history at this moment.
    #[must_use]
    pub fn rates(&self, history: &History) -> Rates {
        let (from, to) = self.span();
        let mut sum = Counts::default();
        for column in (from..=to).filter_map(|second| history.at(second)) {
            sum.add(&column.counts);
        }
        Rates::over(&sum, (to - from + 1) as f64)
    }

    /// A session's rates: of its PDUs, or where there are none, of its disks.
    #[must_use]
    pub fn rates_of(&self, row: &Row) -> Rates {
        match row.history.range() {
            Some(_) => self.rates(&row.history),
            None => row.disk_rates.unwrap_or_default(),
        }
    }

    /// The rates of all sessions.
    #[must_use]
    pub fn total(&self) -> Rates {
        let mut total = self.rates(&self.history);
        for row in self.rows.iter().filter(|row| row.history.range().is_none()) {
            if let Some(rates) = &row.disk_rates {
                total.add(rates);
            }
        }
        total
    }

    /// Events that were lost, of all kinds and CPUs.
    #[must_use]
    pub fn lost(&self) -> u64 {
        self.lost.values().sum()
    }

    /// All connections, by number.
    pub fn links(&self) -> impl Iterator<Item = &Link> {
        self.links.iter().flatten()
    }

    /// A connection.
    #[must_use]
    pub fn link(&self, id: ConnectionId) -> Option<&Link> {
        self.links.get((id.0 as usize).checked_sub(1)?)?.as_ref()
    }

    fn link_mut(&mut self, id: ConnectionId) -> Option<&mut Link> {
        self.links.get_mut((id.0 as usize).checked_sub(1)?)?.as_mut()
    }

    /// The row of the session an incident is about.
    #[must_use]
    pub fn row_of_incident(&self, incident: &Incident) -> Option<usize> {
        let place = &incident.place;
        let of_sid = || self.place_of(place.session?);
        place.connection.and_then(|id| self.link(id)?.row).or_else(of_sid)
    }

    /// The row of a session of the kernel, if it is known.
    #[must_use]
    pub fn place_of(&self, sid: u32) -> Option<usize> {
        self.by_sid.get(&sid).copied()
    }

    /// The row of a session of the model.
    fn row_of(&mut self, index: usize, sid: Option<u32>) -> usize {
        if self.by_index.len() <= index {
            self.by_index.resize(index + 1, None);
        }
        let known = self.by_index.get(index).copied().flatten();
        let known = known.or_else(|| sid.and_then(|sid| self.by_sid.get(&sid).copied()));
        let row = known.unwrap_or_else(|| self.new_row());
        if let Some(place) = self.by_index.get_mut(index) {
            *place = Some(row);
        }
        if let Some(sid) = sid
            && self.by_sid.insert(sid, row).is_none()
        {
            self.logged_before(sid);
        }
        row
    }

    /// The row of a session of the kernel.
    fn row_of_sid(&mut self, sid: u32) -> usize {
        if let Some(&row) = self.by_sid.get(&sid) {
            return row;
        }
        let row = self.new_row();
        self.by_sid.insert(sid, row);
        if let Some(row) = self.rows.get_mut(row) {
            row.sid = Some(sid);
        }
        self.logged_before(sid);
        row
    }

    fn incident(&mut self, teller: Teller, incident: Incident) {
        let row = self.row_of_incident(&incident);
        if teller == Teller::Log
            && let Some(row) = row.and_then(|row| self.rows.get_mut(row))
        {
            row.logged(&incident);
        }
        self.incidents.insert((teller, incident.number), incident);
        if self.incidents.len() > INCIDENTS_MAX {
            self.incidents.pop_first();
        }
    }

    /// What logs told of a session before it was known.
    fn logged_before(&mut self, sid: u32) {
        let Some(row) = self.place_of(sid).and_then(|row| self.rows.get_mut(row)) else { return };
        for ((teller, _), incident) in &self.incidents {
            if *teller == Teller::Log && incident.place.session == Some(sid) {
                row.logged(incident);
            }
        }
    }

    fn new_row(&mut self) -> usize {
        self.rows.push(Row::default());
        self.rows.len() - 1
    }

    fn finding(&mut self, finding: &Finding) {
        let row = self.link(finding.connection).and_then(|link| link.row);
        self.problem(finding.stamp.time, row, finding.kind.to_string());
    }

    /// Notes that something went wrong.
    fn problem(&mut self, time: Timestamp, row: Option<usize>, text: String) {
        if let Some(row) = row.and_then(|row| self.rows.get_mut(row)) {
            row.problems += 1;
            row.last_problem = Some(text.clone());
        }
        if self.problems.len() >= PROBLEMS_MAX {
            self.problems.pop_front();
        }
        self.problems_seen += 1;
        self.problems.push_back(Problem { time, row, text });
    }
}
