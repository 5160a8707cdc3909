//! Lists with columns.

use super::canvas::Canvas;
use crate::model::list::List;
use crate::theme::Tone;

/// How one column looks.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    pub title: &'static str,
    /// Columns it takes at least.
    pub width: u16,
    pub grows: bool,
    pub right: bool,
    /// Columns with a higher rank go first where there is no room.
    pub rank: u8,
}

impl Shape {
    pub const fn words(title: &'static str, width: u16, rank: u8) -> Self {
        Self { title, width, grows: false, right: false, rank }
    }

    pub const fn number(title: &'static str, width: u16, rank: u8) -> Self {
        Self { title, width, grows: false, right: true, rank }
    }

    pub const fn growing(title: &'static str, width: u16, rank: u8) -> Self {
        Self { title, width, grows: true, right: false, rank }
    }
}

/// Which columns have room, and how wide they are.
pub fn fit(shapes: &[Shape], width: u16) -> Vec<(usize, u16)> {
    let mut shown: Vec<usize> = (0..shapes.len()).collect();
    let of = |place: &usize| shapes.get(*place).copied();
    let taken = |shown: &[usize]| -> u16 {
        let widths = shown.iter().filter_map(of).map(|shape| shape.width + 1);
        widths.fold(0, u16::saturating_add).saturating_sub(1)
    };
    while shown.len() > 1 && taken(&shown) > width {
        let last =
            shown.iter().enumerate().max_by_key(|(at, place)| (of(place).map(|s| s.rank), *at));
        let Some((at, _)) = last else { break };
        shown.remove(at);
    }
    let growing = shown.iter().filter_map(of).filter(|shape| shape.grows).count();
    let mut spare = width.saturating_sub(taken(&shown));
    let mut left = u16::try_from(growing).unwrap_or(0);
    shown
        .iter()
        .filter_map(|place| Some((*place, of(place)?)))
        .map(|(place, shape)| {
            let mut width = shape.width.min(width);
            if shape.grows && left > 0 {
                let share = spare / left;
                width += share;
                spare -= share;
                left -= 1;
            }
            (place, width)
        })
        .collect()
}

/// Draws the names of the columns and the lines of the list that are on the screen.
pub fn draw(
    canvas: &mut Canvas<'_>,
    shapes: &[Shape],
    sorted: Option<usize>,
    (list, count): (&List, usize),
    mut cell: impl FnMut(usize, usize, usize) -> (String, Tone),
) {
    let columns = fit(shapes, canvas.area.width);
    let mut x = 0;
    for &(place, width) in &columns {
        let Some(shape) = shapes.get(place) else { continue };
        let tone = if sorted == Some(place) { Tone::Name } else { Tone::Strong };
        put(canvas, (x, 0), width, shape.right, shape.title, tone);
        x += width + 1;
    }
    let height = canvas.height().saturating_sub(1);
    for (y, line) in (1_u16..).zip(list.top..count.min(list.top + height)) {
        let mut x = 0;
        for &(place, width) in &columns {
            let Some(shape) = shapes.get(place) else { continue };
            let (text, tone) = cell(line, place, usize::from(width));
            put(canvas, (x, y), width, shape.right, &text, tone);
            x += width + 1;
        }
        if line == list.cursor {
            canvas.choose(y);
        }
    }
}

fn put(
    canvas: &mut Canvas<'_>,
    (x, y): (u16, u16),
    width: u16,
    right: bool,
    text: &str,
    tone: Tone,
) {
    use unicode_width::UnicodeWidthStr as _;
    let length = u16::try_from(text.width()).unwrap_or(width);
    let indent = if right { width.saturating_sub(length) } else { 0 };
    canvas.part(x, y, width, 1).put(indent, 0, text, tone);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_important_columns_go_first_and_the_rest_is_shared_out() {
        let shapes =
            [Shape::number("A", 4, 1), Shape::growing("B", 10, 0), Shape::words("C", 6, 2)];
        assert_eq!(fit(&shapes, 30), [(0, 4), (1, 18), (2, 6)]);
        assert_eq!(fit(&shapes, 20), [(0, 4), (1, 15)]);
        assert_eq!(fit(&shapes, 12), [(1, 12)]);
        assert_eq!(fit(&shapes, 5), [(1, 5)]);
    }
}
