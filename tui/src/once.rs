//! `--once`: one frame as text.

use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

use crossterm::terminal;
use iscsi_collector::cli::{Exit, Failure};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;

use crate::app;
use crate::args::Args;
use crate::message::Message;
use crate::model::Model;
use crate::theme::Theme;
use crate::update::update;
use crate::view::view;

/// How long a machine is watched.
const LOOK: Duration = Duration::from_millis(2200);
/// The size where there is no terminal to ask.
const SIZE: (u16, u16) = (140, 40);

pub fn run(args: &Args) -> anyhow::Result<Exit> {
    let of_terminal = || terminal::size().ok().filter(|_| io::stdout().is_terminal());
    let size = args.size.or_else(of_terminal).unwrap_or(SIZE);
    let theme = Theme { colour: false, ..Theme::of_terminal(args.ascii, true) };
    let (mut model, mut sources) = app::begin(args, theme, size)?;
    let until = (args.read.is_none()).then(|| Instant::now() + LOOK);
    loop {
        let left = until.map_or(Duration::from_secs(60), |until| {
            until.saturating_duration_since(Instant::now())
        });
        let message = sources.receive(left);
        let is_over = until.is_some_and(|until| Instant::now() >= until);
        if let Some(message) = message {
            update(&mut model, message);
        }
        sources.act(&mut model);
        if is_over || model.status.position.ended || model.status.broken.is_some() {
            break;
        }
    }
    update(&mut model, Message::Tick);
    let text = frame(&model)?;
    io::stdout().lock().write_all(text.as_bytes())?;
    match model.status.broken {
        Some(text) => Err(Failure::damaged(text).into()),
        None => Ok(Exit::Done),
    }
}

/// A frame as lines of text.
///
/// # Errors
/// None: a frame in memory cannot fail.
pub fn frame(model: &Model) -> io::Result<String> {
    let (columns, lines) = model.size;
    let mut terminal = Terminal::new(TestBackend::new(columns, lines)).map_err(io::Error::other)?;
    terminal.draw(|frame| view(model, frame)).map_err(io::Error::other)?;
    Ok(text(terminal.backend().buffer()))
}

fn text(buffer: &Buffer) -> String {
    let width = usize::from(buffer.area.width).max(1);
    let mut text = String::new();
    for line in buffer.content.chunks(width) {
        let line: String = line.iter().map(|cell| cell.symbol()).collect();
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}
