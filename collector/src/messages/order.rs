//! Several streams into one order.

use std::collections::BinaryHeap;

/// What was read, sorted by time, held back until nothing older can come.
///
/// Sources are read in rounds. What is older than what was read has happened, too; so once every source was
/// read to its end in a later round, all of it is here. No clock is needed for that.
#[derive(Debug)]
pub(super) struct Order<T> {
    heap: BinaryHeap<Waiting<T>>,
    arrived: u64,
    /// How many came before a round in which all sources were read to their end.
    settled: u64,
}

/// More than this do not wait for a source that is written faster than it can be read.
const MOST: usize = 200_000;

#[derive(Debug)]
struct Waiting<T> {
    time: i64,
    what: T,
    /// Equal times stay in the order they came in.
    arrived: u64,
}

impl<T> Order<T> {
    /// With nothing in it.
    pub(super) fn new() -> Self {
        Self { heap: BinaryHeap::new(), arrived: 0, settled: 0 }
    }

    /// Takes what was read.
    pub(super) fn push(&mut self, time: i64, what: T) {
        self.arrived += 1;
        self.heap.push(Waiting { time, what, arrived: self.arrived });
    }

    /// How many came so far.
    pub(super) fn arrived(&self) -> u64 {
        self.arrived
    }

    /// All sources were read to their end since there were this many.
    pub(super) fn settle(&mut self, arrived: u64) {
        self.settled = arrived;
    }

    /// The next that nothing older can come before.
    pub(super) fn pop(&mut self) -> Option<T> {
        let ready = self.heap.peek()?.arrived <= self.settled || self.heap.len() > MOST;
        ready.then(|| self.heap.pop())?.map(|next| next.what)
    }

    /// The next, whatever may come.
    pub(super) fn drain(&mut self) -> Option<T> {
        self.heap.pop().map(|next| next.what)
    }
}

impl<T> Waiting<T> {
    fn key(&self) -> std::cmp::Reverse<(i64, u64)> {
        std::cmp::Reverse((self.time, self.arrived))
    }
}

impl<T> PartialEq for Waiting<T> {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl<T> Eq for Waiting<T> {}

impl<T> PartialOrd for Waiting<T> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> Ord for Waiting<T> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key().cmp(&other.key())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_out_by_time_and_equal_ones_as_they_came() {
        let mut order = Order::new();
        for (time, text) in [(30, "d"), (10, "a"), (20, "b"), (20, "c")] {
            order.push(time, text);
        }
        let mut texts = String::new();
        while let Some(text) = order.drain() {
            texts.push_str(text);
        }
        assert_eq!(texts, "abcd");
    }

    #[test]
    fn a_line_waits_until_all_sources_were_read_once_more() {
        let mut order = Order::new();
        order.push(20, "from the log");
        assert_eq!(order.pop(), None);
        let before = order.arrived();
        order.push(10, "from the trace, older");
        order.settle(before);
        assert_eq!(order.pop(), None, "the older one came in this very round");
        order.settle(order.arrived());
        assert_eq!(order.pop().unwrap(), "from the trace, older");
        assert_eq!(order.pop().unwrap(), "from the log");
    }
}
