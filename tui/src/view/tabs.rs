//! The names of the views, with their keys.

use super::canvas::Canvas;
use crate::model::{Model, View};
use crate::theme::Tone;

/// The names and where they stand.
fn places(model: &Model) -> Vec<(u16, String, View)> {
    let whole: usize = View::ALL.iter().map(|view| view.title().len() + 3).sum();
    let is_narrow = whole > usize::from(model.size.0);
    let mut x = 0_u16;
    let mut places = Vec::new();
    for (place, view) in View::ALL.into_iter().enumerate() {
        let key = (place + 1) % 10;
        let title = if is_narrow { view.short() } else { view.title() };
        let text = format!("{key} {title}");
        let width = u16::try_from(text.len()).unwrap_or(0) + 1;
        places.push((x, text, view));
        x = x.saturating_add(width);
    }
    places
}

pub fn draw(canvas: &mut Canvas<'_>, model: &Model) {
    for (x, text, view) in places(model) {
        let tone = if view == model.view { Tone::Strong } else { Tone::Faint };
        let end = canvas.put(x, 0, &text, tone);
        if view == model.view {
            canvas.part(x, 0, end.saturating_sub(x), 1).choose(0);
        }
    }
}

/// The view whose name stands in a column.
pub fn at(model: &Model, column: u16) -> Option<View> {
    let mut places = places(model).into_iter().rev();
    places.find(|(x, ..)| *x <= column).map(|(.., view)| view)
}
