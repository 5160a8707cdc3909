//! TCP as the initiator's kernel tells it: exceptions only.

use iscsi_decoders::stream::Stamp;

use crate::event::tcp::{Tcp, What};

/// `TCP_ESTABLISHED`.
const ESTABLISHED: u32 = 1;

/// What the socket said.
#[derive(Clone, Copy, Debug, Default)]
pub struct Socket {
    /// Retransmissions since the target was last heard of: the first, the last, how many.
    pub retransmits: Option<(Stamp, Stamp, u32)>,
    /// The target reset the connection.
    pub reset: Option<Stamp>,
    /// The target closed its side.
    pub closed: Option<Stamp>,
    /// The target's window is closed since.
    pub zero_window: Option<Stamp>,
    /// Bytes sent and not acknowledged, as last told.
    pub unacknowledged: Option<u32>,
    /// Smoothed round trip, microseconds, as last told.
    pub srtt_us: Option<u32>,
}

impl Socket {
    /// Takes an event.
    pub fn take(&mut self, tcp: &Tcp, stamp: Stamp) {
        self.unacknowledged = tcp.unacknowledged.or(self.unacknowledged);
        self.srtt_us = tcp.srtt_us.or(self.srtt_us);
        match tcp.what {
            What::Retransmit if tcp.state == ESTABLISHED => {
                let (first, _, count) = self.retransmits.unwrap_or((stamp, stamp, 0));
                self.retransmits = Some((first, stamp, count + 1));
            }
            What::ResetReceived => self.reset = Some(stamp),
            What::ZeroWindow => {
                self.zero_window.get_or_insert(stamp);
            }
            What::StateChanged if tcp.state == crate::event::names::TCP_CLOSE_WAIT => {
                self.closed.get_or_insert(stamp);
            }
            What::Retransmit | What::ResetSent | What::StateChanged => {}
        }
    }

    /// Something arrived: what was sent again before is history.
    pub fn heard(&mut self) {
        self.retransmits = None;
        self.zero_window = None;
    }
}
