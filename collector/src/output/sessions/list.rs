//! A line per session, in columns.

use std::io::{self, Write};

use super::{portal, shown};
use crate::cli::Look;
use crate::host::session::Session;

const COLUMNS: usize = 6;
const HEADINGS: [&str; COLUMNS] = ["SID", "STATE", "TRANSPORT", "PORTAL", "TARGET", "DISKS"];

pub(super) fn write(out: &mut impl Write, look: Look, sessions: &[Session]) -> io::Result<()> {
    if sessions.is_empty() {
        return Ok(());
    }
    let rows: Vec<[String; COLUMNS]> = sessions.iter().map(row).collect();
    let mut widths = HEADINGS.map(str::len);
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.chars().count().max(*width);
        }
    }
    writeln!(out, "{}", look.bold(&line(" ", &HEADINGS.map(str::to_owned), &widths)))?;
    for (session, row) in sessions.iter().zip(&rows) {
        let Some((worst, others)) = session.problems.split_first() else {
            writeln!(out, "{}", line(" ", row, &widths))?;
            continue;
        };
        let more =
            if others.is_empty() { String::new() } else { format!(" (and {} more)", others.len()) };
        let text = format!("{}  {}{more}", line("!", row, &widths), shown(Some(worst)));
        writeln!(out, "{}", look.bold(&text))?;
    }
    Ok(())
}

fn row(session: &Session) -> [String; COLUMNS] {
    let disks: Vec<String> = session.devices.iter().map(|device| device.name()).collect();
    [
        session.sid.to_string(),
        shown(session.state.as_deref()),
        shown(session.transport()),
        portal(session),
        shown(session.target_name.as_deref()),
        if disks.is_empty() { shown(None) } else { shown(Some(&disks.join(","))) },
    ]
}

fn line(mark: &str, cells: &[String; COLUMNS], widths: &[usize; COLUMNS]) -> String {
    let mut line = mark.to_owned();
    for (cell, &width) in cells.iter().zip(widths) {
        line.push_str(&format!(" {cell:width$} "));
    }
    line.truncate(line.trim_end().len());
    line
}
