//! Both directions of a connection in capture order, while one of them waits for a segment.
//!
//! A direction that waits for a lost or late segment gives out what it holds only when the wait is over. If the other
//! direction did not wait with it, answers would come before their questions. User data is not kept, so what waits
//! is little more than headers.

use std::collections::VecDeque;

use super::{Event, Pdu, Sink};
use crate::pdu::{Bhs, Direction};

/// Memory that events may wait in; a capture that holds back more is not waited for.
const WAITING_COST_MAX: usize = 16 << 20;

/// Events in the order of the packets they end in.
#[derive(Debug, Default)]
pub(super) struct Order {
    /// With the packet each counts from: its own, or that of the event before it in its direction if that is later.
    events: VecDeque<(u64, Owned)>,
    /// What they take, bytes.
    cost: usize,
    /// Those of the last event of each direction that waited.
    last: [u64; 2],
    /// Whether a direction waits for a segment.
    pub waiting: bool,
}

/// An event that outlives the buffers it was made from.
#[derive(Debug)]
enum Owned {
    Pdu(Box<OwnedPdu>),
    Other(Event<'static>),
}

#[derive(Debug)]
struct OwnedPdu {
    header: Bhs,
    ahs: Vec<u8>,
    data: Vec<u8>,
    text: Vec<u8>,
    /// Everything else, with empty slices.
    rest: Pdu<'static>,
}

const NO_HEADER: &Bhs = &Bhs([0; 48]);

impl Owned {
    fn new(event: Event<'_>) -> Self {
        Self::Other(match event {
            Event::Pdu(pdu) => {
                let Pdu { header, ahs, data, text, .. } = pdu;
                let rest = Pdu { header: NO_HEADER, ahs: &[], data: &[], text: &[], ..pdu };
                let (ahs, data, text) = (ahs.to_vec(), data.to_vec(), text.to_vec());
                return Self::Pdu(Box::new(OwnedPdu { header: *header, ahs, data, text, rest }));
            }
            Event::Opened { connection, ends, stamp, from_start } => {
                Event::Opened { connection, ends, stamp, from_start }
            }
            Event::Skipped { connection, direction, stamp, bytes } => {
                Event::Skipped { connection, direction, stamp, bytes }
            }
            Event::Closed { connection, direction, stamp, reset } => {
                Event::Closed { connection, direction, stamp, reset }
            }
        })
    }

    fn cost(&self) -> usize {
        let own = size_of::<(u64, Self)>();
        match self {
            Self::Other(_) => own,
            Self::Pdu(pdu) => {
                let OwnedPdu { ahs, data, text, .. } = &**pdu;
                own + size_of::<OwnedPdu>() + ahs.len() + data.len() + text.len()
            }
        }
    }

    fn send(&self, sink: &mut impl Sink) {
        sink.event(match self {
            Self::Other(event) => *event,
            Self::Pdu(pdu) => {
                let OwnedPdu { header, ahs, data, text, rest } = &**pdu;
                Event::Pdu(Pdu { header, ahs, data, text, ..*rest })
            }
        });
    }
}

impl Order {
    /// Hands on what no event to come can precede: those to come end in packet `before` or later.
    pub fn release(&mut self, before: u64, sink: &mut impl Sink) {
        while self.cost > WAITING_COST_MAX
            || self.events.front().is_some_and(|(frame, _)| *frame < before)
        {
            let Some((_, event)) = self.events.pop_front() else { return };
            self.cost -= event.cost();
            event.send(sink);
        }
    }

    fn hold(&mut self, event: Event<'_>) {
        let (direction, frame) = match event {
            // Nothing is before it, though a PDU that waited with the other direction may end in an earlier packet.
            Event::Opened { .. } => {
                let owned = Owned::new(event);
                self.cost += owned.cost();
                self.events.push_front((0, owned));
                return;
            }
            Event::Pdu(pdu) => (pdu.direction, pdu.stamp.frame),
            Event::Skipped { direction, stamp, .. } | Event::Closed { direction, stamp, .. } => {
                (direction, stamp.frame)
            }
        };
        let [to_target, to_initiator] = &mut self.last;
        let last = if direction == Direction::ToTarget { to_target } else { to_initiator };
        *last = frame.max(*last);
        let at = self.events.partition_point(|(frame, _)| *frame <= *last);
        let owned = Owned::new(event);
        self.cost += owned.cost();
        self.events.insert(at, (*last, owned));
    }
}

/// A sink in front of which events wait for their turn.
pub(super) struct Ordered<'c, S> {
    pub order: &'c mut Order,
    pub sink: &'c mut S,
}

impl<S: Sink> Sink for Ordered<'_, S> {
    #[inline]
    fn event(&mut self, event: Event<'_>) {
        if self.order.waiting || !self.order.events.is_empty() {
            self.order.hold(event);
        } else {
            self.sink.event(event);
        }
    }
}
