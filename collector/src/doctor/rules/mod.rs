//! Settings that are known to hurt, each rule with who says so.

mod failing_now;
mod pings;
mod queues;
mod recovery;
mod same_isid;

use super::{Check, Status};
use crate::host::Roots;
use crate::host::session::{Detail, Session, survey};

/// One rule.
struct Rule {
    id: &'static str,
    /// How bad it is to break it.
    status: Status,
    /// What keeping it means, for when it is kept.
    kept: &'static str,
    remedy: &'static str,
    /// Who says so.
    source: &'static str,
    /// The sessions that break it, with the evidence.
    broken: fn(&[Session]) -> Vec<(u32, String)>,
}

const RULES: &[Rule] = &[
    failing_now::RULE,
    recovery::OF_ROOT,
    recovery::UNDER_MULTIPATH,
    recovery::OVERRIDDEN,
    pings::OFF,
    pings::SLOWER_THAN_SCSI,
    queues::DEEPER_THAN_HOST,
    same_isid::RULE,
];

pub(super) fn checks(roots: &Roots) -> Vec<Check> {
    let survey = match survey(roots, Detail::Devices) {
        Ok(survey) => survey,
        Err(error) => {
            return vec![Check::new(
                "sessions",
                Status::Unknown,
                format!("cannot be read: {error}"),
            )];
        }
    };
    if survey.sessions.is_empty() {
        return vec![Check::ok("sessions", "none, so no settings to check")];
    }
    RULES.iter().map(|rule| rule.check(&survey.sessions)).collect()
}

/// As many sessions are quoted; with thousands, the rest is a number.
const QUOTED: usize = 3;

impl Rule {
    fn check(&self, sessions: &[Session]) -> Check {
        let broken = (self.broken)(sessions);
        if broken.is_empty() {
            return Check { source: Some(self.source), ..Check::ok(self.id, self.kept) };
        }
        let quoted =
            broken.iter().take(QUOTED).map(|(sid, evidence)| format!("session {sid}: {evidence}"));
        let mut detail = quoted.collect::<Vec<_>>().join("; ");
        if broken.len() > QUOTED {
            detail.push_str(&format!("; and {} more sessions", broken.len() - QUOTED));
        }
        Check {
            sessions: broken.iter().map(|&(sid, _)| sid).collect(),
            source: Some(self.source),
            ..Check::new(self.id, self.status, detail).remedy(self.remedy)
        }
    }
}

/// Applies a look at one session to all.
fn each(sessions: &[Session], look: fn(&Session) -> Option<String>) -> Vec<(u32, String)> {
    sessions.iter().filter_map(|session| Some((session.sid, look(session)?))).collect()
}

/// Names of a session's disks that are paths of a multipath device.
fn paths(session: &Session) -> Vec<String> {
    let blocks = session.devices.iter().filter_map(|device| device.block.as_ref());
    let paths = blocks.filter(|block| block.walk().any(|layer| layer.kind == Some("multipath")));
    paths.map(|block| block.name.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::device::{Block, Device};
    use crate::host::session::{Connection, Host, Patience};

    /// A healthy session with a disk under the given layer.
    pub(super) fn session(sid: u32, over_the_disk: Block) -> Session {
        let disk =
            Block { name: "sda".to_owned(), holders: vec![over_the_disk], ..Block::default() };
        let mut session =
            Session { sid, state: Some("LOGGED_IN".to_owned()), ..Session::default() };
        session.timeouts.recovery_tmo = Some(Patience::Seconds(120));
        session.host = Some(Host { can_queue: Some(113), ..Host::default() });
        session.connections =
            vec![Connection { recv_tmo: Some(5), ping_tmo: Some(5), ..Connection::default() }];
        session.devices = vec![Device {
            timeout_s: Some(30),
            queue_depth: Some(32),
            block: Some(disk),
            ..Device::default()
        }];
        session
    }

    pub(super) fn plain() -> Block {
        Block { name: "sda1".to_owned(), mounted_at: vec!["/srv".to_owned()], ..Block::default() }
    }

    pub(super) fn multipath() -> Block {
        Block { name: "dm-0".to_owned(), kind: Some("multipath"), ..Block::default() }
    }

    #[test]
    fn ordinary_sessions_keep_every_rule() {
        for rule in RULES {
            let check = rule.check(&[session(1, plain()), session(2, plain())]);
            assert_eq!(
                (check.status, check.sessions),
                (Status::Ok, vec![]),
                "{}: {}",
                rule.id,
                check.detail
            );
        }
    }

    #[test]
    fn of_many_sessions_a_few_are_quoted_and_all_are_numbered() {
        let sessions: Vec<_> = (1..=9).map(|sid| session(sid, multipath())).collect();
        let check = recovery::UNDER_MULTIPATH.check(&sessions);
        assert_eq!(check.sessions, (1..=9).collect::<Vec<_>>());
        assert!(check.detail.ends_with("; and 6 more sessions"), "{}", check.detail);
    }
}
