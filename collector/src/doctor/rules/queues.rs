use super::{Rule, each};
use crate::doctor::Status;
use crate::host::session::Session;

pub(super) const DEEPER_THAN_HOST: Rule = Rule {
    id: "queue-deeper-than-host",
    status: Status::Advice,
    kept: "no device may queue more commands than its host takes",
    remedy: "raise node.session.cmds_max in the record (logout and login), or lower the device's queue_depth",
    source: "kernel: a host takes can_queue commands (iscsi_tcp: cmds_max less 15 for management), a device's depth \
             beyond that is never used",
    broken: |sessions| each(sessions, deeper_than_host),
};

fn deeper_than_host(session: &Session) -> Option<String> {
    let takes = session.host.as_ref()?.can_queue?;
    let device = session
        .devices
        .iter()
        .find(|device| device.queue_depth.is_some_and(|depth| depth > takes))?;
    Some(format!(
        "{} may queue {} commands, its host takes {takes}",
        device.name(),
        device.queue_depth?
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::rules::tests::{plain, session};

    #[test]
    fn a_depth_the_host_never_reaches_is_told() {
        let mut session = session(1, plain());
        session.devices[0].queue_depth = Some(113);
        assert_eq!(deeper_than_host(&session), None);
        session.devices[0].queue_depth = Some(128);
        assert_eq!(
            deeper_than_host(&session).as_deref(),
            Some("sda may queue 128 commands, its host takes 113")
        );
    }
}
