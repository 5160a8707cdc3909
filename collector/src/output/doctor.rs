//! The doctor's findings, for people and as JSON Lines.

use std::io::{self, Write};

use serde::Serialize;

use super::Plain;
use crate::cli::Look;
use crate::doctor::{Check, Group, Status};

/// Writes groups of checks for people; what is as it should be takes a line, the rest says what to do.
///
/// # Errors
/// What the writer says.
pub fn text(out: &mut impl Write, look: Look, groups: &[Group]) -> io::Result<()> {
    let names =
        groups.iter().flat_map(|group| &group.checks).map(|check| check.name.chars().count());
    let width = names.max().unwrap_or_default();
    for group in groups {
        writeln!(out, "{}", look.bold(group.name))?;
        for check in &group.checks {
            let line =
                format!("{} {:width$}  {}", mark(check.status), check.name, Plain(&check.detail));
            let loud = check.status > Status::Unknown;
            writeln!(out, "{}", if loud { look.bold(&line) } else { line })?;
            if let Some(remedy) = &check.remedy {
                writeln!(out, "          {:width$}  remedy: {remedy}", "")?;
            }
            if let Some(source) = check.source.filter(|_| loud) {
                writeln!(out, "          {:width$}  source: {source}", "")?;
            }
        }
    }
    Ok(())
}

/// Eight columns and a blank.
fn mark(status: Status) -> &'static str {
    match status {
        Status::Ok => "  ok     ",
        Status::Unknown => "  ?      ",
        Status::Limited => "! limited",
        Status::Advice => "! advice ",
        Status::Danger => "! danger ",
        Status::Blocked => "! blocked",
    }
}

/// Writes an object per check and line.
///
/// # Errors
/// What the writer says.
pub fn json(out: &mut impl Write, groups: &[Group]) -> io::Result<()> {
    #[derive(Serialize)]
    struct Line<'a> {
        group: &'a str,
        #[serde(flatten)]
        check: &'a Check,
    }
    for group in groups {
        for check in &group.checks {
            serde_json::to_writer(&mut *out, &Line { group: group.name, check })?;
            writeln!(out)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn groups() -> Vec<Group> {
        let bad = Check::new("lockdown", Status::Blocked, "confidentiality").remedy("boot without");
        vec![Group { name: "privileges", checks: vec![Check::ok("CAP_BPF", "here"), bad] }]
    }

    #[test]
    fn what_is_wrong_is_marked_and_says_what_to_do() {
        let mut out = Vec::new();
        text(&mut out, Look::PLAIN, &groups()).unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "privileges\n  ok      CAP_BPF   here\n! blocked lockdown  confidentiality\n\
             \x20                   remedy: boot without\n"
        );
    }

    #[test]
    fn json_has_a_line_per_check() {
        let mut out = Vec::new();
        json(&mut out, &groups()).unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap().lines().last(),
            Some(
                r#"{"group":"privileges","name":"lockdown","status":"blocked","detail":"confidentiality","remedy":"boot without"}"#
            )
        );
    }
}
