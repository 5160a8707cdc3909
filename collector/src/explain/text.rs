//! Matches as text for a person.

use std::io::{self, Write};

use iscsi_decoders::catalogue::{FieldNotes, Match};

use super::wrap;
use crate::cli::Look;

/// With more meanings than this, only the likeliest are shown in full.
const ALL_IN_FULL: usize = 3;
const LIKELIEST: usize = 2;
/// Columns of the labels, `How you hit it` being the longest.
const LABEL: usize = 16;
const INDENT: &str = "  ";

/// Writes the meanings of one query, most likely first.
///
/// # Errors
/// What the writer says.
pub fn write(out: &mut impl Write, look: Look, query: &str, found: &[Match]) -> io::Result<()> {
    let full = if found.len() > ALL_IN_FULL { LIKELIEST } else { found.len() };
    let (likely, others) = found.split_at(full);
    for (index, found) in likely.iter().enumerate() {
        if index > 0 {
            writeln!(out)?;
        }
        in_full(out, look, found)?;
    }
    if others.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{}", look.bold(&format!("{query} can also be, less likely:")))?;
    let names: Vec<_> = others.iter().map(|m| format!("{}:{}", m.space(), m.code)).collect();
    let longest = names.iter().map(String::len).max().unwrap_or_default();
    for (name, other) in names.iter().zip(others) {
        writeln!(out, "{INDENT}{name:longest$}  {} ({})", other.symbol(), other.title())?;
    }
    Ok(())
}

fn in_full(out: &mut impl Write, look: Look, found: &Match) -> io::Result<()> {
    let heading = format!("{}  {}", found.code, found.symbol());
    let columns = heading.chars().count() + found.title().len() + 4;
    let gap = if columns > look.width { "\n" } else { "" };
    writeln!(out, "{}{gap}  ({})", look.bold(&heading), found.title())?;
    for line in wrap::words(found.entry.meaning, look.width.saturating_sub(INDENT.len())) {
        writeln!(out, "{INDENT}{line}")?;
    }
    let Some(FieldNotes { hit, check, action, source }) = found.field() else { return Ok(()) };
    let room = look.width.saturating_sub(INDENT.len() + LABEL);
    let bulleted = |text: &str, bullet: &str, lines: fn(&str, usize) -> Vec<String>| {
        let mut lines = lines(text, room.saturating_sub(bullet.len()));
        for (index, line) in lines.iter_mut().enumerate() {
            let lead = if index == 0 { bullet } else { INDENT };
            line.insert_str(0, lead);
        }
        lines
    };
    let check = check.iter().flat_map(|text| bulleted(text, "$ ", wrap::command)).collect();
    let action = action.iter().flat_map(|text| bulleted(text, "- ", wrap::words)).collect();
    labelled(out, look, "How you hit it", wrap::words(hit, room))?;
    labelled(out, look, "Check", check)?;
    labelled(out, look, "Do", action)?;
    labelled(out, look, "Source", wrap::words(source, room))
}

fn labelled(out: &mut impl Write, look: Look, label: &str, lines: Vec<String>) -> io::Result<()> {
    for (index, line) in lines.iter().enumerate() {
        // Padded before it is made bold: escape sequences take no columns.
        let label =
            if index == 0 { look.bold(&format!("{label:LABEL$}")) } else { " ".repeat(LABEL) };
        writeln!(out, "{INDENT}{label}{line}")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use iscsi_decoders::catalogue::{Space, entries, find};

    use super::*;

    fn shown(look: Look, query: &str) -> String {
        let mut out = Vec::new();
        write(&mut out, look, query, &find(query).unwrap()).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_code_met_in_the_field_shows_heading_meaning_and_all_four_parts_in_order() {
        let text = shown(Look::PLAIN, "1011");
        let mut lines = text.lines();
        assert_eq!(lines.next(), Some("1011  ISCSI_ERR_CONN_FAILED  (kernel connection error)"));
        let starts =
            ["  The conn", "  How you hit it  ", "  Check           $ ", "  Do              - "];
        for start in starts.into_iter().chain(["  Source          "]) {
            assert!(lines.any(|line| line.starts_with(start)), "{start:?} in\n{text}");
        }
    }

    #[test]
    fn a_code_without_notes_shows_two_lines() {
        assert_eq!(
            shown(Look::PLAIN, "stop-flag:3"),
            "3  STOP_CONN_RECOVER  (stop flag)\n  Stop the connection and keep the session for \
             recovery; the kernel's own\n  clean-up always uses it.\n"
        );
    }

    #[test]
    fn sense_data_shows_key_and_additional_sense_code() {
        let text = shown(Look::PLAIN, "sense:3/11/00");
        assert!(
            text.starts_with("3/11/00  MEDIUM ERROR: UNRECOVERED READ ERROR  (SCSI sense data)\n"),
            "{text}"
        );
    }

    #[test]
    fn a_heading_too_long_for_the_line_gets_two() {
        let text = shown(Look::PLAIN, "b/47/7f");
        let mut lines = text.lines();
        assert!(lines.next().unwrap().ends_with("CLEARED BY ISCSI PROTOCOL EVENT"), "{text}");
        assert_eq!(lines.next(), Some("  (SCSI sense data)"));
    }

    #[test]
    fn of_many_meanings_the_less_likely_ones_take_a_line_each() {
        let text = shown(Look::PLAIN, "11");
        let found = find("11").unwrap();
        assert_eq!(text.matches("How you hit it").count(), 2, "{text}");
        let (_, others) = text.split_once("11 can also be, less likely:\n").unwrap();
        assert_eq!(others.lines().count(), found.len() - 2);
        assert!(others.contains("tmf:11 "), "{others}");
    }

    #[test]
    fn prose_keeps_to_the_width_in_every_entry() {
        for width in [80, 100] {
            for entry in Space::ALL.iter().flat_map(|&space| entries(space)) {
                let found = Match { code: entry.label.to_owned(), entry, sense_key: None };
                let mut out = Vec::new();
                in_full(&mut out, Look { width, colour: false }, &found).unwrap();
                let text = String::from_utf8(out).unwrap();
                // Headings (line one) and commands are kept whole.
                let mut in_commands = false;
                for line in text.lines().skip(1) {
                    let label = line.get(2..18).unwrap_or_default().trim();
                    in_commands = if label.is_empty() { in_commands } else { label == "Check" };
                    assert!(in_commands || line.chars().count() <= width, "{line}");
                }
            }
        }
    }

    #[test]
    fn headings_are_bold_only_where_colour_is_allowed() {
        assert!(!shown(Look::PLAIN, "1011").contains('\x1b'));
        let text = shown(Look { width: 80, colour: true }, "1011");
        assert!(text.starts_with("\x1b[1m1011  ISCSI_ERR_CONN_FAILED\x1b[0m  ("), "{text}");
    }
}
