//! The keys, from the table that binds them.

use super::canvas::Canvas;
use crate::keys::{BINDINGS, Press, Scope};
use crate::theme::Tone;

/// Columns for the names of keys.
const KEYS: u16 = 14;

pub fn draw(canvas: &mut Canvas<'_>, scroll: usize) {
    let mut lines: Vec<(String, String, Tone)> = Vec::new();
    for scope in Scope::ALL {
        lines.push((scope.title().to_owned(), String::new(), Tone::Strong));
        for row in BINDINGS.iter().filter(|row| row.scope == scope) {
            let keys: Vec<String> = row.keys.iter().map(|key: &Press| key.name()).collect();
            lines.push((keys.join(" "), row.help.to_owned(), Tone::Name));
        }
    }
    let height = canvas.height().saturating_sub(1);
    let scroll = scroll.min(lines.len().saturating_sub(height));
    let more = lines.len() > height;
    let how = if more { "; ↓ and ↑ show the rest" } else { "" };
    canvas.put(0, 0, &format!("Keys (? or Esc closes{how})"), Tone::Strong);
    for (y, (keys, help, tone)) in (1_u16..).zip(lines.iter().skip(scroll).take(height)) {
        let indent = if help.is_empty() { 0 } else { 2 };
        canvas.put(indent, y, keys, *tone);
        canvas.put(KEYS + 2, y, help, Tone::Plain);
    }
}
