//! What the kernel tells of sessions besides PDUs.

use iscsi_decoders::Timestamp;
use iscsi_decoders::catalogue::{self, Space};

use super::{Board, State};
use crate::event::connection::StepKind as ConnectionStep;
use crate::event::session::StepKind;
use crate::event::{KernelEvent, What, tcp};

/// The timer after which I/O fails, while it runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recovering {
    /// Since when.
    pub since: Timestamp,
    /// How long it runs, seconds; absent is for ever.
    pub limit: Option<u32>,
}

impl Recovering {
    /// Seconds until I/O fails; absent is never.
    #[must_use]
    pub fn left(&self, now: Timestamp) -> Option<i64> {
        let limit = i64::from(self.limit?);
        Some((limit - now.since(self.since) / 1_000_000_000).max(0))
    }
}

/// The timer that watches over pings, when it last ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PingTimer {
    /// When it ran.
    pub ran: Timestamp,
    /// A ping is unanswered since, nanoseconds before it ran.
    pub outstanding: Option<u64>,
    /// Since the target was last heard of, nanoseconds before it ran.
    pub since_received: Option<u64>,
    /// Seconds of silence after which a ping is sent.
    pub interval: u32,
    /// Seconds a ping may stay unanswered.
    pub timeout: u32,
}

impl Board {
    pub(super) fn kernel(&mut self, event: &KernelEvent) {
        if let What::Loss(loss) = &event.what {
            *self.lost.entry((loss.kind.name(), event.cpu)).or_default() += loss.events;
        }
        let Some(sid) = event.session else { return };
        let at = event.stamp.time;
        let place = self.row_of_sid(sid);
        if let What::ConnectionError(error) = &event.what {
            let known = catalogue::get(Space::Kernel, error.code);
            let symbol = known.map_or("unknown error", |entry| entry.symbol);
            let meaning = known.map_or("", |entry| entry.meaning);
            self.problem(at, Some(place), format!("{} {symbol}: {meaning}", error.code));
        }
        let Some(row) = self.rows.get_mut(place) else { return };
        match &event.what {
            What::Identity(identity) => {
                if !identity.target.is_empty() {
                    row.target = Some(identity.target.clone());
                }
                row.driver = Some(identity.transport.clone()).filter(|name| !name.is_empty());
                row.portal = Some(identity.ends().target.to_string());
            }
            What::SessionStep(step) => match step.step {
                StepKind::Blocked => {
                    let limit = u32::try_from(step.recovery_timeout).ok();
                    row.recovering.get_or_insert(Recovering { since: at, limit });
                    row.enter(State::Failed, at);
                }
                StepKind::Unblocked => {
                    row.recovering = None;
                    row.enter(State::LoggedIn, at);
                }
                StepKind::RecoveryTimedOut => {
                    row.recovering = None;
                    row.enter(State::Free, at);
                }
                StepKind::Destroyed => {
                    row.recovering = None;
                    row.enter(State::Gone, at);
                    // The number will be given to another session.
                    self.by_sid.remove(&sid);
                }
                StepKind::Failed => row.enter(State::Failed, at),
                StepKind::Created | StepKind::Unbound => {}
            },
            What::ConnectionStep(step)
                if step.step == ConnectionStep::Started && row.recovering.is_none() =>
            {
                row.enter(State::LoggedIn, at);
            }
            What::TransportTimer(timer) => {
                row.ping = Some(PingTimer {
                    ran: at,
                    outstanding: timer.since_ping.filter(|_| timer.outstanding),
                    since_received: timer.since_received,
                    interval: timer.recv_timeout,
                    timeout: timer.ping_timeout,
                });
            }
            What::Tcp(tcp) => {
                row.tcp.rtt_us = tcp.srtt_us.or(row.tcp.rtt_us);
                let again = u32::from(tcp.what == tcp::What::Retransmit);
                let counted = row.tcp.retransmits.unwrap_or(0) + again;
                row.tcp.retransmits = Some(tcp.retransmits.unwrap_or(counted).max(counted));
            }
            What::Command(command) if command.result != 0 => row.failed += 1,
            _ => {}
        }
    }
}
