//! One logical unit of a session.

use super::super::history::second;
use crate::stats::{Cells, Counts, Done, bucket_of};

/// What its commands add up to.
#[derive(Clone, Debug, Default)]
pub struct Unit {
    /// All commands since the beginning.
    pub counts: Counts,
    /// Their service times.
    pub cells: Cells,
    /// The longest, nanoseconds.
    pub longest: i64,
    now: (i64, Counts),
    before: (i64, Counts),
}

impl Unit {
    pub(super) fn take(&mut self, done: &Done) {
        let at = second(done.time);
        if self.now.0 != at {
            self.before = std::mem::replace(&mut self.now, (at, Counts::default()));
        }
        self.now.1.take(done);
        self.counts.take(done);
        self.cells.add(done.class, bucket_of(done.service), 1);
        self.longest = self.longest.max(done.service);
    }

    /// What was done in a second, the last or the one before.
    #[must_use]
    pub fn at(&self, second: i64) -> Counts {
        let found = [&self.now, &self.before].into_iter().find(|(at, _)| *at == second);
        found.map_or_else(Counts::default, |(_, counts)| *counts)
    }
}
