//! What went wrong, and how it went.

use iscsi_collector::why::text::{self, Shown};

use super::canvas::{Canvas, wrap};
use super::table::{self, Shape};
use super::{below, clock, empty, title};
use crate::format::{fit, fit_name, things};
use crate::model::Model;
use crate::model::lists::{Trouble, troubles};
use crate::theme::Tone;

const SHAPES: &[Shape] = &[
    Shape::words("TIME", 8, 0),
    Shape::words("KIND", 8, 1),
    Shape::words("SESSION", 24, 2),
    Shape::growing("WHAT", 30, 0),
];

pub fn draw(canvas: &mut Canvas<'_>, model: &Model) {
    let all = troubles(model);
    let incidents = all.iter().filter(|trouble| matches!(trouble, Trouble::Incident(_))).count();
    if model.is_opened
        && let Some(trouble) = all.get(model.list().cursor)
    {
        return opened(canvas, model, trouble);
    }
    let findings = all.len() - incidents;
    let text = format!(
        "{}, and {}, the newest first",
        things(incidents, "incident"),
        things(findings, "finding")
    );
    title(canvas, model, &text);
    if all.is_empty() {
        return empty(
            canvas,
            "Nothing went wrong so far.\n\nIncidents (a cause, what proves it, what to do) and findings \
            (a rule of the protocol broken, a wait that did not end) come from PDUs and kernel events.",
        );
    }
    table::draw(
        &mut below(canvas),
        SHAPES,
        None,
        (model.list(), all.len()),
        |line, place, width| {
            let Some(trouble) = all.get(line) else { return (String::new(), Tone::Plain) };
            let is_incident = matches!(trouble, Trouble::Incident(_));
            let row = trouble.row(&model.board).and_then(|row| model.board.rows.get(row));
            match place {
                0 => (clock(trouble.time()), Tone::Plain),
                1 if is_incident => ("incident".to_owned(), Tone::Bad),
                1 => ("finding".to_owned(), Tone::Warning),
                2 => (
                    row.map_or_else(|| "-".to_owned(), |row| fit_name(row.name(), width)),
                    Tone::Name,
                ),
                _ => (fit(&trouble.line(), width), Tone::Plain),
            }
        },
    );
}

fn opened(canvas: &mut Canvas<'_>, model: &Model, trouble: &Trouble<'_>) {
    title(canvas, model, "The whole of it (Enter or Esc closes; ↑ and ↓ go to the next)");
    let width = canvas.width().clamp(40, 110);
    let lines: Vec<String> = match trouble {
        Trouble::Incident(incident) => {
            let mut out = Vec::new();
            let shown = Shown { verbose: canvas.height() > 30, colour: false, width };
            // Writing to memory cannot fail.
            let _ = text::write(&mut out, incident, shown);
            String::from_utf8_lossy(&out).lines().map(str::to_owned).collect()
        }
        Trouble::Finding(problem) => wrap(&problem.text, width),
    };
    let mut part = below(canvas);
    for (y, line) in (0..part.area.height).zip(&lines) {
        let tone = if y == 0 { Tone::Name } else { Tone::Plain };
        part.put(0, y, line, tone);
    }
}
