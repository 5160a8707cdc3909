/// A set of numbers as sorted, separate, non-adjacent ranges `start..end`.
#[derive(Debug, Default)]
pub(super) struct Ranges(Vec<(u32, u32)>);

impl Ranges {
    /// Whether every number of `start..end` is in the set.
    pub(super) fn contains(&self, start: u32, end: u32) -> bool {
        start >= end || self.0.iter().any(|&(from, to)| from <= start && end <= to)
    }

    /// Whether some number of `start..end` is in the set.
    pub(super) fn overlaps(&self, start: u32, end: u32) -> bool {
        self.0.iter().any(|&(from, to)| from < end && start < to)
    }

    /// The end of the range that starts at 0; 0 when there is none.
    pub(super) fn prefix(&self) -> u32 {
        self.0.first().map_or(0, |&(from, to)| if from == 0 { to } else { 0 })
    }

    /// The end of the last range.
    pub(super) fn end(&self) -> u32 {
        self.0.last().map_or(0, |&(_, to)| to)
    }

    /// Adds `start..end`.
    pub(super) fn insert(&mut self, mut start: u32, mut end: u32) {
        if start >= end {
            return;
        }
        let first = self.0.partition_point(|&(_, to)| to < start);
        let last = self.0.partition_point(|&(from, _)| from <= end);
        for &(from, to) in self.0.get(first..last).unwrap_or_default() {
            start = start.min(from);
            end = end.max(to);
        }
        self.0.splice(first..last, [(start, end)]);
    }
}

#[cfg(test)]
mod tests {
    use super::Ranges;

    #[test]
    fn ranges_that_touch_or_overlap_become_one() {
        let mut ranges = Ranges::default();
        for (start, end) in [(8, 16), (24, 32), (40, 48), (5, 5)] {
            ranges.insert(start, end);
        }
        assert_eq!(ranges.0, [(8, 16), (24, 32), (40, 48)]);
        ranges.insert(16, 24);
        assert_eq!(ranges.0, [(8, 32), (40, 48)]);
        ranges.insert(30, 44);
        assert_eq!(ranges.0, [(8, 48)]);
        ranges.insert(0, 2);
        assert_eq!(ranges.0, [(0, 2), (8, 48)]);
        assert_eq!((ranges.prefix(), ranges.end()), (2, 48));
    }

    #[test]
    fn membership_follows_the_ends_exactly() {
        let mut ranges = Ranges::default();
        ranges.insert(8, 16);
        assert!(ranges.contains(8, 16) && !ranges.contains(7, 16) && !ranges.contains(8, 17));
        assert!(ranges.overlaps(15, 20) && !ranges.overlaps(16, 20) && !ranges.overlaps(0, 8));
        assert_eq!(ranges.prefix(), 0);
    }
}
