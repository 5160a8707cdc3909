//! How long a session without connection will go on waiting for it.
//!
//! sysfs shows the state and the limit, not when the state began. The kernel log has that: the core prints
//! `connectionS:C: detected conn error (N)` when it gives the connection up and blocks the session, which starts
//! the recovery timer (kernel: `iscsi_conn_error_event`, `iscsi_block_session`).

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt;

use rustix::fs::OFlags;
use serde::Serialize;

use super::{Patience, Session};
use crate::host::Roots;
use crate::host::notes::Notes;

/// A session that has lost its connection.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Recovery {
    /// Seconds since the connection was lost, from the kernel log.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub elapsed_s: Option<u64>,
    /// Seconds until the kernel lets waiting I/O fail, if the connection does not come back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remaining_s: Option<u64>,
    /// The kernel has given up waiting: I/O fails at once. iscsid may still be trying to log in.
    pub timed_out: bool,
    /// The connection error, a number `explain` knows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<u16>,
}

/// What the kernel log says about lost connections.
#[derive(Debug, Default)]
pub(super) struct Clues {
    /// The last loss of each session: time since boot, code.
    lost: HashMap<u32, Loss>,
    uptime_s: Option<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Loss {
    at_s: u64,
    error: u16,
}

impl Clues {
    pub(super) fn read(roots: &Roots, notes: &mut Notes) -> Self {
        let mut clues = Self { uptime_s: uptime(roots), ..Self::default() };
        match kernel_log(roots) {
            Ok(log) => log.lines().for_each(|line| clues.take(line)),
            Err(error) => notes.error("kernel log, which tells when a connection was lost", &error),
        }
        clues
    }

    /// Takes a line of `/dev/kmsg`: `priority,number,microseconds,flags;text`.
    fn take(&mut self, line: &str) {
        let Some((head, text)) = line.split_once(';') else { return };
        let Some(at_us) = head.split(',').nth(2).and_then(|time| time.parse::<u64>().ok()) else {
            return;
        };
        let Some((connection, error)) = text.trim_start().split_once(": detected conn error (")
        else {
            return;
        };
        let sid = connection
            .strip_prefix("connection")
            .and_then(|ids| ids.split_once(':')?.0.parse().ok());
        let error = error.trim_end().strip_suffix(')').and_then(|code| code.parse().ok());
        if let (Some(sid), Some(error)) = (sid, error) {
            self.lost.insert(sid, Loss { at_s: at_us / 1_000_000, error });
        }
    }

    /// How far a session is; absent while it is logged in.
    pub(super) fn about(&self, session: &Session) -> Option<Recovery> {
        let state = session.state.as_deref()?;
        // A session that never was logged in is FREE, too, and has nothing to recover.
        let loss = self.lost.get(&session.sid);
        let timed_out = match state {
            "FAILED" => false,
            "FREE" => loss.is_some() || !session.devices.is_empty(),
            _ => return None,
        };
        if state == "FREE" && !timed_out {
            return None;
        }
        let elapsed_s = loss.zip(self.uptime_s).map(|(loss, now)| now.saturating_sub(loss.at_s));
        let remaining_s = match session.timeouts.recovery_tmo {
            Some(Patience::Seconds(limit)) if !timed_out => {
                elapsed_s.map(|elapsed| u64::from(limit).saturating_sub(elapsed))
            }
            _ => None,
        };
        Some(Recovery { elapsed_s, remaining_s, timed_out, error: loss.map(|loss| loss.error) })
    }
}

/// Seconds since boot.
fn uptime(roots: &Roots) -> Option<u64> {
    let text = std::fs::read_to_string(roots.path("/proc/uptime")).ok()?;
    text.split('.').next()?.parse().ok()
}

/// Everything the kernel still has of its log. The device gives a record per read, and says `EAGAIN` at its end.
fn kernel_log(roots: &Roots) -> io::Result<String> {
    let flags = i32::try_from(OFlags::NONBLOCK.bits()).unwrap_or_default();
    let mut file = File::options().read(true).custom_flags(flags).open(roots.path("/dev/kmsg"))?;
    let mut log = Vec::new();
    // The kernel's largest record, with its dictionary.
    let mut record = vec![0; 1 << 14];
    loop {
        match file.read(&mut record) {
            Ok(0) => break,
            Ok(length) => log.extend_from_slice(record.get(..length).unwrap_or_default()),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
            // Records were overwritten meanwhile; the next read goes on with the oldest left.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {}
            Err(error) => return Err(error),
        }
    }
    Ok(String::from_utf8_lossy(&log).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::tests::Scratch;

    fn clues() -> Clues {
        let scratch = Scratch::new("recovery");
        scratch.write("proc/uptime", "112.40 90.00\n");
        scratch.write(
            "dev/kmsg",
            "4,900,50000000,-; connection1:0: detected conn error (1020)\n SUBSYSTEM=iscsi_connection\n\
             4,901,100000000,-; connection1:0: detected conn error (1022)\n\
             4,902,101000000,-; connection2:0: detected conn error (garbled\n\
             6,903,102000000,-;unrelated\n",
        );
        let mut notes = Notes::default();
        let clues = Clues::read(&Roots::under(scratch.path()), &mut notes);
        assert!(notes.is_empty(), "{notes:?}");
        clues
    }

    fn session(sid: u32, state: &str, tmo: Patience) -> Session {
        let mut session = Session { sid, state: Some(state.to_owned()), ..Session::default() };
        session.timeouts.recovery_tmo = Some(tmo);
        session
    }

    #[test]
    fn the_last_loss_tells_the_time_left() {
        let recovery = clues().about(&session(1, "FAILED", Patience::Seconds(20))).unwrap();
        let expected = Recovery {
            elapsed_s: Some(12),
            remaining_s: Some(8),
            timed_out: false,
            error: Some(1022),
        };
        assert_eq!(recovery, expected);
    }

    #[test]
    fn without_a_line_in_the_log_times_are_absent() {
        let recovery = clues().about(&session(2, "FAILED", Patience::Seconds(20))).unwrap();
        assert_eq!(recovery, Recovery::default());
    }

    #[test]
    fn an_endless_wait_has_no_end() {
        let recovery = clues().about(&session(1, "FAILED", Patience::Endless)).unwrap();
        assert_eq!((recovery.elapsed_s, recovery.remaining_s), (Some(12), None));
    }

    #[test]
    fn a_session_given_up_has_timed_out_and_one_logged_in_recovers_nothing() {
        let clues = clues();
        assert!(clues.about(&session(1, "FREE", Patience::Seconds(5))).unwrap().timed_out);
        assert_eq!(clues.about(&session(1, "LOGGED_IN", Patience::Seconds(5))), None);
        assert_eq!(clues.about(&session(9, "FREE", Patience::Seconds(5))), None, "never logged in");
    }
}
