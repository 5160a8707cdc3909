//! What works here and what does not, by name, with the remedy.
//!
//! A check looks at one thing and says one of six [`Status`]es. Groups of checks are listed in `GROUPS`, and
//! nowhere else.

mod btf;
mod capabilities;
mod check;
mod iscsid;
mod kernel_config;
mod modules;
mod privileges;
mod probes;
mod rules;
mod tracefs;

pub use check::{Check, Group, Status};

use crate::host::Roots;

/// How a group of checks is made.
type Checks = fn(&Roots) -> Vec<Check>;

/// Every group, in the order they are shown: what the machine can do for `live`, then who runs sessions on it, then
/// how they are set. A new group of checks is a row here.
const GROUPS: &[(&str, Checks)] = &[
    ("kernel", kernel_config::checks),
    ("types", btf::checks),
    ("tracing", tracefs::checks),
    ("modules", modules::checks),
    ("probes", probes::checks),
    ("privileges", privileges::checks),
    ("iscsid", iscsid::checks),
    ("settings", rules::checks),
];

/// Makes every check.
#[must_use]
pub fn examine(roots: &Roots) -> Vec<Group> {
    GROUPS.iter().map(|&(name, checks)| Group { name, checks: checks(roots) }).collect()
}

/// Whether anything keeps `live` from running.
#[must_use]
pub fn can_run_live(groups: &[Group]) -> bool {
    groups.iter().flat_map(|group| &group.checks).all(|check| check.status != Status::Blocked)
}

/// The text of a file, without white space around it.
fn read(roots: &Roots, path: &str) -> std::io::Result<String> {
    Ok(std::fs::read_to_string(roots.path(path))?.trim().to_owned())
}

/// The running kernel's release, as `uname -r` prints it.
fn release(roots: &Roots) -> Option<String> {
    read(roots, "/proc/sys/kernel/osrelease").ok()
}
