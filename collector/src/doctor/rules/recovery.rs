//! How long I/O waits for a lost connection.

use super::{Rule, each, paths};
use crate::doctor::Status;
use crate::host::session::{Comparison, Patience, Session};

/// open-iscsi's README suggests a day.
const AS_GOOD_AS_ENDLESS: Patience = Patience::Seconds(86_400);

/// The same README suggests 5 to 15 s under multipath; half a minute leaves room for reasons of one's own.
const SOON: Patience = Patience::Seconds(30);

pub(super) const OF_ROOT: Rule = Rule {
    id: "root-or-swap-gives-up",
    status: Status::Danger,
    kept: "no root file system or swap lies on a session that gives up waiting",
    remedy: "iscsiadm -m node -T TARGET -o update -n node.session.timeo.replacement_timeout -v 86400, and now: \
             echo 86400 > /sys/class/iscsi_session/sessionN/recovery_tmo",
    source: "open-iscsi README, 8.2 iSCSI settings for iSCSI root",
    broken: |sessions| each(sessions, root_gives_up),
};

fn root_gives_up(session: &Session) -> Option<String> {
    let limit = session.timeouts.recovery_tmo?;
    // Multipath holds the I/O back itself, by rules of its own.
    if limit >= AS_GOOD_AS_ENDLESS || !paths(session).is_empty() {
        return None;
    }
    let blocks = session.devices.iter().filter_map(|device| device.block.as_ref());
    let used = blocks.flat_map(|block| block.walk()).find_map(|layer| match layer.swap {
        true => Some(format!("swap on {}", layer.name)),
        false => layer
            .mounted_at
            .iter()
            .any(|place| place == "/")
            .then(|| format!("/ on {}", layer.name)),
    })?;
    Some(format!("{used} fails {limit} s after the connection is lost"))
}

pub(super) const UNDER_MULTIPATH: Rule = Rule {
    id: "multipath-waits-for-iscsi",
    status: Status::Advice,
    kept: "sessions under multipath give up soon, so that I/O moves to another path",
    remedy: "set fast_io_fail_tmo in /etc/multipath.conf (multipathd sets recovery_tmo from it), or \
             replacement_timeout in the record, to 5 to 15 s",
    source: "open-iscsi README, 8.1.3 Optimal replacement_timeout Value",
    broken: |sessions| each(sessions, waits_under_multipath),
};

fn waits_under_multipath(session: &Session) -> Option<String> {
    let limit = session.timeouts.recovery_tmo.filter(|&limit| limit > SOON)?;
    let paths = paths(session);
    let first = paths.first()?;
    Some(match limit {
        Patience::Endless => format!("I/O waiting on path {first} never moves to another"),
        Patience::Seconds(seconds) => {
            format!("I/O waiting on path {first} moves to another after {seconds} s")
        }
    })
}

pub(super) const OVERRIDDEN: Rule = Rule {
    id: "multipath-overrides-record",
    status: Status::Advice,
    kept: "no record's replacement_timeout is overridden by multipathd",
    remedy: "set fast_io_fail_tmo in /etc/multipath.conf: multipathd writes it over replacement_timeout whenever it \
             reloads",
    source: "Red Hat Enterprise Linux, DM Multipath, 4.6 iSCSI and DM Multipath overrides",
    broken: |sessions| each(sessions, overridden),
};

fn overridden(session: &Session) -> Option<String> {
    if paths(session).is_empty() {
        return None;
    }
    let row = session.settings.iter().find(|row| row.name == "replacement_timeout")?;
    if row.comparison != Some(Comparison::Changed) {
        return None;
    }
    Some(format!(
        "the record asks for {} s, {} is in force",
        row.requested.as_deref()?,
        row.in_force.as_deref()?
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::rules::tests::{multipath, plain, session};
    use crate::host::device::Block;
    use crate::host::session::Row;

    #[test]
    fn root_and_swap_need_a_day() {
        for (layer, told) in [
            (
                Block {
                    mounted_at: vec!["/".to_owned()],
                    name: "sda2".to_owned(),
                    ..Block::default()
                },
                "/ on sda2",
            ),
            (Block { swap: true, name: "sda3".to_owned(), ..Block::default() }, "swap on sda3"),
        ] {
            let mut session = session(1, layer);
            let evidence = root_gives_up(&session).unwrap();
            assert_eq!(evidence, format!("{told} fails 120 s after the connection is lost"));
            for enough in [Patience::Endless, Patience::Seconds(86_400)] {
                session.timeouts.recovery_tmo = Some(enough);
                assert_eq!(root_gives_up(&session), None);
            }
        }
        assert_eq!(root_gives_up(&session(1, plain())), None);
    }

    #[test]
    fn root_over_multipath_is_multipaths_matter() {
        let root = Block { mounted_at: vec!["/".to_owned()], ..Block::default() };
        let layer = Block { holders: vec![root], ..multipath() };
        assert_eq!(root_gives_up(&session(1, layer)), None);
    }

    #[test]
    fn paths_should_give_up_soon() {
        let mut path = session(1, multipath());
        assert!(waits_under_multipath(&path).is_some_and(|text| text.ends_with("after 120 s")));
        path.timeouts.recovery_tmo = Some(Patience::Endless);
        assert!(
            waits_under_multipath(&path)
                .is_some_and(|text| text.ends_with("never moves to another"))
        );
        path.timeouts.recovery_tmo = Some(Patience::Seconds(5));
        assert_eq!(waits_under_multipath(&path), None);
        assert_eq!(waits_under_multipath(&session(1, plain())), None);
    }

    #[test]
    fn a_record_overridden_is_told_only_under_multipath() {
        let row = Row {
            name: "replacement_timeout",
            requested: Some("120".to_owned()),
            offered: None,
            in_force: Some("5".to_owned()),
            comparison: Some(Comparison::Changed),
            takes_effect: None,
        };
        let mut path = session(1, multipath());
        path.settings = vec![row.clone()];
        assert_eq!(overridden(&path).as_deref(), Some("the record asks for 120 s, 5 is in force"));
        let mut other = session(1, plain());
        other.settings = vec![row];
        assert_eq!(overridden(&other), None);
    }
}
