//! Two streams into one order.

use std::collections::BinaryHeap;

use super::Line;

/// Lines sorted by time, held back until nothing older can come.
#[derive(Debug, Default)]
pub(super) struct Order {
    heap: BinaryHeap<Waiting>,
    arrived: u64,
}

/// How long a line waits for older ones: reading is a few milliseconds apart, a busy machine needs more.
const PATIENCE_NS: i64 = 500_000_000;

#[derive(Debug)]
struct Waiting {
    line: Line,
    /// Equal times stay in the order they came in.
    arrived: u64,
}

impl Order {
    /// Takes a line.
    pub(super) fn push(&mut self, line: Line) {
        self.arrived += 1;
        self.heap.push(Waiting { line, arrived: self.arrived });
    }

    /// The next line that is older than the newest known by more than we wait, where the clock is at `now`.
    pub(super) fn pop(&mut self, now: i64) -> Option<Line> {
        let oldest = self.heap.peek()?.line.time;
        (oldest <= now.saturating_sub(PATIENCE_NS)).then(|| self.heap.pop())?.map(|next| next.line)
    }

    /// The next line, whatever may come.
    pub(super) fn drain(&mut self) -> Option<Line> {
        self.heap.pop().map(|next| next.line)
    }
}

impl Waiting {
    fn key(&self) -> std::cmp::Reverse<(i64, u64)> {
        std::cmp::Reverse((self.line.time, self.arrived))
    }
}

impl PartialEq for Waiting {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Waiting {}

impl PartialOrd for Waiting {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Waiting {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key().cmp(&other.key())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(time: i64, text: &str) -> Line {
        Line { time, event: None, text: text.to_owned() }
    }

    #[test]
    fn lines_come_out_by_time_and_equal_ones_as_they_came() {
        let mut order = Order::default();
        for (time, text) in [(30, "d"), (10, "a"), (20, "b"), (20, "c")] {
            order.push(line(time, text));
        }
        let mut texts = String::new();
        while let Some(line) = order.drain() {
            texts.push_str(&line.text);
        }
        assert_eq!(texts, "abcd");
    }

    #[test]
    fn a_line_waits_for_older_ones_and_no_longer() {
        let mut order = Order::default();
        order.push(line(1_000_000_000, "late"));
        assert_eq!(order.pop(1_100_000_000), None);
        order.push(line(900_000_000, "early"));
        assert_eq!(order.pop(1_450_000_000).unwrap().text, "early");
        assert_eq!(order.pop(1_450_000_000), None);
        assert_eq!(order.pop(1_500_000_000).unwrap().text, "late");
    }
}
