//! Portals that take no connection.

use iscsi_decoders::pdu::Direction;
use iscsi_decoders::stream::{ConnectionId, Ends, Stamp};

use super::{Engine, Key, Sink};
use crate::why::incident::{Moment, MomentKind, What};
use crate::why::ledger::Ledger;

/// A SYN is sent again after a second.
const SYN_MIN: i64 = 1_000_000_000;

impl Engine {
    /// A portal took no connection, and no session is known to suffer from it.
    pub(in crate::why) fn no_connection(
        &mut self,
        ends: Ends,
        refused: bool,
        at: Stamp,
        sink: &mut impl Sink,
    ) {
        let key = Key::Pair(ends.initiator.ip(), ends.target);
        // Tried again and again it is still one incident.
        if self.open.iter().any(|open| open.key == key) {
            return;
        }
        let mut ledger = Ledger::default();
        ledger.place.ends = Some(ends);
        ledger.wire = self.wires.get(&ends).copied().unwrap_or_default();
        ledger.sees.segments = true;
        let what = What::NoConnection { refused };
        self.new_incident(&key, ConnectionId(0), what, at, &ledger, sink);
        if let Some(open) = self.open.last_mut().filter(|open| open.key == key) {
            open.down = true;
            open.connection = None;
        }
    }

    /// SYNs that nothing came back for.
    pub(super) fn portals_at_end(&mut self, last: Stamp, sink: &mut impl Sink) {
        let tried = self.wires.iter().filter(|(_, wire)| {
            let old = |first: Stamp| last.time.since(first.time) >= SYN_MIN;
            let half = wire.half(Direction::ToInitiator);
            !wire.accepted
                && !wire.is_explained
                && half.ended.is_none()
                && wire.syn.is_some_and(|(first, count)| count > 1 && old(first))
        });
        let mut tried: Vec<(Ends, Stamp)> =
            tried.filter_map(|(ends, wire)| Some((*ends, wire.syn?.0))).collect();
        tried.sort_by_key(|(_, first)| (first.time, first.frame));
        for (ends, first) in tried {
            let text: Box<str> = format!("{} does not answer SYNs", ends.target).into();
            let moment = Moment { stamp: first, kind: MomentKind::Tcp, text };
            if !self.is_part_of_outage(ends, &moment) {
                self.no_connection(ends, false, first, sink);
            }
        }
    }
}
