//! The kernel log, as `/dev/kmsg` has it.

use super::super::files;
use super::super::item::Found;
use super::super::log::Filter;
use super::super::setting::Setting;
use crate::host::kernel_log;

/// Where readers of a machine's folders look for it.
pub(super) const MEMBER: &str = "root/dev/kmsg";

pub(super) fn collect(setting: &Setting) -> Found {
    let mut found = Found::default();
    let mut filter = Filter::new(&setting.names);
    let from = begin(setting);
    let mut kept = String::new();
    let (log, origin) = match kernel_log::read(&setting.on_machine("dev/kmsg")) {
        Ok(log) => (log, "/dev/kmsg".to_owned()),
        Err(error) => {
            let why = files::why(&error).unwrap_or_else(|| "there is none".to_owned());
            match journal(setting) {
                Ok(log) => (log, "journalctl -k -b".to_owned()),
                Err(also) => {
                    found
                        .missing("/dev/kmsg (kernel log)", format!("{why}; journalctl -k: {also}"));
                    return found;
                }
            }
        }
    };
    for (number, line) in log.lines().enumerate() {
        // What belongs to a record follows indented.
        if line.starts_with(' ') {
            continue;
        }
        let Some(safe) = filter.line(line.as_bytes(), &mut found) else { continue };
        let Some(boot) = safe.boot.filter(|boot| from.is_none_or(|from| *boot >= from)) else {
            continue;
        };
        let head = line.split(';').next().unwrap_or_default();
        let (priority, sequence) = numbers(head).unwrap_or((6, number as u64));
        kept.push_str(&format!("{priority},{sequence},{},-;{}\n", boot / 1000, safe.text));
    }
    found.text(MEMBER, origin, kept);
    if filter.passed_over > 0 {
        let lines = filter.passed_over;
        found.missing("kernel log", format!("{lines} lines about other things were left out"));
    }
    found
}

/// `6,1234,46318860,-`: priority and number.
fn numbers(head: &str) -> Option<(u32, u64)> {
    let mut fields = head.split(',');
    Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
}

/// With `--since`: nanoseconds since boot from which on lines are wanted.
fn begin(setting: &Setting) -> Option<i64> {
    let since = setting.wish.since?;
    Some(setting.uptime_ns()?.saturating_sub(setting.wish.now.since(since)))
}

/// What the journal kept of this boot's kernel log, for those who may read only that.
fn journal(setting: &Setting) -> Result<String, String> {
    let wish = &setting.wish;
    if !wish.programs.are_there() {
        return Err("not this machine's".to_owned());
    }
    let arguments = [
        "--no-pager",
        "-q",
        "-k",
        "-b",
        "-o",
        "json",
        "--output-fields=MESSAGE,_TRANSPORT,_SOURCE_MONOTONIC_TIMESTAMP",
    ];
    let said = wish.programs.run("journalctl", &arguments, wish.patience, &*wish.stop)?;
    if said.text.is_empty() { Err("it has nothing we may read".to_owned()) } else { Ok(said.text) }
}
