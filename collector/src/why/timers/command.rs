//! A command gets no answer while the connection works.

use super::{Ladder, Sum, command_timeout, pings, seconds};
use crate::host::session::Session;

/// Nothing about the command is answered, neither it nor its abort.
pub(super) fn unanswered(session: &Session) -> Ladder {
    let mut sum = Sum::new("a command and its abort get no answer, but pings do");
    times_out(&mut sum, session);
    abort_unanswered(&mut sum, session);
    replacement(&mut sum, session);
    sum.note("the kernel also gives a command more time while data of it, or of those sent before it, moves");
    sum.0
}

/// Each step is answered, at the last moment and with a refusal, so that the next one is tried.
pub(super) fn refused(session: &Session) -> Ladder {
    let mut sum =
        Sum::new("a command gets no answer and the target refuses to abort it, as late as it may");
    times_out(&mut sum, session);
    let timeouts = &session.timeouts;
    sum.add("abort_timeout", seconds(timeouts.abort_tmo), "refused: the unit is reset");
    sum.add("lu_reset_timeout", seconds(timeouts.lu_reset_tmo), "refused: the target is reset");
    sum.add(
        "tgt_reset_timeout",
        seconds(timeouts.tgt_reset_tmo),
        "refused: session dropped (1021)",
    );
    replacement(&mut sum, session);
    sum.note("a step that is not answered at all drops the session at once; one that succeeds ends the ladder");
    if let Some(deadline) = deadline(session) {
        sum.note(format!(
            "eh_deadline of the host is {deadline} s: after that the error handler leaves out what is left"
        ));
    }
    sum.0
}

/// Until the error handler has the command: with pings it gets its time twice, since the kernel pings the target first
/// (`iscsi_eh_cmd_timed_out`).
pub(super) fn times_out(sum: &mut Sum, session: &Session) {
    let timeout = seconds(command_timeout(session));
    if timeout.is_some() && pings(session) {
        sum.add("device/timeout", timeout, "a ping first, and as long again");
    }
    sum.add("device/timeout", timeout, "the command is aborted");
}

pub(super) fn abort_unanswered(sum: &mut Sum, session: &Session) {
    let timeout = seconds(session.timeouts.abort_tmo);
    sum.add("abort_timeout", timeout, "session dropped (1021), commands wait");
}

fn replacement(sum: &mut Sum, session: &Session) {
    let timeout = session.timeouts.recovery_tmo;
    sum.add("replacement_timeout", timeout, "not back: I/O that waits is failed");
}

/// Seconds; the kernel writes `off` or -1 for none.
fn deadline(session: &Session) -> Option<u32> {
    let text = session.host.as_ref()?.eh_deadline.as_deref()?;
    text.parse().ok().filter(|&seconds| seconds > 0)
}
