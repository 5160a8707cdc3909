//! Raw events of one round.

/// Raw events, kept until it is known what was lost beside them.
#[derive(Debug, Default)]
pub struct Round {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Round {
    pub fn push(&mut self, event: &[u8]) {
        self.bytes.extend_from_slice(event);
        self.ends.push(self.bytes.len());
    }

    pub fn drain(&mut self, take: &mut impl FnMut(&[u8])) {
        let mut start = 0;
        for end in self.ends.drain(..) {
            take(self.bytes.get(start..end).unwrap_or_default());
            start = end;
        }
        self.bytes.clear();
    }
}
