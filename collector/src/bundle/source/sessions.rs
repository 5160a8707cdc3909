//! Sessions as `iscsi-trace sessions` shows them: what was asked for next to what is in force, sockets, disks.

use super::super::item::Found;
use super::super::setting::Setting;
use crate::cli::Look;
use crate::host::session::{Detail, survey};
use crate::output::sessions;

pub(super) fn collect(setting: &Setting) -> Found {
    let mut found = Found::default();
    let mut survey = match survey(setting.roots(), Detail::Devices) {
        Ok(survey) => survey,
        Err(error) => {
            found.missing("sessions", error.to_string());
            return found;
        }
    };
    if let Some(wanted) = setting.wish.session {
        survey.sessions.retain(|session| session.sid == wanted);
        if survey.sessions.is_empty() {
            found.missing(format!("session {wanted}"), "there is none of that number");
        }
    }
    for note in survey.notes.iter() {
        found.missing("sessions", note);
    }
    let (mut text, mut lines) = (Vec::new(), Vec::new());
    // Writing to memory cannot fail.
    let _ = sessions::text(&mut text, Look::PLAIN, &survey.sessions, Detail::Devices);
    let _ = sessions::json(&mut lines, &survey.sessions);
    let origin = "iscsi-trace sessions -P 3";
    found.text("sessions.txt", origin, String::from_utf8_lossy(&text).into_owned());
    found.text("sessions.jsonl", origin, String::from_utf8_lossy(&lines).into_owned());
    found
}
