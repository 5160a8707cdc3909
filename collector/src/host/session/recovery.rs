//! How long a session without connection will go on waiting for it.
//!
//! sysfs shows the state and the limit, not when the state began. The kernel log narrows that down: the core prints
//! `connectionS:C: detected conn error (N)` when a connection is lost, and blocks the session, which starts the
//! recovery timer (kernel: `iscsi_conn_error_event`, `iscsi_conn_stop`, `iscsi_block_session`). It prints the same
//! when an attempt to come back fails, which does not start the timer again, and nothing when one succeeds. So of
//! several lines within the limit any may be the beginning, and what is told is the least and the most.

use std::collections::HashMap;
use std::fmt;

use serde::Serialize;

use super::{Patience, Session};
use crate::host::notes::Notes;
use crate::host::{Roots, kernel_log};

/// A session that has lost its connection. Times are absent where the kernel log cannot be read or has nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Recovery {
    /// How long the connection has been lost; after giving up, how long ago that was.
    #[serde(rename = "elapsed_s", skip_serializing_if = "Option::is_none")]
    pub elapsed: Option<Span>,
    /// How long until the kernel lets waiting I/O fail, if the connection does not come back.
    #[serde(rename = "remaining_s", skip_serializing_if = "Option::is_none")]
    pub remaining: Option<Span>,
    /// The kernel has given up waiting: I/O fails at once. iscsid may still be trying to log in.
    pub timed_out: bool,
    /// The first connection error, a number `explain` knows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<u16>,
}

/// A time in seconds, as near as it can be told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Span {
    /// It is no less.
    pub least: u64,
    /// It is no more; absent if that is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub most: Option<u64>,
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.least, self.most) {
            (least, Some(most)) if least == most => write!(f, "{least} s"),
            (least, Some(most)) => write!(f, "{least} to {most} s"),
            (least, None) => write!(f, "at least {least} s"),
        }
    }
}

/// What the kernel log says about lost connections.
#[derive(Debug, Default)]
pub(super) struct Clues {
    /// Connection errors of each session, oldest first.
    errors: HashMap<u32, Vec<ConnError>>,
    /// When each session was last given up, seconds since boot.
    timed_out: HashMap<u32, u64>,
    /// Where the log begins, seconds since boot.
    oldest_s: Option<u64>,
    now_s: Option<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct ConnError {
    at_s: u64,
    code: u16,
}

impl Clues {
    pub(super) fn read(roots: &Roots, notes: &mut Notes) -> Self {
        let mut clues = Self { now_s: uptime(roots), ..Self::default() };
        match kernel_log::read(&roots.path("/dev/kmsg")) {
            Ok(log) => log.lines().for_each(|line| clues.take(line)),
            Err(error) => notes.error("kernel log, which tells when a connection was lost", &error),
        }
        clues
    }

    /// Takes a line of `/dev/kmsg`: `priority,number,microseconds,flags;text`.
    fn take(&mut self, line: &str) {
        let Some((head, text)) = line.split_once(';') else { return };
        let time = head.split(',').nth(2).and_then(|time| time.parse::<u64>().ok());
        let Some(at_s) = time.map(|at_us| at_us / 1_000_000) else { return };
        self.oldest_s.get_or_insert(at_s);
        if let Some((sid, code)) = conn_error(text) {
            self.errors.entry(sid).or_default().push(ConnError { at_s, code });
        } else if let Some(sid) = given_up(text) {
            self.timed_out.insert(sid, at_s);
        }
    }

    /// How far a session is; absent while it is logged in.
    pub(super) fn about(&self, session: &Session) -> Option<Recovery> {
        let errors = self.errors.get(&session.sid).map(Vec::as_slice).unwrap_or_default();
        match session.state.as_deref()? {
            "FAILED" => Some(self.waiting(errors, session.timeouts.recovery_tmo)),
            // A session that never was logged in is FREE, too, and has nothing to recover.
            "FREE" if !errors.is_empty() || !session.devices.is_empty() => {
                let at_s = self.timed_out.get(&session.sid);
                let elapsed =
                    at_s.zip(self.now_s).map(|(at_s, now_s)| exactly(now_s.saturating_sub(*at_s)));
                let error = errors.first().map(|error| error.code);
                Some(Recovery { elapsed, remaining: None, timed_out: true, error })
            }
            _ => None,
        }
    }

