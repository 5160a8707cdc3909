use iscsi_decoders::capture::{Journal, Packet};
use iscsi_decoders::pdu::{Digest, Direction};
use iscsi_decoders::stream::{
    self, ConnectionId, Continued, Ends, Pdu, Stamp, Streams, data_missing,
};
use rustc_hash::FxHashMap;

use super::entry::{Entry, FIELD, Stored};
use super::packet::Recorded;
use super::segment;
use crate::source::Event;

/// What a capture held of recordings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// PDUs.
    pub pdus: u64,
    /// Other events.
    pub events: u64,
    /// Events that were written by another version and mean nothing to this one.
    pub unreadable: u64,
}

/// Takes the blocks of a recording as they are found in a capture.
#[derive(Debug, Default)]
pub struct Reader {
    /// By their number in the recording.
    connections: FxHashMap<u32, Connection>,
    totals: Totals,
    shows_segments: bool,
}

#[derive(Debug)]
struct Connection {
    id: ConnectionId,
    ends: Ends,
    text: [Continued; 2],
}

impl Reader {
    /// From here on TCP segments are handed on as well.
    pub fn show_segments(&mut self) {
        self.shows_segments = true;
    }

    /// Takes a packet; `false` if it is neither a PDU nor a segment of a recording.
    pub fn packet(
        &mut self,
        packet: &Packet<'_>,
        streams: &mut Streams,
        sink: &mut impl FnMut(Event<'_>),
    ) -> bool {
        let stamp = Stamp { time: packet.time, frame: packet.number };
        if let Some(recorded) = segment::Recorded::parse(packet) {
            if self.shows_segments {
                let segment::Recorded { ends, direction, segment } = &recorded;
                let (ends, direction) = (*ends, *direction);
                sink(Event::Segment { stamp, ends, direction, segment });
            }
            return true;
        }
        let Some(recorded) = Recorded::parse(packet) else { return false };
        let (src, dst) = (recorded.src, recorded.dst);
        let (initiator, target) =
            if recorded.direction == Direction::ToTarget { (src, dst) } else { (dst, src) };
        let ends = Ends { initiator, target };
        // Where the part of the recording with its opening is cut away, it opens here.
        let connection = self.connections.entry(recorded.connection).or_insert_with(|| {
            let id = streams.number_connection();
            let opened = stream::Event::Opened { connection: id, ends, stamp, from_start: false };
            sink(Event::Stream(opened));
            Connection { id, ends, text: Default::default() }
        });
        self.totals.pdus += 1;
        let [to_target, to_initiator] = &mut connection.text;
        let text = if recorded.direction == Direction::ToTarget { to_target } else { to_initiator };
        let Recorded { header, data, .. } = &recorded;
        let missing = data_missing(header, data.len());
        let complete = match recorded.header_digest {
            Digest::Bad { .. } => &[],
            _ => text.take(header, data, missing),
        };
        sink(Event::Stream(stream::Event::Pdu(Pdu {
            connection: connection.id,
            ends: connection.ends,
            direction: recorded.direction,
            stamp,
            header,
            ahs: recorded.ahs,
            data,
            data_missing: missing,
            text: complete,
            header_digest: recorded.header_digest,
            data_digest: recorded.data_digest,
            origin: recorded.origin,
        })));
        true
    }

    /// Takes a journal entry. Entries of other programs mean nothing here.
    pub fn journal(
        &mut self,
        journal: &Journal<'_>,
        streams: &mut Streams,
        sink: &mut impl FnMut(Event<'_>),
    ) -> Option<Stamp> {
        let text = journal.field(FIELD)?;
        let Some(entry) = Entry::parse(text) else {
            self.totals.unreadable += 1;
            return None;
        };
        self.totals.events += 1;
        let stamp = Stamp { time: entry.time(), frame: journal.number };
        let known = entry.connection.and_then(|number| self.connections.get_mut(&number));
        let direction = |sent| if sent { Direction::ToTarget } else { Direction::ToInitiator };
        match entry.event {
            Stored::Kernel(event) => {
                let mut event = event.into_owned();
                event.stamp = stamp;
                event.connection = known.map(|connection| connection.id);
                sink(Event::Kernel(&event));
            }
            Stored::Opened { initiator, target, from_start } => {
                let ends = Ends { initiator, target };
                let id = streams.number_connection();
                let connection = Connection { id, ends, text: Default::default() };
                self.connections.insert(entry.connection?, connection);
                sink(Event::Stream(stream::Event::Opened {
                    connection: id,
                    ends,
                    stamp,
                    from_start,
                }));
            }
            Stored::Skipped { sent, bytes } => {
                let (direction, connection) = (direction(sent), known?);
                connection.text.iter_mut().for_each(Continued::lost);
                let connection = connection.id;
                sink(Event::Stream(stream::Event::Skipped { connection, direction, stamp, bytes }));
            }
            Stored::Closed { sent, reset } => {
                let (direction, connection) = (direction(sent), known?.id);
                sink(Event::Stream(stream::Event::Closed { connection, direction, stamp, reset }));
            }
        }
        Some(stamp)
    }

    /// What there was so far.
    pub fn totals(&self) -> Totals {
        self.totals
    }
}
