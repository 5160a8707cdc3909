//! Two streams into one order.

use std::collections::BinaryHeap;

use super::Line;

/// Lines sorted by time, held back until nothing older can come.
///
/// Sources are read in rounds. What is older than a line that was read has happened, too; so once every source was
/// read to its end in a later round, all of it is here. No clock is needed for that.
#[derive(Debug, Default)]
pub(super) struct Order {
    heap: BinaryHeap<Waiting>,
    arrived: u64,
    /// Lines that came before a round in which all sources were read to their end.
    settled: u64,
}

/// More lines than this do not wait for a source that is written faster than it can be read.
const MOST: usize = 200_000;

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

    /// How many lines came so far.
    pub(super) fn arrived(&self) -> u64 {
        self.arrived
    }

    /// All sources were read to their end since there were this many lines.
    pub(super) fn settle(&mut self, arrived: u64) {
        self.settled = arrived;
    }

    /// The next line that nothing older can come before.
    pub(super) fn pop(&mut self) -> Option<Line> {
        let ready = self.heap.peek()?.arrived <= self.settled || self.heap.len() > MOST;
        ready.then(|| self.heap.pop())?.map(|next| next.line)
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
    fn a_line_waits_until_all_sources_were_read_once_more() {
        let mut order = Order::default();
        order.push(line(20, "from the log"));
        assert_eq!(order.pop(), None);
        let before = order.arrived();
        order.push(line(10, "from the trace, older"));
        order.settle(before);
        assert_eq!(order.pop(), None, "the older one came in this very round");
        order.settle(order.arrived());
        assert_eq!(order.pop().unwrap().text, "from the trace, older");
        assert_eq!(order.pop().unwrap().text, "from the log");
    }
}
