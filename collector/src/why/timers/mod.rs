//! The timers that decide how long a session waits, in the order in which they fire with this machine's settings.
//!
//! Three ladders: the path dies and nothing is acknowledged; the target answers pings but not a command; a login
//! gets no answer. Each timer has the name of its setting, so that it can be found and changed.

mod multipath;
mod text;

pub use text::write;

use serde::Serialize;

use crate::host::Roots;
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

/// The chain of a session that was read with its settings and devices.
pub fn chain(session: &Session, roots: &Roots) -> Chain {
    let ladders = vec![dead_path(session, roots), stuck_command(session), login(session)];
    let multipath = multipath::settings(session, roots);
    Chain { sid: session.sid, target: session.target_name.clone(), ladders, multipath }
}

fn seconds(value: Option<u32>) -> Option<Patience> {
    value.map(Patience::Seconds)
}

fn command_timeout(session: &Session) -> Option<u32> {
    session.devices.iter().filter_map(|device| device.timeout_s).min()
}

fn dead_path(session: &Session, roots: &Roots) -> Ladder {
    let connection = session.connection();
    let (interval, timeout) = (
        connection.and_then(|connection| connection.recv_tmo),
        connection.and_then(|connection| connection.ping_tmo),
    );
    let mut sum = Sum::new("the path dies: nothing is acknowledged any more");
    let commands = command_timeout(session);
    if interval == Some(0) {
        sum.note(
            "pings are off (noop_out_interval 0): only a command that times out, or TCP, notices",
        );
        sum.add(
            "device/timeout",
            seconds(commands),
            "SCSI's error handler aborts the command; nothing answers",
        );
        eh(&mut sum, session);
    } else {
        sum.add("noop_out_interval", seconds(interval), "a ping is sent");
        sum.add(
            "noop_out_timeout",
            seconds(timeout),
            "the connection is given up (error 1022), commands wait",
        );
        if let (Some(ping), Some(commands)) =
            (interval.zip(timeout).map(|(a, b)| a.saturating_add(b)), commands)
            && commands <= ping
        {
            sum.note(format!(
                "commands time out after {commands} s, before pings notice after {ping} s: error handling \
                 starts on a path that is already dead"
            ));
        }
    }
    sum.add("replacement_timeout", session.timeouts.recovery_tmo, "I/O that waits is failed");
    if let Ok(retries) = std::fs::read_to_string(roots.path("/proc/sys/net/ipv4/tcp_retries2")) {
        sum.note(format!(
            "iSCSI sets no TCP user timeout; TCP by itself gives up after {} retransmissions \
             (net.ipv4.tcp_retries2), 15 are about 924 s",
            retries.trim()
        ));
    }
    sum.0
}

fn eh(sum: &mut Sum, session: &Session) {
    let timeouts = &session.timeouts;
    sum.add(
        "abort_timeout",
        seconds(timeouts.abort_tmo),
        "the abort had no answer: the unit is reset",
    );
    sum.add(
        "lu_reset_timeout",
        seconds(timeouts.lu_reset_tmo),
        "nor had the reset: the target is reset",
    );
    sum.add(
        "tgt_reset_timeout",
        seconds(timeouts.tgt_reset_tmo),
        "nor that: the session is dropped (error 1021)",
    );
}

fn stuck_command(session: &Session) -> Ladder {
    let mut sum = Sum::new("a command gets no answer, but pings do");
    sum.add(
        "device/timeout",
        seconds(command_timeout(session)),
        "SCSI's error handler aborts the command",
    );
    eh(&mut sum, session);
    sum.add(
        "replacement_timeout",
        session.timeouts.recovery_tmo,
        "if no login succeeds: I/O that waits is failed",
    );
    sum.note("each step ends early when the target answers it; the kernel extends a command's time while data of it moves");
    sum.0
}

fn login(session: &Session) -> Ladder {
    let mut sum = Sum::new("a login gets no answer");
    let record = session.record.as_ref();
    let setting = |key: &str| record.and_then(|record| record.get(key)?.parse::<u32>().ok());
    let timeout = setting("node.conn[0].timeo.login_timeout");
    sum.add("login_timeout", seconds(timeout), "the attempt is given up");
    if let Some((retries, timeout)) = setting("node.session.initial_login_retry_max").zip(timeout) {
        sum.note(format!(
            "the first login is tried up to {retries} times, {} s in all; after a lost connection iscsid tries \
             until the session is logged out",
            retries.saturating_mul(timeout)
        ));
    }
    sum.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::device::Device;
    use crate::host::session::{Connection, Timeouts};

    fn session(interval: u32, timeout: u32) -> Session {
        Session {
            sid: 7,
            timeouts: Timeouts {
                recovery_tmo: Some(Patience::Seconds(120)),
                abort_tmo: Some(15),
                lu_reset_tmo: Some(30),
                tgt_reset_tmo: Some(30),
                ..Timeouts::default()
            },
            connections: vec![Connection {
                recv_tmo: Some(interval),
                ping_tmo: Some(timeout),
                ..Connection::default()
            }],
            devices: vec![Device { timeout_s: Some(30), ..Device::default() }],
            ..Session::default()
        }
    }

    #[test]
    fn timers_fire_one_after_the_other() {
        let ladder = dead_path(&session(5, 5), &Roots::under("/nonexistent"));
        let fires: Vec<Patience> = ladder.timers.iter().map(|timer| timer.fires_after_s).collect();
        assert_eq!(fires, [5, 10, 130].map(Patience::Seconds));
        assert_eq!(ladder.total_s, Patience::Seconds(130));
        let stuck = stuck_command(&session(5, 5));
        assert_eq!(stuck.total_s, Patience::Seconds(30 + 15 + 30 + 30 + 120));
    }

    #[test]
    fn without_pings_a_dead_path_is_noticed_by_the_error_handler() {
        let ladder = dead_path(&session(0, 0), &Roots::under("/nonexistent"));
        assert_eq!(ladder.timers.first().map(|timer| timer.setting), Some("device/timeout"));
        assert!(ladder.notes.iter().any(|note| note.contains("pings are off")));
    }

    #[test]
    fn an_endless_timeout_makes_an_endless_sum() {
        let mut session = session(5, 5);
        session.timeouts.recovery_tmo = Some(Patience::Endless);
        assert_eq!(stuck_command(&session).total_s, Patience::Endless);
    }

    #[test]
    fn commands_that_time_out_before_pings_do_are_pointed_out() {
        let ladder = dead_path(&session(20, 20), &Roots::under("/nonexistent"));
        assert!(ladder.notes.iter().any(|note| note.contains("before pings notice")));
    }
}
