//! What happened in each of the last seconds.

use std::collections::VecDeque;

use iscsi_decoders::Timestamp;

use super::{Cells, Class, Done, bucket_of};

/// How far back the history goes.
pub const SECONDS: usize = 120;

/// Commands and bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Commands that read.
    pub reads: u64,
    /// Commands that write.
    pub writes: u64,
    /// All other commands.
    pub others: u64,
    /// Bytes read.
    pub bytes_read: u64,
    /// Bytes written.
    pub bytes_written: u64,
    /// Commands that ended with another status than GOOD.
    pub failed: u64,
}

impl Counts {
    /// All commands.
    #[must_use]
    pub fn commands(&self) -> u64 {
        self.reads + self.writes + self.others
    }

    /// Counts a completed command.
    pub fn take(&mut self, done: &Done) {
        match done.class {
            Class::Read => self.reads += 1,
            Class::Write => self.writes += 1,
            _ => self.others += 1,
        }
        self.bytes_read += done.bytes_read;
        self.bytes_written += done.bytes_written;
        self.failed += u64::from(done.failed);
    }

    /// Adds others.
    pub fn add(&mut self, other: &Self) {
        self.reads += other.reads;
        self.writes += other.writes;
        self.others += other.others;
        self.bytes_read += other.bytes_read;
        self.bytes_written += other.bytes_written;
        self.failed += other.failed;
    }
}

/// One second.
#[derive(Clone, Debug, Default)]
pub struct Column {
    /// What was done.
    pub counts: Counts,
    /// How long it took.
    pub cells: Cells,
    /// The longest, nanoseconds.
    pub longest: i64,
}

/// The last seconds; takes no room while nothing happens.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// The second of the last column, Unix time.
    last: i64,
    columns: VecDeque<Column>,
    /// All columns together: adding them up anew each second for each of many sessions would keep whoever draws waiting.
    sum: Cells,
}

/// The second a time lies in.
pub(super) fn second(time: Timestamp) -> i64 {
    time.0.div_euclid(1_000_000_000)
}

impl History {
    /// Counts a completed command.
    pub fn take(&mut self, done: &Done) {
        let bucket = bucket_of(done.service);
        let column = self.column(second(done.time));
        column.counts.take(done);
        column.cells.add(done.class, bucket, 1);
        column.longest = column.longest.max(done.service);
        self.sum.add(done.class, bucket, 1);
    }

    /// The column of a second. What comes late is counted in the oldest there is.
    fn column(&mut self, at: i64) -> &mut Column {
        if self.columns.is_empty() || at - self.last >= SECONDS as i64 {
            self.columns.clear();
            self.sum.clear();
            self.columns.push_back(Column::default());
            self.last = at;
        }
        while self.last < at {
            self.last += 1;
            let recycled =
                if self.columns.len() >= SECONDS { self.columns.pop_front() } else { None };
            let mut column = recycled.unwrap_or_default();
            self.sum.remove(&column.cells);
            column.counts = Counts::default();
            column.longest = 0;
            column.cells.clear();
            self.columns.push_back(column);
        }
        let back = usize::try_from(self.last - at).unwrap_or(0).min(self.columns.len() - 1);
        let place = self.columns.len() - 1 - back;
        // `place` is below the length, which is at least one.
        &mut self.columns[place]
    }

    /// What a second had, if that is still known.
    #[must_use]
    pub fn at(&self, second: i64) -> Option<&Column> {
        let back = usize::try_from(self.last.checked_sub(second)?).ok()?;
        self.columns.get(self.columns.len().checked_sub(1 + back)?)
    }

    /// The first and the last second that have something.
    #[must_use]
    pub fn range(&self) -> Option<(i64, i64)> {
        let first = self.last - i64::try_from(self.columns.len()).ok()? + 1;
        (!self.columns.is_empty()).then_some((first, self.last))
    }

    /// 50th and 99th percentile and maximum of all service times that are kept, nanoseconds.
    #[must_use]
    pub fn service(&self) -> Option<(i64, i64, i64)> {
        let longest = self.columns.iter().map(|column| column.longest).max()?;
        let percentile = |percent| self.sum.percentile(percent, None).map(|time| time.min(longest));
        Some((percentile(50.0)?, percentile(99.0)?, longest))
    }

    /// Everything from a second on in one column.
    #[must_use]
    pub fn since(&self, second: i64) -> Column {
        let mut sum = Column::default();
        let Some((first, last)) = self.range() else { return sum };
        for column in (second.max(first)..=last).filter_map(|second| self.at(second)) {
            sum.counts.add(&column.counts);
            sum.cells.merge(&column.cells);
            sum.longest = sum.longest.max(column.longest);
        }
        sum
    }
}

#[cfg(test)]
mod tests {
    use iscsi_decoders::stream::ConnectionId;

    use super::*;

    fn done(second: i64) -> Done {
        Done {
            connection: ConnectionId(1),
            time: Timestamp(second * 1_000_000_000 + 5),
            lun: 0,
            class: Class::Read,
            service: 1_000_000,
            bytes_read: 512,
            bytes_written: 0,
            failed: false,
        }
    }

    #[test]
    fn seconds_without_commands_are_there_and_empty() {
        let mut history = History::default();
        [10, 10, 13].iter().for_each(|&second| history.take(&done(second)));
        assert_eq!(history.range(), Some((10, 13)));
        let reads = |second| history.at(second).map(|column| column.counts.reads);
        assert_eq!((reads(9), reads(10), reads(12), reads(13)), (None, Some(2), Some(0), Some(1)));
        assert_eq!(reads(14), None);
        assert_eq!(history.since(11).counts.reads, 1);
        assert_eq!(history.since(0).counts.bytes_read, 3 * 512);
    }

    #[test]
    fn percentiles_are_those_of_the_columns_added_up_whatever_has_left_them() {
        let mut history = History::default();
        for (at, service) in [(0, 900_000_000), (40, 5_000_000), (119, 1_000_000), (150, 70_000)] {
            (0..3).for_each(|_| history.take(&Done { service, ..done(at) }));
            let all = history.since(i64::MIN);
            let percentile =
                |percent| all.cells.percentile(percent, None).unwrap().min(all.longest);
            let expected = (percentile(50.0), percentile(99.0), all.longest);
            assert_eq!(history.service(), Some(expected), "at {at}");
        }
        assert_eq!(history.service().map(|(_, _, longest)| longest), Some(5_000_000));
        history.take(&done(1000));
        assert_eq!(history.service(), Some((1_000_000, 1_000_000, 1_000_000)));
    }

    #[test]
    fn only_the_last_seconds_are_kept_however_far_time_jumps() {
        let mut history = History::default();
        (0..500).for_each(|second| history.take(&done(second)));
        assert_eq!(history.range(), Some((500 - SECONDS as i64, 499)));
        history.take(&done(i64::MAX / 4_000_000_000));
        assert_eq!(history.since(0).counts.reads, 1);
        history.take(&done(0));
        assert_eq!(history.since(0).counts.reads, 2, "late ones count, too");
    }
}
