//! What `iscsi-trace doctor` says.

use super::super::item::Found;
use super::super::setting::Setting;
use crate::cli::Look;
use crate::doctor::examine;
use crate::output::doctor;

pub(super) fn collect(setting: &Setting) -> Found {
    let mut found = Found::default();
    let groups = examine(setting.roots());
    let (mut text, mut lines) = (Vec::new(), Vec::new());
    // Writing to memory cannot fail.
    let _ = doctor::text(&mut text, Look::PLAIN, &groups);
    let _ = doctor::json(&mut lines, &groups);
    found.text("doctor.txt", "iscsi-trace doctor", String::from_utf8_lossy(&text).into_owned());
    found.text("doctor.jsonl", "iscsi-trace doctor", String::from_utf8_lossy(&lines).into_owned());
    found
}
