//! The name spaces and what is in them.

use std::io::{self, Write};

use iscsi_decoders::catalogue::{Entry, Match, Space, entries};
use serde::Serialize;

use super::json;
use crate::cli::Format;

#[derive(Serialize)]
struct Line {
    space: &'static str,
    title: &'static str,
    codes: usize,
}

/// Writes every name space with the number of its codes.
///
/// # Errors
/// What the writer says.
pub fn spaces(out: &mut impl Write, format: Format) -> io::Result<()> {
    for &space in Space::ALL {
        let line =
            Line { space: space.name(), title: space.title(), codes: entries(space).count() };
        match format {
            Format::Text => writeln!(out, "{:20} {:4}  {}", line.space, line.codes, line.title)?,
            Format::Json => {
                serde_json::to_writer(&mut *out, &line)?;
                writeln!(out)?;
            }
        }
    }
    Ok(())
}

/// Writes every code of a name space.
///
/// # Errors
/// What the writer says.
pub fn codes(out: &mut impl Write, format: Format, space: Space) -> io::Result<()> {
    let labels = entries(space).map(|entry| entry.label.len()).max().unwrap_or_default();
    let symbols =
        entries(space).map(|entry| entry.symbol.chars().count()).max().unwrap_or_default();
    for entry in entries(space) {
        match format {
            Format::Json => json::write(out, None, &whole(entry))?,
            Format::Text if says_no_more(entry) => {
                writeln!(out, "{:labels$}  {}", entry.label, entry.symbol)?;
            }
            Format::Text => {
                let Entry { label, symbol, meaning, .. } = entry;
                writeln!(out, "{label:labels$}  {symbol:symbols$}  {meaning}")?;
            }
        }
    }
    Ok(())
}

fn whole(entry: &'static Entry) -> Match {
    Match { code: entry.label.to_owned(), entry, sense_key: None }
}

/// In the compact list of additional sense codes the meaning is the symbol in another case.
fn says_no_more(entry: &Entry) -> bool {
    entry.symbol.eq_ignore_ascii_case(entry.meaning)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(write: impl FnOnce(&mut Vec<u8>) -> io::Result<()>) -> String {
        let mut out = Vec::new();
        write(&mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn every_name_space_is_listed_with_its_count() {
        let listed = text(|out| spaces(out, Format::Text));
        assert_eq!(listed.lines().count(), Space::ALL.len());
        assert!(
            listed.contains("kernel                 24  kernel connection error\n"),
            "{listed}"
        );
    }

    #[test]
    fn codes_are_listed_one_a_line_in_both_formats() {
        let listed = text(|out| codes(out, Format::Text, Space::StopFlag));
        assert_eq!(
            listed.lines().next().unwrap(),
            "1  STOP_CONN_TERM     End the connection for good (logout)."
        );
        let listed = text(|out| codes(out, Format::Json, Space::Asc));
        assert_eq!(listed.lines().count(), entries(Space::Asc).count());
        for line in listed.lines() {
            let json: serde_json::Value = serde_json::from_str(line).unwrap();
            assert_eq!(json["space"], "sense");
        }
    }
}
