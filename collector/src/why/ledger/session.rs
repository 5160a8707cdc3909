//! What is remembered of a session across its connections.

use iscsi_decoders::stream::{ConnectionId, Stamp};

/// A connection of a session that ended soon after its login.
#[derive(Clone, Copy, Debug)]
pub struct Life {
    /// Which.
    pub connection: ConnectionId,
    /// When it was logged in.
    pub up: Option<Stamp>,
    /// When it ended.
    pub down: Stamp,
    /// The target ended it.
    pub by_target: bool,
}

/// Lives kept.
const LIVES: usize = 8;

/// A session.
#[derive(Debug, Default)]
pub struct Session {
    /// Its connections that ended, the last ones.
    pub lives: Vec<Life>,
    /// The last command of iscsid for it.
    pub netlink: Option<Stamp>,
    /// iscsid stopped the connection by itself.
    pub stopped: Option<Stamp>,
    /// The connection carrying it now, or last.
    pub current: Option<ConnectionId>,
    /// The incident under way.
    /// A login from elsewhere with the same names and ISID, while this one was up.
    pub replaced_by: Option<(Stamp, std::net::IpAddr)>,
}

impl Session {
    /// A connection ended.
    pub fn ended(&mut self, life: Life) {
        if self.lives.len() >= LIVES {
            self.lives.remove(0);
        }
        self.lives.push(life);
    }
}
