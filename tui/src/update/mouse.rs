//! The mouse.

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};

use super::action::{act, move_by};
use crate::keys::Action;
use crate::layout::layout;
use crate::model::{Model, View};
use crate::view::tabs;

/// Lines a turn of the wheel is worth.
const WHEEL: isize = 3;

pub fn mouse(model: &mut Model, event: MouseEvent) {
    match event.kind {
        MouseEventKind::ScrollUp => move_by(model, -WHEEL),
        MouseEventKind::ScrollDown => move_by(model, WHEEL),
        MouseEventKind::Down(MouseButton::Left) => click(model, event.column, event.row),
        _ => {}
    }
}

fn click(model: &mut Model, column: u16, line: u16) {
    if model.help.is_some() || model.choosing.is_some() || model.prompt.is_some() {
        return;
    }
    let layout = layout(model.size);
    if layout.tabs == Some(line) {
        if let Some(view) = tabs::at(model, column) {
            act(model, Action::Go(view));
        }
        return;
    }
    // Lists begin below the names of their columns; the list of records has none.
    let first = layout.body + u16::from(model.view != View::Records);
    if line < first || line >= layout.footer || model.is_opened {
        return;
    }
    let list = model.list_mut();
    let chosen = list.top + usize::from(line - first);
    if list.cursor == chosen {
        act(model, Action::Open);
    } else {
        list.cursor = chosen;
        model.records.following = false;
        move_by(model, 0);
    }
}
