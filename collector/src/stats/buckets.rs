//! Service times in buckets that grow by a quarter of an octave each: a bucket's ends differ by a fifth.

use super::Class;

/// Buckets: the first is below 1 µs, the last has everything from 33 s.
pub const BUCKETS: usize = 102;

/// Splits of an octave.
const PARTS: u32 = 4;

/// The bucket of a time in nanoseconds.
#[must_use]
pub fn bucket_of(nanoseconds: i64) -> u8 {
    let micros = u64::try_from(nanoseconds / 1000).unwrap_or(0);
    if micros == 0 {
        return 0;
    }
    let octave = micros.ilog2();
    let part = match octave.checked_sub(2) {
        Some(shift) => (micros >> shift) & 3,
        None => (micros << (2 - octave)) & 3,
    };
    let bucket = u64::from(octave * PARTS) + part + 1;
    u8::try_from(bucket.min(BUCKETS as u64 - 1)).unwrap_or(0)
}

/// Where a bucket ends, nanoseconds: no time in it is longer.
#[must_use]
pub fn longest_of(bucket: u8) -> i64 {
    let Some(place) = u32::from(bucket).checked_sub(1) else { return 1000 };
    let (octave, part) = (place / PARTS, place % PARTS);
    let micros = (1_i64 << octave.min(40)) * i64::from(PARTS + part + 1) / i64::from(PARTS);
    micros * 1000
}

/// How many times fell into one bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cell {
    /// Of which class the commands were.
    pub class: Class,
    /// The bucket.
    pub bucket: u8,
    /// How many.
    pub count: u32,
}

/// A histogram that takes no room for what did not happen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cells(Vec<Cell>);

impl Cells {
    /// Counts one time.
    pub fn add(&mut self, class: Class, bucket: u8, count: u32) {
        let same = |cell: &&mut Cell| cell.bucket == bucket && cell.class == class;
        match self.0.iter_mut().find(same) {
            Some(cell) => cell.count = cell.count.saturating_add(count),
            None => self.0.push(Cell { class, bucket, count }),
        }
    }

    /// Counts all of another one.
    pub fn merge(&mut self, other: &Self) {
        other.0.iter().for_each(|cell| self.add(cell.class, cell.bucket, cell.count));
    }

    /// Takes back what was merged before.
    pub fn remove(&mut self, other: &Self) {
        for gone in &other.0 {
            let same = |cell: &Cell| cell.bucket == gone.bucket && cell.class == gone.class;
            let Some(at) = self.0.iter().position(same) else { continue };
            if let Some(cell) = self.0.get_mut(at) {
                cell.count = cell.count.saturating_sub(gone.count);
                if cell.count == 0 {
                    self.0.swap_remove(at);
                }
            }
        }
    }

    /// What there is, in no order.
    pub fn iter(&self) -> impl Iterator<Item = &Cell> {
        self.0.iter()
    }

    /// Forgets everything but keeps the memory.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// The time that `percent` of the commands did not exceed, nanoseconds; only those of `class`, if given.
    #[must_use]
    pub fn percentile(&self, percent: f64, class: Option<Class>) -> Option<i64> {
        let mut counts = [0_u64; BUCKETS];
        for cell in self.iter().filter(|cell| class.is_none_or(|class| class == cell.class)) {
            if let Some(count) = counts.get_mut(usize::from(cell.bucket)) {
                *count += u64::from(cell.count);
            }
        }
        let total: u64 = counts.iter().sum();
        let rank = (total as f64 * percent / 100.0).ceil().max(1.0) as u64;
        let mut seen = 0;
        for (bucket, count) in (0_u8..).zip(counts) {
            seen += count;
            if count > 0 && seen >= rank {
                return Some(longest_of(bucket));
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_time_lies_in_its_bucket_and_buckets_are_a_fifth_wide() {
        let mut last = 0;
        for micros in (1..5000_i64).chain((1..600).map(|n| n * 50_000)) {
            let bucket = bucket_of(micros * 1000);
            assert!(longest_of(bucket) >= micros * 1000, "{micros} µs in {bucket}");
            assert!(longest_of(bucket - 1) <= micros * 1000, "{micros} µs in {bucket}");
            last = last.max(bucket);
        }
        assert!(usize::from(last) < BUCKETS);
        assert_eq!((bucket_of(-5), bucket_of(999)), (0, 0));
        assert_eq!(usize::from(bucket_of(i64::MAX)), BUCKETS - 1);
    }

    #[test]
    fn percentiles_are_of_the_class_asked_for() {
        let mut cells = Cells::default();
        (1..=98).for_each(|_| cells.add(Class::Read, bucket_of(100_000), 1));
        cells.add(Class::Write, bucket_of(50_000_000), 2);
        let near = |found: Option<i64>, expected: i64| {
            let found = found.unwrap();
            assert!(found >= expected && found < expected * 5 / 4, "{found} for {expected}");
        };
        near(cells.percentile(50.0, None), 100_000);
        near(cells.percentile(99.0, None), 50_000_000);
        near(cells.percentile(99.0, Some(Class::Read)), 100_000);
        assert_eq!(cells.percentile(50.0, Some(Class::Sync)), None);
    }
}
