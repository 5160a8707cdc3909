//! The timers that decide how long a session waits, in the order in which they fire with this machine's settings.
//!
//! One ladder for each kind of trouble: the path dies and nothing is acknowledged; the target answers pings but not a
//! command, or refuses to abort it; a login gets no answer. Each timer has the name of its setting, so that it can be
//! found and changed.

mod command;
mod dead_path;
mod login;
mod machine;
mod multipath;
#[cfg(test)]
mod tests;
mod text;

pub use machine::Machine;
pub use text::write;

use serde::Serialize;

use crate::host::session::{Patience, Session};

/// One timer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Timer {
    /// Its setting: iscsid's name, else the file.
    pub setting: &'static str,
    /// Seconds it runs.
    pub runs_s: Patience,
    /// Seconds from the beginning of the trouble until it fires.
    pub fires_after_s: Patience,
    /// What happens then.
    pub then: &'static str,
}

/// Timers that start one another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Ladder {
    /// What it is about.
    pub when: &'static str,
    /// From the first to the last.
    pub timers: Vec<Timer>,
    /// Seconds until waiting I/O fails or the attempt is over.
    pub total_s: Patience,
    /// What is not known, or worth knowing.
    pub notes: Vec<String>,
}

/// A session's ladders.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Chain {
    /// The session.
    pub sid: u32,
    /// Its target.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// The ladders.
    pub ladders: Vec<Ladder>,
    /// What multipath adds, where its configuration tells.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub multipath: Vec<String>,
}

/// Adds up timers that start one another.
struct Sum(Ladder);

impl Sum {
    fn new(when: &'static str) -> Self {
        let total_s = Patience::Seconds(0);
        Self(Ladder { when, timers: Vec::new(), total_s, notes: Vec::new() })
    }

    fn add(&mut self, setting: &'static str, runs: Option<Patience>, then: &'static str) {
        let Some(runs_s) = runs else {
            self.0.notes.push(format!("{setting} could not be read and is left out"));
            return;
        };
        let fires_after_s = match (self.0.total_s, runs_s) {
            (Patience::Seconds(total), Patience::Seconds(runs)) => {
                Patience::Seconds(total.saturating_add(runs))
            }
            _ => Patience::Endless,
        };
        self.0.total_s = fires_after_s;
        self.0.timers.push(Timer { setting, runs_s, fires_after_s, then });
    }

    fn note(&mut self, text: impl Into<String>) {
        self.0.notes.push(text.into());
    }
}

/// The chain of a session that was read with [`Detail::Devices`](crate::host::session::Detail::Devices), on its
/// machine. Nothing is read here: a caller that has sessions at hand may ask as often as it draws.
pub fn chain(session: &Session, machine: &Machine) -> Chain {
    let ladders = vec![
        dead_path::ladder(session, machine),
        command::unanswered(session),
        command::refused(session),
        login::ladder(session),
    ];
    let multipath = multipath::settings(session, machine);
    Chain { sid: session.sid, target: session.target_name.clone(), ladders, multipath }
}

fn seconds(value: Option<u32>) -> Option<Patience> {
    value.map(Patience::Seconds)
}

/// Seconds a command may take: of several units the shortest, which fires first.
fn command_timeout(session: &Session) -> Option<u32> {
    session.devices.iter().filter_map(|device| device.timeout_s).min()
}

/// Whether the kernel pings: `noop_out_interval` and `noop_out_timeout` are both set.
fn pings(session: &Session) -> bool {
    let set = |value: Option<u32>| value.is_some_and(|seconds| seconds > 0);
    session
        .connection()
        .is_some_and(|connection| set(connection.recv_tmo) && set(connection.ping_tmo))
}
