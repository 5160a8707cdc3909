//! Timers that run, from what is known of each session; and those that would, from its settings.

use iscsi_collector::stats::Board;
use iscsi_collector::stats::board::{Row, State};
use iscsi_collector::why::timers::{self, Chain};

use super::Model;
use crate::format::hang;

/// A timer.
#[derive(Clone, Debug, PartialEq)]
pub struct Timer {
    pub row: usize,
    pub name: &'static str,
    /// Nanoseconds since it was started.
    pub passed: Option<i64>,
    /// Seconds it runs; absent is for ever.
    pub limit: Option<u32>,
    /// What happens when it fires.
    pub then: &'static str,
}

impl Timer {
    /// Nanoseconds that are left.
    pub fn left(&self) -> Option<i64> {
        Some((i64::from(self.limit?) * 1_000_000_000 - self.passed?).max(0))
    }
}

/// All timers of the sessions shown, those that fire first at the top.
pub fn timers(model: &Model) -> Vec<Timer> {
    let mut all = Vec::new();
    for (place, row) in model.board.rows.iter().enumerate() {
        if model.shows(Some(place)) && !row.state.is_over() {
            of_row(&model.board, place, row, &mut all);
        }
    }
    all.sort_by_key(|timer| timer.left().unwrap_or(i64::MAX));
    all
}

/// What would fire when, by the settings: of the session that is looked at, or of the only one.
pub fn chain(model: &Model) -> Option<(usize, Chain)> {
    let rows = model.board.rows.iter().enumerate();
    let mut shown = rows.filter(|(place, row)| model.shows(Some(*place)) && !row.state.is_over());
    let (place, row) = shown.next()?;
    let host = row.host.as_deref().filter(|_| shown.next().is_none())?;
    Some((place, timers::chain(host, &model.machine)))
}

/// The same as `iscsi-trace why --timers` writes it, in lines of at most so many columns.
pub fn lines(chain: &Chain, width: usize) -> Vec<String> {
    let mut out = Vec::new();
    // Writing to memory cannot fail.
    let _ = timers::write(&mut out, chain);
    String::from_utf8_lossy(&out).lines().flat_map(|line| hang(line, width)).collect()
}

fn of_row(board: &Board, place: usize, row: &Row, all: &mut Vec<Timer>) {
    let now = board.now;
    let mut add = |name, passed, limit, then| {
        all.push(Timer { row: place, name, passed, limit, then });
    };
    if let Some(recovering) = row.recovering {
        let passed = Some(now.since(recovering.since).max(0));
        add("recovery", passed, recovering.limit, "I/O that waits fails, the session is FREE");
    }
    if let Some(ping) = row.ping {
        let since_run = now.since(ping.ran).max(0);
        let age = |since: Option<u64>| {
            since.map(|since| i64::try_from(since).unwrap_or(i64::MAX).saturating_add(since_run))
        };
        match ping.outstanding {
            Some(_) => {
                let then = "connection error 1022, recovery begins";
                add("ping answer", age(ping.outstanding), Some(ping.timeout), then);
            }
            None => {
                let then = "a ping is sent, if nothing came meanwhile";
                add("ping", age(ping.since_received), Some(ping.interval), then);
            }
        }
    }
    let links = row.connections.iter().filter_map(|&id| board.link(id));
    let oldest =
        links.filter(|link| link.closed.is_none()).filter_map(|link| link.gauges?.oldest).min();
    if let Some(oldest) = oldest.filter(|_| row.state != State::Failed) {
        let host = row.host.as_deref();
        let limit =
            host.and_then(|host| host.devices.iter().filter_map(|unit| unit.timeout_s).min());
        let then = "the error handler aborts it";
        add("oldest command", Some(now.since(oldest).max(0)), limit, then);
    }
}
