//! What the logs mean: one log of all that was kept, annotated, and the incidents in it.

use super::super::item::Found;
use super::super::setting::Setting;
use super::super::time;
use super::{journal, kernel_log};
use crate::annotate::{Annotator, Output};

/// Where the incidents are.
pub(in crate::bundle) const INCIDENTS: &str = "findings/incidents.jsonl";
/// The log readers take.
pub(in crate::bundle) const LOG: &str = "log/all.log";

pub(super) fn collect(setting: &Setting) -> Found {
    let mut found = Found::default();
    let log = merged(setting);
    for (member, output) in [
        ("log/annotated.txt", Output::Text { colour: false }),
        ("findings/incidents.txt", Output::Incidents { colour: false }),
        (INCIDENTS, Output::JsonIncidents),
    ] {
        let mut out = Vec::new();
        let mut annotator = Annotator::new(&mut out, output);
        // Writing to memory cannot fail.
        let done = log.split_inclusive('\n').try_for_each(|line| annotator.line(line.as_bytes()));
        let _ = done.and_then(|()| annotator.finish());
        found.text(member, "iscsi-trace annotate", String::from_utf8_lossy(&out).into_owned());
    }
    found.text(LOG, "/dev/kmsg and the journal, in one order", log);
    found
}

/// Both logs in one. The kernel's stamps become times of day by the machine's uptime; a copy of a machine does not tell
/// when it was made, so there they stay apart.
fn merged(setting: &Setting) -> String {
    let (kernel, programs) =
        (setting.text_so_far(kernel_log::MEMBER), setting.text_so_far(journal::MEMBER));
    let boot = setting.roots().is_machine().then(|| setting.uptime_ns()).flatten();
    let boot = boot.map(|uptime| setting.wish.now.0.saturating_sub(uptime));
    let mut lines: Vec<(i64, String)> = Vec::new();
    for record in kernel.lines() {
        let Some((head, text)) = record.split_once(';') else { continue };
        let us = head.split(',').nth(2).and_then(|us| us.parse::<i64>().ok()).unwrap_or_default();
        let stamp = format!("[{:5}.{:06}] {text}\n", us / 1_000_000, us % 1_000_000);
        match boot {
            Some(boot) => {
                let wall = boot.saturating_add(us.saturating_mul(1000));
                lines.push((wall, format!("{} kernel: {stamp}", time::precise(wall))));
            }
            None => lines.push((0, stamp)),
        }
    }
    let mut last = lines.last().map_or(0, |line| line.0);
    if boot.is_none() {
        lines.extend(programs.lines().map(|line| (last, format!("{line}\n"))));
    } else {
        for line in programs.lines() {
            let stamp =
                line.split(' ').next().and_then(|stamp| stamp.parse::<jiff::Timestamp>().ok());
            let wall = stamp.and_then(|stamp| i64::try_from(stamp.as_nanosecond()).ok());
            last = wall.unwrap_or(last);
            lines.push((last, format!("{line}\n")));
        }
        // Stable: lines of one moment stay as they were.
        lines.sort_by_key(|line| line.0);
    }
    lines.into_iter().map(|(_, line)| line).collect()
}
