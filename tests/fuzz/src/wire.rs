//! Captures taken apart into what a target's seeds need, owned.

use std::net::SocketAddr;

use iscsi_decoders::capture::Reader;
use iscsi_decoders::net::{Dissector, TcpFlags, TcpSegment, Transport};
use iscsi_decoders::stream::{Event, Pdu, Stamp, Streams};

/// A TCP segment that outlives its packet.
pub struct Segment {
    pub src: SocketAddr,
    pub dst: SocketAddr,
    pub seq: u32,
    pub ack: u32,
    pub flags: TcpFlags,
    pub missing: u32,
    pub payload: Vec<u8>,
}

impl Segment {
    pub fn borrowed(&self) -> TcpSegment<'_> {
        TcpSegment {
            src: self.src,
            dst: self.dst,
            seq: self.seq,
            ack: self.ack,
            flags: self.flags,
            window: 0,
            hops: 64,
            payload: &self.payload,
            missing: self.missing,
        }
    }
}

/// The TCP segments of a capture.
pub fn segments(capture: &[u8]) -> Vec<Segment> {
    let mut found = Vec::new();
    let Ok(mut reader) = Reader::new(capture) else { return found };
    let mut dissector = Dissector::new();
    while let Ok(Some(packet)) = reader.next_packet() {
        if let Ok(Transport::Tcp(segment)) = dissector.dissect(&packet) {
            let TcpSegment { src, dst, seq, ack, flags, missing, payload, .. } = segment;
            let payload = payload.to_vec();
            found.push(Segment { src, dst, seq, ack, flags, missing, payload });
        }
    }
    found
}

/// Shows `see` every PDU of a capture.
pub fn pdus(capture: &[u8], mut see: impl FnMut(&Pdu<'_>)) {
    let mut streams = Streams::default();
    let mut sink = |event: Event<'_>| {
        if let Event::Pdu(pdu) = event {
            see(&pdu);
        }
    };
    for segment in segments(capture) {
        streams.segment(&segment.borrowed(), Stamp::default(), &mut sink);
    }
    streams.finish(&mut sink);
}
