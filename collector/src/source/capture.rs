//! Capture files: packets in, stream events out.

use std::io::Read;
use std::ops::ControlFlow;

use iscsi_decoders::Timestamp;
use iscsi_decoders::capture::{CaptureError, Reader};
use iscsi_decoders::net::{self, Dissector, Transport};
use iscsi_decoders::stream::{self, Sink, Stamp, Streams};

/// What a capture held.
#[derive(Clone, Copy, Debug, Default)]
pub struct Totals {
    /// Captured bytes of all packets.
    pub bytes: u64,
    /// Time of the first packet.
    pub first: Option<Timestamp>,
    /// The last packet.
    pub last: Stamp,
    /// What became of the packets.
    pub net: net::Stats,
    /// What became of the TCP segments.
    pub streams: stream::Stats,
}

/// A capture being decoded.
pub struct CaptureSource<R> {
    reader: Reader<R>,
    dissector: Dissector,
    streams: Streams,
    totals: Totals,
}

impl<R: Read> CaptureSource<R> {
    /// A source over a capture file's bytes; `ports` are target ports besides the well-known ones.
    ///
    /// # Errors
    /// When the input is no capture.
    pub fn new(input: R, ports: &[u16]) -> Result<Self, CaptureError> {
        let mut streams = Streams::default();
        ports.iter().for_each(|&port| streams.add_port(port));
        Ok(Self {
            reader: Reader::new(input)?,
            dissector: Dissector::new(),
            streams,
            totals: Totals::default(),
        })
    }

    /// Reads one packet and hands on what it completes. Breaks at the end.
    ///
    /// # Errors
    /// When the file is damaged; everything before the damage was handed on.
    pub fn step(&mut self, sink: &mut impl Sink) -> Result<ControlFlow<()>, CaptureError> {
        let Some(packet) = self.reader.next_packet()? else { return Ok(ControlFlow::Break(())) };
        let stamp = Stamp { time: packet.time, frame: packet.number };
        self.totals.first.get_or_insert(packet.time);
        self.totals.last = stamp;
        self.totals.bytes += packet.data.len() as u64;
        if let Ok(Transport::Tcp(segment)) = self.dissector.dissect(&packet) {
            self.streams.segment(&segment, stamp, sink);
        }
        Ok(ControlFlow::Continue(()))
    }

    /// Ends the source: what was held back comes out.
    pub fn finish(&mut self, sink: &mut impl Sink) -> Totals {
        self.totals.streams = self.streams.finish(sink);
        self.totals.net = self.dissector.stats();
        self.totals
    }

    /// Bytes of the file read so far, before decompression.
    pub fn bytes_read(&self) -> u64 {
        self.reader.bytes_read()
    }
}
