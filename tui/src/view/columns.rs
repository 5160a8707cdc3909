//! Choosing the columns of the list of sessions.

use super::canvas::Canvas;
use crate::model::Model;
use crate::model::columns::COLUMNS;
use crate::theme::Tone;

pub fn draw(canvas: &mut Canvas<'_>, model: &Model, cursor: usize) {
    let title = "Columns: Space shows or hides, ← and → move it, Esc keeps them for the next time";
    canvas.put(0, 0, title, Tone::Strong);
    let height = canvas.height().saturating_sub(1).max(1);
    let top = (cursor + 1).saturating_sub(height);
    for (y, (place, column)) in (1_u16..).zip(COLUMNS.iter().enumerate().skip(top).take(height)) {
        let at = model.rows.columns.iter().position(|&shown| shown == place);
        let mark = at.map_or_else(|| "    [ ] ".to_owned(), |at| format!("{:>3} [x] ", at + 1));
        let tone = if at.is_some() { Tone::Plain } else { Tone::Faint };
        canvas.line(
            y,
            &[(&mark, tone), (&format!("{:<13}", column.title), Tone::Name), (column.help, tone)],
        );
        if place == cursor {
            canvas.choose(y);
        }
    }
}
