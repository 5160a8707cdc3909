//! Sessions as `iscsi-trace sessions` shows them: what was asked for next to what is in force, sockets, disks.
//!
//! They are read from what is in the bundle already, so that nothing gets in by another door; only what the kernel says
//! about sockets is asked of the machine.

use std::io;

use super::super::item::{Content, Found};
use super::super::read::Machine;
use super::super::setting::Setting;
use crate::cli::Look;
use crate::host::notes::Notes;
use crate::host::session::{Detail, Survey, survey};
use crate::output::sessions;

pub(super) fn collect(setting: &Setting) -> Found {
    let mut found = Found::default();
    let mut survey = match copied(setting) {
        Ok(survey) => survey,
        Err(error) => {
            found.missing("sessions", error.to_string());
            return found;
        }
    };
    if setting.roots().is_machine() {
        sockets(setting, &mut survey);
    }
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

/// The sessions of the copy.
fn copied(setting: &Setting) -> io::Result<Survey> {
    let files = setting.so_far.iter().filter_map(|(path, item)| match &item.content {
        Content::Text(text) => Some((path.as_str(), text.as_bytes())),
        Content::Link(_) | Content::Recording(_) => None,
    });
    let links = setting.so_far.iter().filter_map(|(path, item)| match &item.content {
        Content::Link(target) => Some((path.as_str(), target.as_str())),
        Content::Text(_) | Content::Recording(_) => None,
    });
    let machine = Machine::lay_out(files, links, &*setting.wish.stop)?;
    survey(&machine.roots(), Detail::Devices)
}

/// Adds what only the machine's kernel knows.
fn sockets(setting: &Setting, survey: &mut Survey) {
    survey.notes = Notes::default();
    // If it cannot be read now, it could not be copied either, and that was said.
    let Ok(there) = self::survey(setting.roots(), Detail::State) else { return };
    survey.notes = there.notes;
    for session in &mut survey.sessions {
        let Some(other) = there.sessions.iter().find(|other| other.sid == session.sid) else {
            continue;
        };
        for connection in &mut session.connections {
            let same = other.connections.iter().find(|other| other.cid == connection.cid);
            connection.tcp = same.and_then(|other| other.tcp.clone());
        }
    }
}
