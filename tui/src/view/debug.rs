//! The debug categories of the drivers.

use super::canvas::Canvas;
use super::table::{self, Shape};
use super::{below, empty, title};
use crate::format::fit;
use crate::layout::{notes_height, said_height};
use crate::model::Model;
use crate::theme::Tone;

const SHAPES: &[Shape] = &[
    Shape::words("", 3, 0),
    Shape::words("CATEGORY", 10, 0),
    Shape::growing("SHOWS", 30, 1),
    Shape::growing("DRIVERS", 18, 2),
];

pub fn draw(canvas: &mut Canvas<'_>, model: &Model) {
    let Some(report) = &model.debug.report else {
        title(canvas, model, "Debug categories");
        return empty(canvas, "Looking at the drivers' switches.");
    };
    let busy = if model.debug.is_busy { ", changing" } else { "" };
    let text = format!(
        "Debug categories of the loaded drivers: t switches one on or off, all are given back at the end{busy}"
    );
    title(canvas, model, &text);
    let mut part = below(canvas);
    let area = part.area;
    let notes = u16::try_from(notes_height(model)).unwrap_or(0);
    let said = u16::try_from(said_height(model)).unwrap_or(0);
    let above = area.height.saturating_sub(notes + said);
    let mut list = part.part(0, 0, area.width, above);
    table::draw(
        &mut list,
        SHAPES,
        None,
        (model.list(), report.switches.len()),
        |line, place, width| {
            let Some(switch) = report.switches.get(line) else {
                return (String::new(), Tone::Plain);
            };
            let ours = report.ours.contains(switch.category);
            let tone = if switch.drivers.is_empty() { Tone::Faint } else { Tone::Plain };
            match place {
                0 => match (ours, switch.is_on) {
                    (true, _) => ("[x]".to_owned(), Tone::Good),
                    (false, true) => ("on".to_owned(), Tone::Warning),
                    (false, false) => ("[ ]".to_owned(), tone),
                },
                1 => (
                    switch.name.to_owned(),
                    if switch.drivers.is_empty() { tone } else { Tone::Name },
                ),
                2 => (fit(switch.help, width), tone),
                _ => {
                    let drivers = switch.drivers.join(" ");
                    let text = if drivers.is_empty() { "no loaded driver" } else { &drivers };
                    (fit(text, width), tone)
                }
            }
        },
    );
    let mut below = part.part(0, above, area.width, notes);
    for (y, note) in (0..notes).zip(&report.notes) {
        below.put(0, y, note, Tone::Warning);
    }
    messages(&mut part.part(0, above + notes, area.width, said), model);
}

/// What the drivers said last.
fn messages(canvas: &mut Canvas<'_>, model: &Model) {
    let Some(height) = canvas.area.height.checked_sub(1) else { return };
    canvas.put(0, 0, &"─".repeat(canvas.width()), Tone::Faint);
    canvas.put(2, 0, " what the drivers say, the newest at the bottom ", Tone::Strong);
    let said = &model.debug.said;
    if said.is_empty() {
        canvas.put(0, 1, "nothing yet", Tone::Faint);
    }
    let first = said.len().saturating_sub(usize::from(height));
    for (y, line) in (1..=height).zip(said.iter().skip(first)) {
        // What the catalogue adds to a message comes below it.
        let tone = if line.starts_with('└') { Tone::Faint } else { Tone::Plain };
        canvas.put(0, y, &fit(line, canvas.width()), tone);
    }
}
