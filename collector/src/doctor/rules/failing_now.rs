use super::{Rule, each};
use crate::doctor::Status;

pub(super) const RULE: Rule = Rule {
    id: "failing-now",
    status: Status::Danger,
    kept: "every session is logged in and every device runs",
    remedy: "`iscsi-trace sessions -P 3` shows all of it, `iscsi-trace explain` what its error means",
    source: "kernel: session, connection and device states in sysfs",
    broken: |sessions| each(sessions, |session| Some(session.problems.first()?.clone())),
};
