//! What `iscsi-trace doctor` says.

use super::super::item::Found;
use super::super::setting::Setting;
use crate::cli::Look;
use crate::doctor::examine;
use crate::output::doctor;

/// Where it is: for people, and as JSON Lines.
pub(crate) const MEMBERS: (&str, &str) = ("doctor.txt", "doctor.jsonl");

pub(super) fn collect(setting: &Setting) -> Found {
    let mut found = Found::default();
    let groups = examine(setting.roots());
    let (mut text, mut lines) = (Vec::new(), Vec::new());
    // Writing to memory cannot fail.
    let _ = doctor::text(&mut text, Look::PLAIN, &groups);
    let _ = doctor::json(&mut lines, &groups);
    for (member, bytes) in [(MEMBERS.0, text), (MEMBERS.1, lines)] {
        found.text(member, "iscsi-trace doctor", String::from_utf8_lossy(&bytes).into_owned());
    }
    found
}
