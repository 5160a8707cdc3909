//! The error catalogue.

use super::canvas::Canvas;
use super::table::{self, Shape};
use super::{below, empty, title};
use crate::format::{fit, things};
use crate::model::Model;
use crate::theme::Tone;

const SHAPES: &[Shape] = &[
    Shape::words("CODE", 8, 0),
    Shape::growing("NAME", 24, 0),
    Shape::growing("MEANS", 24, 1),
    Shape::words("KIND", 24, 2),
];

pub fn draw(canvas: &mut Canvas<'_>, model: &Model) {
    let found = &model.errors.found;
    if model.is_opened {
        let width = canvas.width().min(100);
        let lines = model.errors.explain(model.list().cursor, width);
        title(canvas, model, "What it means and what to do (Enter or Esc closes)");
        let mut part = below(canvas);
        for (y, line) in (0_u16..part.area.height).zip(&lines) {
            let tone = if y == 0 { Tone::Name } else { Tone::Plain };
            part.put(0, y, line, tone);
        }
        return;
    }
    title(canvas, model, &format!("{}: / searches, Enter explains", things(found.len(), "code")));
    if found.is_empty() {
        return empty(
            canvas,
            "No code has this text. Try a number from a log (1011), bytes (3/11/00, 02/01), or a part \
            of a name. Esc shows all.",
        );
    }
    table::draw(
        &mut below(canvas),
        SHAPES,
        None,
        (model.list(), found.len()),
        |line, place, width| {
            let Some((code, entry)) = found.get(line) else { return (String::new(), Tone::Plain) };
            match place {
                0 => (fit(code, width), Tone::Plain),
                1 => (fit(entry.symbol, width), Tone::Name),
                2 => (fit(entry.meaning, width), Tone::Plain),
                _ => (fit(entry.space.title(), width), Tone::Faint),
            }
        },
    );
}
