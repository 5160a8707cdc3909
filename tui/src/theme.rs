//! Colours and characters, and what becomes of them on lesser terminals.

use std::env;

use ratatui::buffer::Buffer;
use ratatui::style::{Color, Modifier, Style};

/// What the terminal can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Theme {
    /// The 16 colours every colour terminal has.
    pub colour: bool,
    /// Characters beyond ASCII.
    pub unicode: bool,
}

/// What a piece of text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    Plain,
    /// Headings.
    Strong,
    /// What matters less.
    Faint,
    /// All is well.
    Good,
    /// Worth a look.
    Warning,
    /// Broken.
    Bad,
    /// Names of things.
    Name,
}

impl Theme {
    /// From the environment and the options.
    pub fn of_terminal(ascii: bool, no_colour: bool) -> Self {
        let is_set = |name| env::var_os(name).is_some_and(|value| !value.is_empty());
        let dumb = env::var("TERM").is_ok_and(|term| term == "dumb" || term.starts_with("vt1"));
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
            .iter()
            .find_map(|name| env::var(name).ok().filter(|value| !value.is_empty()));
        let utf8 = locale.is_some_and(|locale| {
            let locale = locale.to_ascii_lowercase();
            locale.contains("utf-8") || locale.contains("utf8")
        });
        Self { colour: !no_colour && !is_set("NO_COLOR") && !dumb, unicode: utf8 && !ascii }
    }

    pub fn style(tone: Tone) -> Style {
        let style = Style::new();
        match tone {
            Tone::Plain => style,
            Tone::Strong => style.add_modifier(Modifier::BOLD),
            Tone::Faint => style.fg(Color::DarkGray),
            Tone::Good => style.fg(Color::Green),
            Tone::Warning => style.fg(Color::Yellow),
            Tone::Bad => style.fg(Color::Red).add_modifier(Modifier::BOLD),
            Tone::Name => style.fg(Color::Cyan),
        }
    }

    /// What was drawn becomes what the terminal can show.
    pub fn finish(self, buffer: &mut Buffer) {
        if self.colour && self.unicode {
            return;
        }
        for cell in &mut buffer.content {
            if !self.colour {
                cell.fg = Color::Reset;
                cell.bg = Color::Reset;
            }
            if !self.unicode && !cell.symbol().is_ascii() {
                let plain = cell.symbol().chars().next().map_or(' ', ascii);
                cell.set_char(plain);
            }
        }
    }
}

/// What stands for a character where there is only ASCII.
fn ascii(char: char) -> char {
    match char {
        '→' | '▶' => '>',
        '←' | '◀' => '<',
        '↑' | '▲' => '^',
        '↓' | '▼' => 'v',
        'µ' => 'u',
        '…' => '~',
        '·' | '▁' => '.',
        '│' | '┃' => '|',
        '─' | '━' | '–' => '-',
        '┌' | '└' | '├' | '┐' | '┘' | '┤' => '+',
        '●' => 'o',
        '×' => 'x',
        '≠' | '▄' => '=',
        '▂' => ':',
        '▃' => '-',
        '▅' => '+',
        '▆' | '░' => '*',
        '▇' | '▒' => '#',
        '█' | '▓' => '@',
        _ => '?',
    }
}

#[cfg(test)]
mod tests {
    use ratatui::layout::Rect;

    use super::*;

    #[test]
    fn a_terminal_without_colour_and_unicode_gets_neither() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 8, 1));
        buffer.set_string(0, 0, "→ 3 µs █", Theme::style(Tone::Bad));
        Theme { colour: false, unicode: false }.finish(&mut buffer);
        let text: String = buffer.content.iter().map(|cell| cell.symbol()).collect();
        assert_eq!(text, "> 3 us @");
        assert!(buffer.content.iter().all(|cell| cell.fg == Color::Reset));
        assert!(buffer.content.iter().all(|cell| cell.modifier.contains(Modifier::BOLD)));
    }
}
