//! What a run costs, drawn to nowhere: for `cargo xtask bench`.

use std::io::{self, Write as _};
use std::time::{Duration, Instant};

use iscsi_collector::cli::Exit;
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use ratatui::layout::Rect;
use ratatui::{TerminalOptions, Viewport};
use serde::Serialize;

use crate::args::Args;
use crate::theme::Theme;
use crate::update::update;
use crate::view::view;

const SIZE: (u16, u16) = (140, 40);
const FRAME: Duration = Duration::from_millis(50);

#[derive(Debug, Default, Serialize)]
struct Measured {
    seconds: f64,
    sessions: usize,
    pdus: u64,
    frames: usize,
    /// From the model to the bytes for the terminal.
    frame_p99_us: u128,
    frame_max_us: u128,
    /// Taking one message.
    update_max_us: u128,
    /// How far the file was behind the clock, at most.
    behind_max_ms: i64,
    lost: u64,
}

pub fn run(args: &Args) -> anyhow::Result<Exit> {
    let theme = Theme { colour: true, unicode: true };
    let (mut model, mut sources) = super::begin(args, theme, SIZE)?;
    let area = Rect::new(0, 0, SIZE.0, SIZE.1);
    let options = TerminalOptions { viewport: Viewport::Fixed(area) };
    let mut terminal = Terminal::with_options(CrosstermBackend::new(io::sink()), options)?;
    let mut measured = Measured::default();
    let mut frames = Vec::new();
    let began = Instant::now();
    let limit = Duration::from_secs(args.measure.unwrap_or(10));
    let mut next = began;
    let mut first = None;
    while began.elapsed() < limit && !model.board.ended && model.status.broken.is_none() {
        if let Some(message) = sources.receive(next.saturating_duration_since(Instant::now())) {
            let at = Instant::now();
            update(&mut model, message);
            measured.update_max_us = measured.update_max_us.max(at.elapsed().as_micros());
            if model.board.pdus > 0 {
                let (wall, start) = *first.get_or_insert((Instant::now(), model.board.now));
                let played = model.board.now.since(start) as f64 / args.speed;
                let behind = wall.elapsed().as_millis() as i64 - (played / 1e6) as i64;
                measured.behind_max_ms = measured.behind_max_ms.max(behind);
            }
        }
        sources.act(&mut model);
        if model.dirty && Instant::now() >= next {
            model.dirty = false;
            let at = Instant::now();
            terminal.draw(|frame| view(&model, frame))?;
            frames.push(at.elapsed().as_micros());
            next = Instant::now() + FRAME;
        } else if Instant::now() >= next {
            next = Instant::now() + FRAME;
        }
    }
    frames.sort_unstable();
    let percentile = |part: usize| frames.get(frames.len().saturating_sub(1) * part / 100).copied();
    measured.seconds = began.elapsed().as_secs_f64();
    measured.sessions = model.board.rows.len();
    measured.pdus = model.board.pdus;
    measured.frames = frames.len();
    measured.frame_p99_us = percentile(99).unwrap_or(0);
    measured.frame_max_us = percentile(100).unwrap_or(0);
    measured.lost = model.board.lost();
    writeln!(io::stdout(), "{}", serde_json::to_string(&measured)?)?;
    Ok(Exit::Done)
}
