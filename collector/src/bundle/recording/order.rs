//! The events of a copy in the order of the packets they were seen in.
//!
//! A capture's events come as soon as they are sure, which may be after later ones: the bytes behind a gap, or a header
//! that nothing confirmed yet. Their packets' numbers tell the order, and a copy numbers anew.

use std::io;
use std::ops::Range;

use crate::recording::Writer;
use crate::source::Event;

/// Writes a recording whose events may come in any order.
pub(super) struct Ordered {
    writer: Writer<Vec<u8>>,
    /// Where the recording's own head ends.
    head: usize,
    /// Packet, and where in the bytes its event is.
    places: Vec<(u64, Range<usize>)>,
}

impl Ordered {
    pub fn new() -> io::Result<Self> {
        let writer = Writer::new(Vec::new())?;
        let head = writer.get_ref().len();
        Ok(Self { writer, head, places: Vec::new() })
    }

    pub fn event(&mut self, event: &Event<'_>) -> io::Result<()> {
        let begin = self.writer.get_ref().len();
        self.writer.event(event)?;
        self.places.push((event.stamp().frame, begin..self.writer.get_ref().len()));
        Ok(())
    }

    pub fn length(&self) -> u64 {
        self.writer.get_ref().len() as u64
    }

    pub fn into_bytes(self) -> Vec<u8> {
        let Self { writer, head, mut places } = self;
        let bytes = writer.into_inner();
        if places.is_sorted_by_key(|(packet, _)| *packet) {
            return bytes;
        }
        // Stable: what one packet brought keeps its order.
        places.sort_by_key(|(packet, _)| *packet);
        let mut ordered = Vec::with_capacity(bytes.len());
        ordered.extend_from_slice(bytes.get(..head).unwrap_or_default());
        for (_, place) in places {
            ordered.extend_from_slice(bytes.get(place).unwrap_or_default());
        }
        ordered
    }
}
