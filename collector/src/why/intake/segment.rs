//! TCP segments.

use iscsi_decoders::net::{TcpFlags, TcpSegment};
use iscsi_decoders::pdu::Direction;
use iscsi_decoders::stream::{Ends, Stamp};

use crate::model::finding::Duration;
use crate::why::engine::{Engine, Key, Sink};
use crate::why::incident::{Moment, MomentKind};
use crate::why::ledger::wire::Notable;

impl Engine {
    pub(in crate::why) fn take_segment(
        &mut self,
        segment: &TcpSegment<'_>,
        ends: Ends,
        direction: Direction,
        stamp: Stamp,
        sink: &mut impl Sink,
    ) {
        self.segments = true;
        let syn = segment.flags.has(TcpFlags::SYN);
        if syn && direction == Direction::ToTarget {
            self.by_ends.remove(&ends);
        }
        let wire = self.wires.entry(ends).or_default();
        let was_tried = wire.syn.is_some() && !wire.accepted;
        let notable = wire.take(segment, direction, stamp);
        let Some(notable) = notable else { return };
        let from_target = direction == Direction::ToInitiator;
        if was_tried && notable == Notable::Reset && from_target {
            self.refused(ends, stamp, sink);
            return;
        }
        let who = if from_target { "target" } else { "initiator" };
        let text = match notable {
            Notable::SynAgain => return self.unanswered_syn(ends, stamp),
            Notable::Again(1, length) => format!("{who}'s TCP sends {length} bytes again"),
            Notable::Again(count, length) => {
                format!("{who}'s TCP sends {length} bytes again, try {}", count + 1)
            }
            Notable::WindowClosed => format!("{who}'s TCP window is closed"),
            Notable::WindowOpened(closed) => {
                format!("{who}'s TCP window is open again after {}", Duration(closed))
            }
            Notable::Fin => format!("FIN from the {who}"),
            Notable::Reset => format!("RST from the {who}'s address"),
        };
        let Some(&id) = self.by_ends.get(&ends) else { return };
        let Some(ledger) = self.ledgers.get_mut(&id) else { return };
        let is_over = ledger.closed.is_some();
        ledger.history.note(stamp, MomentKind::Tcp, text);
        if is_over {
            self.look_again(id, sink);
        }
    }

    /// The portal answered a SYN with RST.
    fn refused(&mut self, ends: Ends, stamp: Stamp, sink: &mut impl Sink) {
        let text: Box<str> = format!("{} refuses connections (RST)", ends.target).into();
        let moment = Moment { stamp, kind: MomentKind::Tcp, text };
        if !self.is_part_of_outage(ends, &moment) {
            self.no_connection(ends, true, stamp, sink);
        }
    }

    /// A SYN is sent again: during an outage that is part of it.
    fn unanswered_syn(&mut self, ends: Ends, stamp: Stamp) {
        let text: Box<str> = format!("{} does not answer SYNs", ends.target).into();
        let is_explained =
            self.is_part_of_outage(ends, &Moment { stamp, kind: MomentKind::Tcp, text });
        if let Some(wire) = self.wires.get_mut(&ends) {
            wire.is_explained = is_explained;
        }
    }

    /// Notes it with the outages of sessions between these two machines.
    pub(in crate::why) fn is_part_of_outage(&mut self, ends: Ends, moment: &Moment) -> bool {
        let between = |other: &Ends| {
            other.initiator.ip() == ends.initiator.ip() && other.target == ends.target
        };
        let concerned: Vec<Key> = self
            .ledgers
            .iter()
            .filter(|(_, ledger)| ledger.place.ends.as_ref().is_some_and(between))
            .map(|(&id, _)| self.key(id))
            .filter(|key| self.is_down(key))
            .collect();
        for key in &concerned {
            self.during(key, |led_to| led_to.failed_logins += 1);
            self.note(key, moment);
        }
        !concerned.is_empty()
    }
}
