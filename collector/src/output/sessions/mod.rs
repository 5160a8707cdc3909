//! Sessions as a list, as a tree, or as JSON Lines.

mod devices;
mod list;
mod settings;
mod tcp;
mod tree;
mod units;

use std::io::{self, Write};

use super::Plain;
use crate::cli::Look;
use crate::host::session::{Detail, Session};

/// Writes sessions for people.
///
/// # Errors
/// What the writer says.
pub fn text(
    out: &mut impl Write,
    look: Look,
    sessions: &[Session],
    detail: Detail,
) -> io::Result<()> {
    if detail == Detail::Line {
        return list::write(out, look, sessions);
    }
    for (index, session) in sessions.iter().enumerate() {
        if index > 0 {
            writeln!(out)?;
        }
        tree::write(out, look, session, detail)?;
    }
    Ok(())
}

/// Writes an object per session and line. Names are stable; what is not known is absent.
///
/// # Errors
/// What the writer says.
pub fn json(out: &mut impl Write, sessions: &[Session]) -> io::Result<()> {
    for session in sessions {
        serde_json::to_writer(&mut *out, session)?;
        writeln!(out)?;
    }
    Ok(())
}

/// What stands for a value that is not known.
const UNKNOWN: &str = "-";

/// A value from the machine, safe for a terminal.
fn shown(value: Option<&str>) -> String {
    value.map_or_else(|| UNKNOWN.to_owned(), |value| Plain(value).to_string())
}

/// The portal as iscsiadm writes it, with the group tag.
fn portal(session: &Session) -> String {
    let portal = session.connection().and_then(|connection| connection.portal());
    let Some(portal) = portal else { return UNKNOWN.to_owned() };
    let tag = session.target_portal_group_tag.map(|tag| format!(",{tag}")).unwrap_or_default();
    Plain(&format!("{portal}{tag}")).to_string()
}
