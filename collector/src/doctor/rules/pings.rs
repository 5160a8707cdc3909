//! NOP-Out pings, which find a silent network.

use super::{Rule, each, paths};
use crate::doctor::Status;
use crate::host::session::Session;

pub(super) const OFF: Rule = Rule {
    id: "pings-off-under-multipath",
    status: Status::Danger,
    kept: "sessions under multipath send pings",
    remedy: "iscsiadm -m node -T TARGET -o update -n node.conn[0].timeo.noop_out_interval -v 5 (noop_out_timeout \
             likewise), then logout and login",
    source: "open-iscsi README, 8.1.1 iSCSI ping/Nop-Out settings",
    broken: |sessions| each(sessions, off),
};

/// Without multipath, pings off can be meant: the same README suggests it for the root file system.
fn off(session: &Session) -> Option<String> {
    let connection = session.connection()?;
    let paths = paths(session);
    let path = paths.first()?;
    let off = connection.recv_tmo == Some(0) || connection.ping_tmo == Some(0);
    off.then(|| {
        format!("no pings: a silent network is noticed only when commands to {path} time out, and then the error handler waits")
    })
}

pub(super) const SLOWER_THAN_SCSI: Rule = Rule {
    id: "pings-slower-than-scsi",
    status: Status::Advice,
    kept: "pings find a dead connection before commands time out",
    remedy: "lower noop_out_interval and noop_out_timeout, or raise /sys/block/sdX/device/timeout: once the error \
             handler runs, commands fail only after replacement_timeout",
    source: "open-iscsi README, 8.1.2.1 Running Commands, the SCSI Error Handler, and replacement_timeout",
    broken: |sessions| each(sessions, slower_than_scsi),
};

fn slower_than_scsi(session: &Session) -> Option<String> {
    let connection = session.connection()?;
    let (interval, timeout) = (connection.recv_tmo?, connection.ping_tmo?);
    if interval == 0 || timeout == 0 {
        return None;
    }
    let found_after = interval.saturating_add(timeout);
    let device = session
        .devices
        .iter()
        .find(|device| device.timeout_s.is_some_and(|limit| limit <= found_after))?;
    Some(format!(
        "a dead connection is found after {interval} + {timeout} s, but commands to {} time out after {} s",
        device.name(),
        device.timeout_s?
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::rules::tests::{multipath, plain, session};

    #[test]
    fn pings_may_be_off_only_without_multipath() {
        for (session, expected) in [(session(1, multipath()), true), (session(1, plain()), false)] {
            let mut session = session;
            assert_eq!(off(&session), None);
            session.connections[0].ping_tmo = Some(0);
            assert_eq!(off(&session).is_some(), expected);
        }
    }

    #[test]
    fn pings_must_be_faster_than_commands_time_out() {
        let mut session = session(1, plain());
        session.connections[0].recv_tmo = Some(25);
        assert_eq!(
            slower_than_scsi(&session).as_deref(),
            Some(
                "a dead connection is found after 25 + 5 s, but commands to sda time out after 30 s"
            )
        );
        session.devices[0].timeout_s = Some(60);
        assert_eq!(slower_than_scsi(&session), None);
        session.devices[0].timeout_s = Some(10);
        session.connections[0].recv_tmo = Some(0);
        assert_eq!(slower_than_scsi(&session), None, "off is another rule's matter");
    }
}
