//! Where things are on the screen.

use crate::model::{Model, View, timers};

/// Less than this shows nothing of use.
pub const LEAST: (u16, u16) = (40, 8);

/// Lines of the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    /// The names of the views; absent where lines are few.
    pub tabs: Option<u16>,
    /// What one looks at.
    pub title: u16,
    /// The first line of the view.
    pub body: u16,
    /// Lines of the view.
    pub height: u16,
    /// Where keys, sentences and what is typed are.
    pub footer: u16,
    pub width: u16,
}

/// The layout of this screen.
pub fn layout((width, height): (u16, u16)) -> Layout {
    let head = 2;
    let tabs = (height >= 14).then_some(head);
    let title = head + u16::from(tabs.is_some());
    let body = title + 1;
    let footer = height.saturating_sub(1);
    Layout { tabs, title, body, height: footer.saturating_sub(body), footer, width }
}

/// Lines for the entries of the view's list.
pub fn list_height(model: &Model) -> usize {
    let body = usize::from(layout(model.size).height);
    match model.view {
        // No line with the names of columns.
        View::Records => body - details_height(model),
        View::Debug => body.saturating_sub(1 + notes_height(model) + said_height(model)),
        View::Timers if timers::chain(model).is_some() => {
            body.saturating_sub(running_height(model))
        }
        _ => body.saturating_sub(1),
    }
}

/// Lines for the fields of the chosen record.
pub fn details_height(model: &Model) -> usize {
    let body = usize::from(layout(model.size).height);
    if model.records.details.is_some() { body / 2 } else { 0 }
}

/// Lines for what the drivers say, with a line above.
pub fn said_height(model: &Model) -> usize {
    let debug = &model.debug;
    let is_on = debug.report.as_ref().is_some_and(|report| !report.ours.is_empty());
    let body = usize::from(layout(model.size).height);
    if is_on || !debug.said.is_empty() { (body - notes_height(model)) / 2 } else { 0 }
}

/// Lines for the timers that run, where a session's settings are below them.
pub fn running_height(model: &Model) -> usize {
    let running = timers::timers(model).len();
    let body = usize::from(layout(model.size).height);
    // The names of the columns, and an empty line.
    if running > 0 { (running + 2).min(body / 2) } else { 0 }
}

/// Lines for what there is to know about debug categories.
pub fn notes_height(model: &Model) -> usize {
    let notes = model.debug.report.as_ref().map_or(0, |report| report.notes.len());
    notes.min(usize::from(layout(model.size).height) / 3)
}
