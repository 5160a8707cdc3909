//! Draws the model.

mod canvas;
mod columns;
mod connections;
mod debug;
mod errors;
mod footer;
mod header;
mod help;
mod incidents;
mod latency;
mod login;
mod records;
mod sessions;
mod table;
pub mod tabs;
mod timers;
mod units;

use iscsi_decoders::Timestamp;
use ratatui::Frame;

use crate::layout::{LEAST, layout};
use crate::model::{Model, View};
use crate::theme::Tone;
use canvas::Canvas;

/// Draws one frame.
pub fn view(model: &Model, frame: &mut Frame<'_>) {
    let area = frame.area();
    let buffer = frame.buffer_mut();
    let mut canvas = Canvas::new(buffer, area);
    if area.width < LEAST.0 || area.height < LEAST.1 {
        let text = format!(
            "The terminal has {}x{}; {}x{} is the least.",
            area.width, area.height, LEAST.0, LEAST.1
        );
        canvas.text(0, &text, Tone::Plain);
    } else {
        whole(model, &mut canvas);
    }
    model.theme.finish(buffer);
}

fn whole(model: &Model, canvas: &mut Canvas<'_>) {
    let layout = layout(model.size);
    let width = layout.width;
    header::draw(&mut canvas.part(0, 0, width, 2), model);
    if let Some(y) = layout.tabs {
        tabs::draw(&mut canvas.part(0, y, width, 1), model);
    }
    // The title and the body: the title says what one looks at.
    let mut body = canvas.part(0, layout.title, width, layout.height + 1);
    if let Some(scroll) = model.help {
        help::draw(&mut body, scroll);
    } else if let Some(cursor) = model.choosing {
        columns::draw(&mut body, model, cursor);
    } else {
        match model.view {
            View::Sessions => sessions::draw(&mut body, model),
            View::Connections => connections::draw(&mut body, model),
            View::Units => units::draw(&mut body, model),
            View::Latency => latency::draw(&mut body, model),
            View::Login => login::draw(&mut body, model),
            View::Records => records::draw(&mut body, model),
            View::Incidents => incidents::draw(&mut body, model),
            View::Timers => timers::draw(&mut body, model),
            View::Debug => debug::draw(&mut body, model),
            View::Errors => errors::draw(&mut body, model),
        }
    }
    footer::draw(&mut canvas.part(0, layout.footer, width, 1), model);
}

/// Everything below the title.
fn below<'c>(canvas: &'c mut Canvas<'_>) -> Canvas<'c> {
    let area = canvas.area;
    canvas.part(0, 1, area.width, area.height.saturating_sub(1))
}

/// The title: what one looks at, which session, which search.
fn title(canvas: &mut Canvas<'_>, model: &Model, text: &str) {
    let mut x = canvas.put(0, 0, text, Tone::Strong);
    if let Some(row) = model.focus.and_then(|focus| model.board.rows.get(focus))
        && model.view != View::Sessions
        && !matches!(model.view, View::Debug | View::Errors)
    {
        x = canvas.put(x, 0, &format!("  of {} (a: all)", row.name()), Tone::Name);
    }
    if !model.search().is_empty() {
        canvas.put(x, 0, &format!("  with \"{}\" (Esc: all)", model.search()), Tone::Warning);
    }
}

/// Why there is nothing, and what to do.
fn empty(canvas: &mut Canvas<'_>, text: &str) {
    let mut part = below(canvas);
    part.text(1, text, Tone::Plain);
}

/// The time of the day, UTC.
pub fn clock(time: Timestamp) -> String {
    let seconds = time.0.div_euclid(1_000_000_000).rem_euclid(86_400);
    format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}
