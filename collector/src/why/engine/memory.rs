//! What is remembered of connections and sessions, and no more.

use iscsi_decoders::stream::{ConnectionId, Ends, Stamp};

use super::{Engine, REMEMBERED};
use crate::why::ledger::session::Life;

impl Engine {
    /// A connection ended.
    pub(in crate::why) fn life_ended(&mut self, id: ConnectionId, down: Stamp, by_target: bool) {
        let key = self.key(id);
        let up = self.ledgers.get(&id).and_then(|ledger| ledger.login.done);
        let session = self.sessions.entry(key).or_default();
        if session.lives.iter().all(|life| life.connection != id) {
            session.ended(Life { connection: id, up, down, by_target });
        }
    }

    /// Keeps memory bounded: what is over is forgotten.
    pub(in crate::why) fn forget(&mut self) {
        if self.ledgers.len() > REMEMBERED {
            let closed = self.ledgers.iter().filter(|(_, ledger)| ledger.closed.is_some());
            let oldest = closed.map(|(id, _)| *id).min();
            if let Some(id) = oldest.or_else(|| self.ledgers.keys().copied().min()) {
                self.ledgers.remove(&id);
                self.keys.remove(&id);
            }
        }
        for map_is_full in [self.wires.len() > REMEMBERED, self.by_ends.len() > REMEMBERED] {
            if map_is_full {
                let known: Vec<Ends> =
                    self.ledgers.values().filter_map(|ledger| ledger.place.ends).collect();
                self.wires.retain(|ends, _| known.contains(ends));
                self.by_ends.retain(|ends, _| known.contains(ends));
            }
        }
        if self.sessions.len() > REMEMBERED {
            self.sessions.clear();
        }
    }
}
