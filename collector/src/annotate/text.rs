//! Text under and between the lines of a log. Every line of ours begins with four blanks and a stroke of a
//! box, so that what was read can be told from what was added.

use std::io::{self, Write};

/// Where annotation wraps; logs are read on wide terminals, explanations in columns.
const WIDTH: usize = 100;
const DIM: &str = "\x1b[36m";
const BOLD: &str = "\x1b[1;33m";
const PLAIN: &str = "\x1b[0m";

/// Explanations under a line.
pub(super) fn explanation(out: &mut impl Write, lines: &[String], colour: bool) -> io::Result<()> {
    let mut wrapped = Vec::new();
    for line in lines {
        wrap(line, &mut wrapped);
    }
    let last = wrapped.len().saturating_sub(1);
    for (index, line) in wrapped.iter().enumerate() {
        let stroke = if index == last { "└" } else { "│" };
        ours(out, stroke, line, colour.then_some(DIM))?;
    }
    Ok(())
}

/// An incident's block, its heading first.
pub(super) fn block(out: &mut impl Write, lines: &[String], colour: bool) -> io::Result<()> {
    let mut wrapped = Vec::new();
    for line in lines {
        wrap(line, &mut wrapped);
    }
    let last = wrapped.len().saturating_sub(1);
    for (index, line) in wrapped.iter().enumerate() {
        let (stroke, paint) = match index {
            0 => ("┌", BOLD),
            _ if index == last => ("└", DIM),
            _ => ("│", DIM),
        };
        ours(out, stroke, line, colour.then_some(paint))?;
    }
    Ok(())
}

fn ours(out: &mut impl Write, stroke: &str, line: &str, paint: Option<&str>) -> io::Result<()> {
    match paint {
        Some(paint) => writeln!(out, "    {paint}{stroke} {line}{PLAIN}"),
        None => writeln!(out, "    {stroke} {line}"),
    }
}

/// Breaks at blanks; what follows hangs two columns deeper than the line began.
fn wrap(line: &str, out: &mut Vec<String>) {
    // A command is there to be copied.
    if line.starts_with(super::CHECK) {
        out.push(line.to_owned());
        return;
    }
    let indent = line.len() - line.trim_start().len();
    let mut current = " ".repeat(indent);
    let mut fresh = true;
    for word in line.trim_start().split(' ') {
        if !fresh && current.chars().count() + 1 + word.chars().count() > WIDTH {
            out.push(std::mem::replace(&mut current, " ".repeat(indent + 2)));
            fresh = true;
        }
        if !fresh {
            current.push(' ');
        }
        current.push_str(word);
        fresh = false;
    }
    out.push(current);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_wrap_and_hang_and_lose_no_word() {
        let line = format!("  {}", "word ".repeat(60).trim_end());
        let mut out = Vec::new();
        wrap(&line, &mut out);
        assert!(out.iter().all(|line| line.len() <= WIDTH));
        assert!(out.iter().skip(1).all(|line| line.starts_with("    word")));
        assert_eq!(out.join(" ").split_whitespace().count(), 60);
    }
}
