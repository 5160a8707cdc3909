//! Settings: in force, asked for, and what becomes of a difference.

use std::io::{self, Write};

use super::{UNKNOWN, shown};
use crate::cli::Look;
use crate::host::session::{Comparison, Effect, Row, Session};

pub(super) fn write(out: &mut impl Write, look: Look, session: &Session) -> io::Result<()> {
    let rows = &session.settings;
    let longest = |of: fn(&Row) -> &str, least: usize| {
        rows.iter().map(|row| of(row).chars().count()).max().unwrap_or_default().max(least)
    };
    let names = longest(|row| row.name, 0);
    let values = longest(in_force, "IN FORCE".len());
    let asked = longest(requested, "RECORD".len());
    if !rows.is_empty() {
        let heading =
            format!("  {:names$}  {:>values$}  {:>asked$}", "settings", "IN FORCE", "RECORD");
        writeln!(out, "{}", look.bold(&heading))?;
    }
    for row in rows {
        let changed = row.comparison == Some(Comparison::Changed);
        let mark = if changed { '!' } else { ' ' };
        let (value, wanted) = (shown(Some(in_force(row))), shown(Some(requested(row))));
        let line = format!(
            "{mark}   {:names$}  {value:>values$}  {wanted:>asked$}  {}",
            row.name,
            remark(session, row)
        );
        let line = line.trim_end();
        writeln!(out, "{}", if changed { look.bold(line) } else { line.to_owned() })?;
    }
    if !rows.is_empty() {
        writeln!(
            out,
            "  (what else the target offered is only in the login's PDUs: iscsi-trace live -d LOGIN, decode --summary)"
        )?;
    }
    let Some(record) = &session.record else { return Ok(()) };
    writeln!(out, "  record {}", shown(record.path.to_str()))?;
    for (key, value) in &record.values {
        if !crate::host::session::is_compared(key) {
            writeln!(out, "    {key} = {}", shown(Some(value)))?;
        }
    }
    Ok(())
}

fn in_force(row: &Row) -> &str {
    row.in_force.as_deref().unwrap_or(UNKNOWN)
}

fn requested(row: &Row) -> &str {
    row.requested.as_deref().unwrap_or(UNKNOWN)
}

fn remark(session: &Session, row: &Row) -> String {
    if let Some(offered) = &row.offered {
        return format!("the target offered {}", shown(Some(offered)));
    }
    match (row.comparison, row.takes_effect) {
        (_, Some(Effect::Login)) => "record takes effect after logout and login".to_owned(),
        (_, Some(Effect::LoginOrSysfs)) => format!(
            "record takes effect after logout and login; at once: echo {} > /sys/class/iscsi_session/session{}/recovery_tmo",
            requested(row),
            session.sid
        ),
        _ => String::new(),
    }
}
