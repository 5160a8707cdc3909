//! Writing on a part of the screen.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use crate::theme::{Theme, Tone};

/// A part of the screen; what does not fit is left out.
pub struct Canvas<'b> {
    buffer: &'b mut Buffer,
    pub area: Rect,
}

impl<'b> Canvas<'b> {
    pub fn new(buffer: &'b mut Buffer, area: Rect) -> Self {
        let area = area.intersection(buffer.area);
        Self { buffer, area }
    }

    /// A part of it.
    pub fn part(&mut self, x: u16, y: u16, width: u16, height: u16) -> Canvas<'_> {
        let Rect { x: left, y: top, .. } = self.area;
        let wanted = Rect::new(left.saturating_add(x), top.saturating_add(y), width, height);
        let area = self.area.intersection(wanted);
        Canvas { buffer: self.buffer, area }
    }

    pub fn width(&self) -> usize {
        usize::from(self.area.width)
    }

    pub fn height(&self) -> usize {
        usize::from(self.area.height)
    }

    /// Writes a text; answers the column behind it.
    pub fn put(&mut self, x: u16, y: u16, text: &str, tone: Tone) -> u16 {
        let Rect { x: left, y: top, width, height } = self.area;
        if y >= height || x >= width {
            return x;
        }
        let room = usize::from(width - x);
        let (end, _) = self.buffer.set_stringn(left + x, top + y, text, room, Theme::style(tone));
        end - left
    }

    /// Writes texts one behind the other.
    pub fn line(&mut self, y: u16, parts: &[(&str, Tone)]) {
        parts.iter().fold(0, |x, (text, tone)| self.put(x, y, text, *tone));
    }

    /// Marks a line as the chosen one.
    pub fn choose(&mut self, y: u16) {
        self.restyle(y, Style::new().add_modifier(Modifier::REVERSED));
    }

    pub fn restyle(&mut self, y: u16, style: Style) {
        if y < self.area.height {
            let line = Rect { y: self.area.y + y, height: 1, ..self.area };
            self.buffer.set_style(line, style);
        }
    }

    /// Writes a text over as many lines as it takes, from a line on; answers the line behind it.
    pub fn text(&mut self, mut y: u16, text: &str, tone: Tone) -> u16 {
        for line in wrap(text, self.width()) {
            self.put(0, y, &line, tone);
            y = y.saturating_add(1);
        }
        y
    }
}

/// A text in lines of at most so many columns; lines that are indented stay so.
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for whole in text.lines() {
        let indent: String = whole.chars().take_while(|char| *char == ' ').collect();
        let mut line = indent.clone();
        for word in whole.split_whitespace() {
            let is_first = line.trim().is_empty();
            let length = line.chars().count() + usize::from(!is_first) + word.chars().count();
            if !is_first && length > width {
                lines.push(std::mem::replace(&mut line, indent.clone()));
            } else if !is_first {
                line.push(' ');
            }
            line.push_str(word);
        }
        lines.push(line);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stay_whole_and_indents_stay() {
        assert_eq!(wrap("one two three\n  four five", 8), ["one two", "three", "  four", "  five"]);
    }

    #[test]
    fn nothing_is_written_outside() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 4, 2));
        let mut canvas = Canvas::new(&mut buffer, Rect::new(2, 1, 50, 50));
        canvas.put(0, 0, "abcdef", Tone::Plain);
        canvas.put(9, 9, "x", Tone::Plain);
        canvas.part(1, 0, 9, 9).choose(0);
        let text: String = buffer.content.iter().map(|cell| cell.symbol()).collect();
        assert_eq!(text, "      ab");
    }
}
