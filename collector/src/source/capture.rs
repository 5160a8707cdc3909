//! Capture files: packets in, stream events out.

use std::io::Read;
use std::ops::ControlFlow;

use iscsi_decoders::Timestamp;
use iscsi_decoders::capture::{CaptureError, Item, Reader};
use iscsi_decoders::dhcp;
use iscsi_decoders::isns::{Message, Route, Traffic};
use iscsi_decoders::net::{self, Dissector, Transport, UdpDatagram};
use iscsi_decoders::stream::{self, Stamp, Streams};

use super::Event;
use crate::recording;

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
    /// What there was of recordings.
    pub recorded: recording::Totals,
}

/// A capture being decoded.
pub struct CaptureSource<R> {
    reader: Reader<R>,
    dissector: Dissector,
    streams: Streams,
    isns: Traffic,
    recording: recording::Reader,
    totals: Totals,
    shows_segments: bool,
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
            isns: Traffic::default(),
            recording: recording::Reader::default(),
            totals: Totals::default(),
            shows_segments: false,
        })
    }

    /// From here on TCP segments are handed on as well: what ended a connection is often to be seen below iSCSI.
    pub fn show_segments(&mut self) {
        self.shows_segments = true;
        self.recording.show_segments();
    }

    /// Reads one packet or entry of a recording and hands on what it completes. Breaks at the end.
    ///
    /// # Errors
    /// When the file is damaged; everything before the damage was handed on.
    pub fn step(
        &mut self,
        sink: &mut impl FnMut(Event<'_>),
    ) -> Result<ControlFlow<()>, CaptureError> {
        let packet = match self.reader.next_item()? {
            None => return Ok(ControlFlow::Break(())),
            Some(Item::Packet(packet)) => packet,
            Some(Item::Journal(journal)) => {
                if let Some(stamp) = self.recording.journal(&journal, &mut self.streams, sink) {
                    self.totals.first.get_or_insert(stamp.time);
                    self.totals.last = stamp;
                }
                return Ok(ControlFlow::Continue(()));
            }
        };
        let stamp = Stamp { time: packet.time, frame: packet.number };
        self.totals.first.get_or_insert(packet.time);
        self.totals.last = stamp;
        self.totals.bytes += packet.data.len() as u64;
        if self.recording.packet(&packet, &mut self.streams, sink) {
            return Ok(ControlFlow::Continue(()));
        }
        let mut isns = |message: &Message<'_>, route, stamp| {
            sink(Event::Isns { stamp, route, message });
        };
        match self.dissector.dissect(&packet) {
            Ok(Transport::Tcp(segment)) => {
                self.isns.segment(&segment, stamp, &mut isns);
                if self.shows_segments
                    && let Some((ends, direction)) = self.streams.route(&segment)
                {
                    sink(Event::Segment { stamp, ends, direction, segment: &segment });
                }
                let mut events = |event: stream::Event<'_>| sink(Event::Stream(event));
                self.streams.segment(&segment, stamp, &mut events);
            }
            Ok(Transport::Udp(datagram)) => {
                self.isns.datagram(&datagram, stamp, &mut isns);
                dhcp(&datagram, stamp, sink);
            }
            Err(_) => {}
        }
        Ok(ControlFlow::Continue(()))
    }

    /// Ends the source: what was held back comes out.
    pub fn finish(&mut self, sink: &mut impl FnMut(Event<'_>)) -> Totals {
        let mut events = |event: stream::Event<'_>| sink(Event::Stream(event));
        self.totals.streams = self.streams.finish(&mut events);
        self.totals.net = self.dissector.stats();
        self.totals.recorded = self.recording.totals();
        self.totals
    }

    /// Bytes of the file read so far, before decompression.
    pub fn bytes_read(&self) -> u64 {
        self.reader.bytes_read()
    }
}

/// Of DHCP only what leads to name servers is of interest here.
fn dhcp(datagram: &UdpDatagram<'_>, stamp: Stamp, sink: &mut impl FnMut(Event<'_>)) {
    if ![dhcp::SERVER_PORT, dhcp::CLIENT_PORT].contains(&datagram.dst.port()) {
        return;
    }
    if let Ok(message) = dhcp::Message::parse(datagram.payload)
        && (message.isns().is_some() || message.requests_isns())
    {
        let route = Route { src: datagram.src, dst: datagram.dst };
        sink(Event::Dhcp { stamp, route, message: &message });
    }
}
