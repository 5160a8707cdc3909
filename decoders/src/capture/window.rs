/// Smallest room worth a read, bytes: with less the window is shifted first.
const WORTHWHILE: usize = 64 << 10;

/// A window over a byte stream: bytes enter at the end, leave at the front, and are looked at in place.
///
/// Bytes are moved only when the room behind them is used up, and then only those not yet consumed.
#[derive(Debug)]
pub(super) struct Window {
    bytes: Vec<u8>,
    start: usize,
    end: usize,
    offset: u64,
}

impl Window {
    pub(super) fn with_capacity(capacity: usize) -> Self {
        Self { bytes: vec![0; capacity], start: 0, end: 0, offset: 0 }
    }

    /// What has been read and not consumed.
    pub(super) fn data(&self) -> &[u8] {
        self.bytes.get(self.start..self.end).unwrap_or_default()
    }

    /// Offset in the stream of the first byte of [`Self::data`].
    pub(super) fn offset(&self) -> u64 {
        self.offset
    }

    /// Consumes `count` bytes and returns them.
    pub(super) fn take(&mut self, count: usize) -> &[u8] {
        let from = self.start;
        self.start = from.saturating_add(count).min(self.end);
        self.offset += (self.start - from) as u64;
        self.bytes.get(from..self.start).unwrap_or_default()
    }

    /// Room to read into, for at least `needed` bytes more than there are.
    pub(super) fn room(&mut self, needed: usize) -> &mut [u8] {
        if self.bytes.len() - self.end < needed.max(WORTHWHILE) {
            self.bytes.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
            let least = self.end.saturating_add(needed);
            if self.bytes.len() < least {
                self.bytes.resize(least.next_power_of_two(), 0);
            }
        }
        self.bytes.get_mut(self.end..).unwrap_or_default()
    }

    /// Appends the first `count` bytes of what [`Self::room`] returned.
    pub(super) fn filled(&mut self, count: usize) {
        self.end = self.end.saturating_add(count).min(self.bytes.len());
    }
}

#[cfg(test)]
mod tests {
    use super::Window;

    fn put(window: &mut Window, bytes: &[u8]) {
        window.room(bytes.len())[..bytes.len()].copy_from_slice(bytes);
        window.filled(bytes.len());
    }

    #[test]
    fn keeps_the_unconsumed_tail_when_it_shifts_and_when_it_grows() {
        let mut window = Window::with_capacity(8);
        put(&mut window, b"abcdefgh");
        assert_eq!(window.take(6), b"abcdef");
        put(&mut window, b"ijkl");
        assert_eq!(window.data(), b"ghijkl");
        put(&mut window, b"0123456789");
        assert_eq!(window.data(), b"ghijkl0123456789");
        assert_eq!(window.offset(), 6);
    }

    #[test]
    fn takes_no_more_than_there_is() {
        let mut window = Window::with_capacity(4);
        put(&mut window, b"ab");
        assert_eq!(window.take(10), b"ab");
        assert_eq!(window.offset(), 2);
    }
}
