//! What comes of an incident: attempts to come back, an end.

use iscsi_decoders::Timestamp;
use iscsi_decoders::stream::{ConnectionId, Stamp};

use super::picture::note;
use super::{Change, Engine, Key, Open, SETTLED, Sink};
use crate::why::incident::{LedTo, Moment, MomentKind, What};

impl Engine {
    /// A session is logged in (again).
    pub(in crate::why) fn is_up(&mut self, id: ConnectionId, at: Stamp, sink: &mut impl Sink) {
        let key = self.key(id);
        let ledger = self.ledgers.get(&id);
        let ends = ledger.and_then(|ledger| ledger.place.ends);
        let began = ledger.and_then(|ledger| ledger.login.began).unwrap_or(at);
        let pair = ends.map(|ends| Key::Pair(ends.initiator.ip(), ends.target));
        let session = self.sessions.entry(key.clone()).or_default();
        session.current = Some(id);
        session.stopped = None;
        for open in &mut self.open {
            let same = open.key == key || Some(&open.key) == pair.as_ref();
            // A login that was under way before is somebody else's.
            let is_later = began.time >= open.incident.began.time;
            let is_over = open.down && open.connection != Some(id) && is_later;
            if same && is_over && open.incident.led_to.recovered.is_none() {
                let lasted = at.time.since(open.incident.began.time);
                open.incident.led_to.recovered = Some((at, lasted));
                let text = "logged in again".into();
                note(&mut open.incident, Moment { stamp: at, kind: MomentKind::Incident, text });
                open.told = true;
                sink(&open.incident, Change::Changed);
            }
        }
        self.open.retain(|open| open.incident.led_to.recovered.is_none());
    }

    /// A session was logged out or removed on purpose.
    pub(in crate::why) fn is_gone(&mut self, key: &Key, at: Stamp, sink: &mut impl Sink) {
        for open in self.open.iter_mut().filter(|open| open.key == *key && open.down) {
            if open.incident.led_to.removed.is_none() {
                open.incident.led_to.removed = Some(at);
                let text = "the session was removed".into();
                note(&mut open.incident, Moment { stamp: at, kind: MomentKind::Incident, text });
                sink(&open.incident, Change::Changed);
            }
        }
        self.open.retain(|open| open.key != *key || !open.down);
    }

    /// Adds to what came of the outage of a session.
    pub(in crate::why) fn during(&mut self, key: &Key, add: impl Fn(&mut LedTo)) {
        if let Some(open) = self.open.iter_mut().rev().find(|open| open.key == *key && open.down) {
            add(&mut open.incident.led_to);
            open.told = false;
        }
    }

    /// Adds an entry to the timelines of a session's incidents.
    pub(in crate::why) fn note(&mut self, key: &Key, moment: &Moment) {
        for open in self.open.iter_mut().filter(|open| open.key == *key) {
            note(&mut open.incident, moment.clone());
            open.told = false;
        }
    }

    /// Whether a session of this key has an outage under way.
    pub(in crate::why) fn is_down(&self, key: &Key) -> bool {
        self.open.iter().any(|open| open.key == *key && open.down)
    }

    /// Forgets what is over without an end of the connection.
    pub(in crate::why) fn settle(&mut self, now: Timestamp, sink: &mut impl Sink) {
        self.open.retain_mut(|open| {
            let is_over = !open.down && now.since(open.last.time) >= SETTLED;
            if is_over {
                held(open, sink);
            }
            !is_over
        });
    }

    /// The source ended: what is under way stays as it is.
    pub(in crate::why) fn end(&mut self, last: Stamp, sink: &mut impl Sink) {
        for mut open in std::mem::take(&mut self.open) {
            if !open.down {
                held(&mut open, sink);
                continue;
            }
            let led_to = &mut open.incident.led_to;
            if led_to.recovered.is_none() && led_to.removed.is_none() {
                led_to.still_down = Some(last.time.since(open.incident.began.time).max(0));
            }
            sink(&open.incident, Change::Changed);
        }
    }
}

/// The connection went on.
fn held(open: &mut Open, sink: &mut impl Sink) {
    // What was not answered up to the end of the source may have come to anything.
    if open.incident.what.iter().any(|what| matches!(what, What::Unanswered { .. })) {
        open.incident.led_to.still_down = Some(0);
    } else {
        open.incident.led_to.held = open.was_up;
    }
    if open.was_up || !open.told {
        sink(&open.incident, Change::Changed);
    }
}
