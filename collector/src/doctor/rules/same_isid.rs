use std::collections::HashMap;

use super::Rule;
use crate::doctor::Status;
use crate::host::session::Session;

pub(super) const RULE: Rule = Rule {
    id: "same-isid",
    status: Status::Danger,
    kept: "no two sessions that show their ISID share one towards the same target portal group",
    remedy: "give each adapter an initiator name or an ISID of its own: a login with the same ends the other session",
    source: "RFC 7143, 4.4.3.1 Consequences of the model, the ISID rule",
    broken: same_isid,
};

/// Only drivers that choose the ISID themselves show it (qla4xxx); iscsid never gives one twice.
fn same_isid(sessions: &[Session]) -> Vec<(u32, String)> {
    let mut first: HashMap<_, u32> = HashMap::new();
    let mut broken = Vec::new();
    for session in sessions {
        let Some(isid) = session.isid.as_deref() else { continue };
        let initiator = session.iface.as_ref().and_then(|iface| iface.initiator_name.as_deref());
        let nexus =
            (initiator, isid, session.target_name.as_deref(), session.target_portal_group_tag);
        match first.get(&nexus) {
            None => {
                first.insert(nexus, session.sid);
            }
            Some(other) => {
                broken.push((session.sid, format!("ISID {isid} is session {other}'s, too")))
            }
        }
    }
    broken
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::rules::tests::{plain, session};

    #[test]
    fn an_isid_may_be_used_again_towards_another_portal_group() {
        let with = |sid, tag| {
            let mut session = session(sid, plain());
            session.isid = Some("4000013d0000".to_owned());
            session.target_portal_group_tag = Some(tag);
            session
        };
        assert_eq!(
            same_isid(&[with(1, 1), with(2, 2), session(3, plain()), session(4, plain())]),
            []
        );
        let broken = same_isid(&[with(1, 1), with(2, 2), with(5, 1)]);
        assert_eq!(broken, [(5, "ISID 4000013d0000 is session 1's, too".to_owned())]);
    }
}
