//! The path dies: nothing is acknowledged any more.

use super::{Ladder, Machine, Sum, command, command_timeout, pings, seconds};
use crate::host::session::Session;

pub(super) fn ladder(session: &Session, machine: &Machine) -> Ladder {
    let mut sum = Sum::new("the path dies: nothing is acknowledged any more");
    let connection = session.connection();
    let interval = connection.and_then(|connection| connection.recv_tmo);
    let timeout = connection.and_then(|connection| connection.ping_tmo);
    if connection.is_some() && !pings(session) && (interval, timeout) != (None, None) {
        sum.note(
            "pings are off (noop_out_interval or noop_out_timeout is 0): only a command that times out, or TCP, \
             notices",
        );
        command::times_out(&mut sum, session);
        command::abort_unanswered(&mut sum, session);
    } else {
        sum.add("noop_out_interval", seconds(interval), "nothing came: a ping is sent");
        sum.add("noop_out_timeout", seconds(timeout), "given up (1022), commands wait");
        early(&mut sum, session, interval.zip(timeout).map(|(a, b)| a.saturating_add(b)));
    }
    sum.add("replacement_timeout", session.timeouts.recovery_tmo, "I/O that waits is failed");
    if let Some(retries) = machine.tcp_retries {
        sum.note(format!(
            "iSCSI sets no TCP user timeout; TCP by itself gives up after {retries} retransmissions \
             (net.ipv4.tcp_retries2; 15 take about 924 s)"
        ));
    }
    sum.0
}

/// A command that times out while the kernel pings gets its time once more (`iscsi_eh_cmd_timed_out`), after that the
/// error handler takes it.
fn early(sum: &mut Sum, session: &Session, ping: Option<u32>) {
    let Some((ping, timeout)) = ping.zip(command_timeout(session)) else { return };
    let twice = timeout.saturating_mul(2);
    if twice <= ping {
        sum.note(format!(
            "commands go to the error handler after {twice} s, before pings notice after {ping} s: it starts on a path \
             that is already dead"
        ));
    }
}