    fn waiting(&self, errors: &[ConnError], limit: Option<Patience>) -> Recovery {
        let (Some(now_s), Some(last)) = (self.now_s, errors.last()) else {
            return Recovery::default();
        };
        let elapsed = |error: &ConnError| now_s.saturating_sub(error.at_s);
        let Some(Patience::Seconds(limit)) = limit else {
            let span = Span { least: elapsed(last), most: None };
            return Recovery { elapsed: Some(span), error: Some(last.code), ..Recovery::default() };
        };
        // Had the wait begun longer ago than the limit, it would be over.
        let limit = u64::from(limit);
        let first = errors.iter().find(|error| elapsed(error) <= limit).unwrap_or(last);
        let reaches_back = self
            .oldest_s
            .is_some_and(|oldest_s| now_s.saturating_sub(oldest_s) >= limit.min(now_s));
        let most = if reaches_back { elapsed(first) } else { limit };
        let remaining = Span {
            least: limit.saturating_sub(most),
            most: Some(limit.saturating_sub(elapsed(last))),
        };
        Recovery {
            elapsed: Some(Span { least: elapsed(last), most: Some(most) }),
            remaining: Some(remaining),
            timed_out: false,
            error: Some(first.code),
        }
    }
}

fn exactly(seconds: u64) -> Span {
    Span { least: seconds, most: Some(seconds) }
}

/// ` connectionS:C: detected conn error (N)`
fn conn_error(text: &str) -> Option<(u32, u16)> {
    let (connection, code) = text.trim_start().split_once(": detected conn error (")?;
    let sid = connection.strip_prefix("connection")?.split_once(':')?.0.parse().ok()?;
    Some((sid, code.trim_end().strip_suffix(')')?.parse().ok()?))
}

/// ` sessionS: session recovery timed out after N secs`
fn given_up(text: &str) -> Option<u32> {
    let (session, _) = text.trim_start().split_once(": session recovery timed out after ")?;
    session.strip_prefix("session")?.parse().ok()
}

/// Seconds since boot.
fn uptime(roots: &Roots) -> Option<u64> {
    let text = std::fs::read_to_string(roots.path("/proc/uptime")).ok()?;
    text.split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::tests::Scratch;

    fn clues(log: &str) -> Clues {
        let scratch = Scratch::new("recovery");
        scratch.write("proc/uptime", "112.40 90.00\n");
        scratch.write("dev/kmsg", log);
        let mut notes = Notes::default();
        let clues = Clues::read(&Roots::under(scratch.path()), &mut notes);
        assert!(notes.is_empty(), "{notes:?}");
        clues
    }

    /// Lost at 50 s and 100 s; at 103 s an attempt to come back failed.
    const LOG: &str = "6,1,0,-;Linux version\n\
        4,900,50000000,-; connection1:0: detected conn error (1020)\n SUBSYSTEM=iscsi_connection\n\
        4,901,100000000,-; connection1:0: detected conn error (1022)\n\
        4,902,101000000,-; connection2:0: detected conn error (garbled\n\
        4,903,103000000,-; connection1:0: detected conn error (1020)\n\
        6,904,103000000,-;unrelated\n";

    fn session(sid: u32, state: &str, tmo: Patience) -> Session {
        let mut session = Session { sid, state: Some(state.to_owned()), ..Session::default() };
        session.timeouts.recovery_tmo = Some(tmo);
        session
    }

    fn span(least: u64, most: u64) -> Option<Span> {
        Some(Span { least, most: Some(most) })
    }

    #[test]
    fn a_single_loss_within_the_limit_is_when_the_wait_began() {
        let recovery = clues(LOG).about(&session(1, "FAILED", Patience::Seconds(10))).unwrap();
        let expected = Recovery {
            elapsed: span(9, 9),
            remaining: span(1, 1),
            timed_out: false,
            error: Some(1020),
        };
        assert_eq!(recovery, expected);
    }

    #[test]
    fn failed_attempts_to_come_back_leave_a_span() {
        let recovery = clues(LOG).about(&session(1, "FAILED", Patience::Seconds(20))).unwrap();
        assert_eq!((recovery.elapsed, recovery.remaining), (span(9, 12), span(8, 11)));
        assert_eq!(recovery.error, Some(1022), "the first of them");
        assert_eq!(recovery.remaining.unwrap().to_string(), "8 to 11 s");
    }

    #[test]
    fn a_log_that_begins_within_the_limit_may_lack_the_beginning() {
        let log = "4,9000,103000000,-; connection1:0: detected conn error (1020)\n";
        let recovery = clues(log).about(&session(1, "FAILED", Patience::Seconds(20))).unwrap();
        assert_eq!((recovery.elapsed, recovery.remaining), (span(9, 20), span(0, 11)));
    }

    #[test]
    fn without_a_line_in_the_log_times_are_absent() {
        let recovery = clues(LOG).about(&session(2, "FAILED", Patience::Seconds(20))).unwrap();
        assert_eq!(recovery, Recovery::default());
    }

    #[test]
    fn an_endless_wait_has_no_end() {
        let recovery = clues(LOG).about(&session(1, "FAILED", Patience::Endless)).unwrap();
        assert_eq!(recovery.elapsed.unwrap().to_string(), "at least 9 s");
        assert_eq!(recovery.remaining, None);
    }

    #[test]
    fn a_session_given_up_tells_since_when() {
        let log =
            format!("{LOG}4,905,110000000,-; session1: session recovery timed out after 10 secs\n");
        let recovery = clues(&log).about(&session(1, "FREE", Patience::Seconds(10))).unwrap();
        assert!(recovery.timed_out);
        assert_eq!(recovery.elapsed, span(2, 2));
    }

    #[test]
    fn a_session_logged_in_or_never_logged_in_recovers_nothing() {
        let clues = clues(LOG);
        assert_eq!(clues.about(&session(1, "LOGGED_IN", Patience::Seconds(5))), None);
        assert_eq!(clues.about(&session(9, "FREE", Patience::Seconds(5))), None);
    }
}
