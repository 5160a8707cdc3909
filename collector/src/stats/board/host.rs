//! What a survey of the machine adds.

use std::sync::Arc;

use iscsi_decoders::Timestamp;

use super::{Board, Rates, Recovering, Row, State};
use crate::host::device::Io;
use crate::host::session::{Patience, Session, Survey};
use crate::stats::Counts;

/// Block devices count in these, whatever their own blocks are.
const SECTOR: u64 = 512;

impl Board {
    /// Takes a survey made at a time.
    pub fn survey(&mut self, survey: Survey, at: Timestamp) {
        self.surveyed = true;
        self.notes = survey.notes;
        let mut found = vec![false; self.rows.len()];
        for session in survey.sessions {
            let place = self.row_of_sid(session.sid);
            found.resize(self.rows.len(), false);
            if let Some(found) = found.get_mut(place) {
                *found = true;
            }
            if let Some(row) = self.rows.get_mut(place) {
                row.surveyed(session, at);
            }
        }
        for (row, found) in self.rows.iter_mut().zip(found) {
            if row.host.is_some() && !found && row.state != State::Gone {
                row.enter(State::Gone, at);
                row.recovering = None;
                if let Some(sid) = row.sid {
                    self.by_sid.remove(&sid);
                }
            }
        }
    }
}

impl Row {
    fn surveyed(&mut self, session: Session, at: Timestamp) {
        let state = match session.state.as_deref() {
            Some("LOGGED_IN") => State::LoggedIn,
            Some("FAILED") => State::Failed,
            Some("FREE") => State::Free,
            _ => State::Unknown,
        };
        self.enter(state, at);
        self.recovering = match (&session.recovery, self.recovering) {
            (Some(recovery), known) if !recovery.timed_out => known.or_else(|| {
                let elapsed = recovery.elapsed.map_or(0, |span| span.least);
                let elapsed = i64::try_from(elapsed).unwrap_or(0) * 1_000_000_000;
                let limit = session.timeouts.recovery_tmo?;
                let limit = if let Patience::Seconds(limit) = limit { Some(limit) } else { None };
                Some(Recovering { since: Timestamp(at.0.saturating_sub(elapsed)), limit })
            }),
            _ => None,
        };
        if session.target_name.is_some() {
            self.target.clone_from(&session.target_name);
        }
        self.driver = session.transport().map(str::to_owned).or_else(|| self.driver.take());
        if let Some(connection) = session.connection() {
            let address = connection.address.as_ref().or(connection.persistent_address.as_ref());
            let port = connection.port.or(connection.persistent_port);
            if let (Some(address), Some(port)) = (address, port) {
                let is_v6 = address.contains(':');
                let text =
                    if is_v6 { format!("[{address}]:{port}") } else { format!("{address}:{port}") };
                self.portal = Some(text);
            }
            if let Some(tcp) = &connection.tcp {
                self.tcp.rtt_us = tcp.rtt_us;
                self.tcp.retransmits = tcp.retransmitted_segments;
            }
        }
        let old = self.surveyed_at.zip(self.host.as_deref());
        let rates = old.and_then(|(before, old)| disk_rates(old, &session, at.since(before)));
        self.disk_rates = rates.or(self.disk_rates.take().filter(|_| session.devices.is_empty()));
        self.surveyed_at = Some(at);
        self.host = Some(Arc::new(session));
    }

    /// Commands its disks have now, where a survey told.
    #[must_use]
    pub fn busy(&self) -> Option<u32> {
        let session = self.host.as_deref()?;
        let units = session.devices.iter().filter_map(|device| device.busy);
        units.reduce(u32::saturating_add).or_else(|| session.host.as_ref()?.busy)
    }
}

/// Rates between two surveys, as the block layer counts.
fn disk_rates(old: &Session, new: &Session, nanoseconds: i64) -> Option<Rates> {
    let io = |session: &Session| {
        let disks = session.devices.iter().filter_map(|device| device.block.as_ref()?.io);
        disks.reduce(Io::plus)
    };
    let (old, new) = (io(old)?, io(new)?);
    let counts = Counts {
        reads: new.reads.checked_sub(old.reads)?,
        writes: new.writes.checked_sub(old.writes)?,
        others: 0,
        bytes_read: new.sectors_read.checked_sub(old.sectors_read)?.saturating_mul(SECTOR),
        bytes_written: new.sectors_written.checked_sub(old.sectors_written)?.saturating_mul(SECTOR),
        failed: 0,
    };
    (nanoseconds > 0).then(|| Rates::over(&counts, nanoseconds as f64 / 1e9))
}
