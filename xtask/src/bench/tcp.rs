//! A TCP connection between an initiator and a target, seen from a switch between them.

use std::io;

use super::packet::{ACK, Capture, End, FIN, MSS, PSH, SYN, Segment};

/// Who sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Initiator,
    Target,
}

impl Side {
    fn other(self) -> Self {
        match self {
            Self::Initiator => Self::Target,
            Self::Target => Self::Initiator,
        }
    }
}

#[derive(Debug)]
pub struct Connection {
    ends: [End; 2],
    /// Next sequence number of each side.
    next: [u32; 2],
    /// Segments a side has received and not acknowledged.
    unacknowledged: [u8; 2],
}

impl Connection {
    /// Number `index` of those between two hosts.
    pub fn new(index: u16) -> Self {
        let initiator = End { address: [10, 0, 0, 1], port: 40_000 + index };
        let [high, low] = (100 + index).to_be_bytes();
        let target = End { address: [10, 0, high, low], port: 3260 };
        let next = [0x1000_0000, 0xf000_0000].map(|start| start + (u32::from(index) << 16));
        Self { ends: [initiator, target], next, unacknowledged: [0; 2] }
    }

    pub fn open(&mut self, capture: &mut Capture) -> io::Result<()> {
        self.write(capture, Side::Initiator, SYN, &[])?;
        self.write(capture, Side::Target, SYN | ACK, &[])?;
        self.write(capture, Side::Initiator, ACK, &[])
    }

    pub fn close(&mut self, capture: &mut Capture) -> io::Result<()> {
        self.write(capture, Side::Initiator, FIN | ACK, &[])?;
        self.write(capture, Side::Target, FIN | ACK, &[])?;
        self.write(capture, Side::Initiator, ACK, &[])
    }

    /// Sends as much of `bytes` as one segment holds; answers how much that was.
    pub fn send(&mut self, capture: &mut Capture, from: Side, bytes: &[u8]) -> io::Result<usize> {
        let (payload, rest) = bytes.split_at(bytes.len().min(MSS));
        let flags = if rest.is_empty() { ACK | PSH } else { ACK };
        self.write(capture, from, flags, payload)?;
        let waiting = &mut self.unacknowledged[from.other() as usize];
        *waiting += 1;
        // Every second segment is acknowledged at once (RFC 9293, section 3.8.6.3).
        if *waiting == 2 {
            capture.wait(1);
            self.write(capture, from.other(), ACK, &[])?;
        }
        Ok(payload.len())
    }

    fn write(
        &mut self,
        capture: &mut Capture,
        from: Side,
        flags: u8,
        payload: &[u8],
    ) -> io::Result<()> {
        let (us, them) = (from as usize, from.other() as usize);
        let seq = self.next[us];
        let ack = if flags & ACK == 0 { 0 } else { self.next[them] };
        let (from, to) = (self.ends[us], self.ends[them]);
        capture.write(&Segment { from, to, seq, ack, flags, payload })?;
        let counts = payload.len() as u32 + u32::from(flags & (SYN | FIN) != 0);
        self.next[us] = seq.wrapping_add(counts);
        self.unacknowledged[us] = 0;
        Ok(())
    }
}
