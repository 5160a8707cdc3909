//! What multipath adds to a session's timers.

use super::Machine;
use crate::host::session::Session;

/// Settings of multipath.conf that decide how long I/O waits.
const SETTINGS: [(&str, &str); 4] = [
    ("no_path_retry", "what happens to I/O when all paths have failed"),
    ("fast_io_fail_tmo", "multipathd writes it into the session's recovery_tmo"),
    ("dev_loss_tmo", "when a lost device is removed"),
    ("polling_interval", "how often paths are checked"),
];

/// What can be said; nothing where no map lies over the session's disks.
pub(super) fn settings(session: &Session, machine: &Machine) -> Vec<String> {
    let blocks = session.devices.iter().filter_map(|device| device.block.as_ref());
    let maps: Vec<&str> = blocks
        .flat_map(|block| block.walk())
        .filter(|block| block.kind == Some("multipath"))
        .map(|block| block.mapper_name.as_deref().unwrap_or(&block.name))
        .collect();
    if maps.is_empty() {
        return Vec::new();
    }
    let mut lines = vec![format!("multipath maps over it: {}", maps.join(", "))];
    for (name, meaning) in SETTINGS {
        let values: Vec<&str> =
            machine.multipath.lines().filter_map(|line| value(line, name)).collect();
        match values[..] {
            [] => lines.push(format!("{name} is not set in multipath.conf: {meaning}")),
            _ => lines.push(format!("{name} {}: {meaning}", values.join(", "))),
        }
    }
    lines.push("`multipath -ll` shows queue_if_no_path where a map waits for ever".to_owned());
    lines
}

/// The value of a setting on a line of the configuration.
fn value<'l>(line: &'l str, name: &str) -> Option<&'l str> {
    let line = line.split('#').next()?.trim();
    let value = line.strip_prefix(name)?.strip_prefix([' ', '\t'])?.trim().trim_matches('"');
    (!value.is_empty()).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_without_comments_and_quotes() {
        assert_eq!(value("    no_path_retry \"12\" # was queue", "no_path_retry"), Some("12"));
        assert_eq!(value("# no_path_retry 12", "no_path_retry"), None);
        assert_eq!(value("no_path_retry_x 1", "no_path_retry"), None);
    }
}
