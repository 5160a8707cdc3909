//! Counts and service times per session, logical unit and command.

use hdrhistogram::Histogram;
use iscsi_decoders::scsi::Lun;
use rustc_hash::FxHashMap;

use super::task::{Task, Timing};

/// What commands are counted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CommandKey {
    /// The logical unit.
    pub lun: Lun,
    /// The operation code.
    pub opcode: u8,
    /// The command's name, which also tells service actions of one code apart.
    pub name: &'static str,
}

/// Count, bytes and service times of one kind of command. Times are nanoseconds.
#[derive(Debug)]
pub struct CommandStats {
    /// Commands completed.
    pub count: u64,
    /// Of these, with a status other than GOOD.
    pub failed: u64,
    /// Data moved, both ways.
    pub bytes: u64,
    /// Shortest.
    pub min: i64,
    /// Longest.
    pub max: i64,
    sum: i128,
    /// Microseconds, two significant digits.
    histogram: Option<Histogram<u32>>,
}

impl Default for CommandStats {
    fn default() -> Self {
        // Two digits is a precision the library accepts; it grows to the longest time by itself.
        let histogram = Histogram::new(2).ok();
        Self { count: 0, failed: 0, bytes: 0, min: i64::MAX, max: 0, sum: 0, histogram }
    }
}

impl CommandStats {
    fn add(&mut self, task: &Task, timing: Timing, failed: bool) {
        // A capture's clock may step back; a negative time would only mislead.
        let service = timing.service.max(0);
        self.count += 1;
        self.failed += u64::from(failed);
        self.bytes += task.data_in + task.data_out;
        self.min = self.min.min(service);
        self.max = self.max.max(service);
        self.sum += i128::from(service);
        if let Some(histogram) = &mut self.histogram {
            // Grows as far as it must; no number of microseconds is beyond it.
            let _ = histogram.record(service.unsigned_abs() / 1000);
        }
    }

    /// Arithmetic mean.
    pub fn mean(&self) -> i64 {
        i64::try_from(self.sum / i128::from(self.count.max(1))).unwrap_or(i64::MAX)
    }

    /// The time that `percent` of the commands did not exceed.
    pub fn percentile(&self, percent: f64) -> i64 {
        let micros = self.histogram.as_ref().map_or(0, |times| times.value_at_percentile(percent));
        // The histogram's buckets are wider than the extremes we know exactly.
        i64::try_from(micros).unwrap_or(i64::MAX).saturating_mul(1000).max(self.min).min(self.max)
    }
}

/// The commands of one session.
#[derive(Debug, Default)]
pub struct Commands {
    stats: FxHashMap<CommandKey, CommandStats>,
}

impl Commands {
    /// Counts a completed command.
    pub fn complete(&mut self, task: &Task, timing: Timing, failed: bool) {
        let (Some(lun), Some(cdb)) = (task.lun, task.cdb()) else { return };
        let key = CommandKey { lun, opcode: cdb.opcode(), name: cdb.name().unwrap_or("") };
        self.stats.entry(key).or_default().add(task, timing, failed);
    }

    /// All kinds of commands, by logical unit, then by operation code.
    pub fn sorted(&self) -> Vec<(CommandKey, &CommandStats)> {
        let mut all: Vec<_> = self.stats.iter().map(|(key, stats)| (*key, stats)).collect();
        all.sort_by_key(|(key, _)| (key.lun.0, key.opcode, key.name));
        all
    }
}
