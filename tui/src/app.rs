//! The loop: messages to the model, the model to the screen, its wishes to the world.

mod input;
mod measure;

use std::io::{self, IsTerminal};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use crossterm::terminal;
use iscsi_collector::cli::{Exit, Failure};
use signal_hook::consts::SIGTSTP;
use signal_hook::low_level::emulate_default_handler;

use crate::args::Args;
use crate::config;
use crate::effect::Effect;
use crate::message::Message;
use crate::model::Model;
use crate::model::status::Status;
use crate::source::Sources;
use crate::terminal::Screen;
use crate::theme::Theme;
use crate::update::update;

/// Frames are at least this far apart.
const FRAME: Duration = Duration::from_millis(50);
const SECOND: Duration = Duration::from_secs(1);
/// Messages taken before the screen gets its turn.
const TURN: usize = 64;

pub fn run(args: &Args) -> anyhow::Result<Exit> {
    if args.measure.is_some() {
        return measure::run(args);
    }
    if !io::stdout().is_terminal() || !io::stdin().is_terminal() {
        return Err(Failure::usage("this is no terminal: --once prints one frame as text").into());
    }
    let theme = Theme::of_terminal(args.ascii, args.no_colour);
    let (mut model, mut sources) = begin(args, theme, terminal::size()?)?;
    let mut screen = Screen::take()?;
    input::start(sources.sender())?;
    let result = turn(&mut model, &mut sources, &mut screen);
    drop(screen);
    // What the sources have borrowed is given back, and said so.
    sources.end().iter().for_each(|line| eprintln!("iscsitop: {line}"));
    result?;
    match model.status.broken {
        Some(text) => Err(Failure::damaged(text).into()),
        None => Ok(Exit::Done),
    }
}

/// Model and sources as the options have them.
///
/// # Errors
/// The options are wrong, or the source cannot be opened.
pub fn begin(args: &Args, theme: Theme, size: (u16, u16)) -> anyhow::Result<(Model, Sources)> {
    let filters = args.filters()?;
    let path: Option<PathBuf> = args.config.clone().or_else(config::path);
    let loaded = path.as_deref().map(config::load).transpose();
    let (config, complaint) = match loaded {
        Ok(config) => (config.unwrap_or_default(), None),
        Err(complaint) => (config::Config::default(), Some(complaint)),
    };
    let (kind, sources) = Sources::start(args, path)?;
    let mut model = Model::new(Status::new(kind), theme, size, &config);
    model.status.position.speed = args.speed;
    model.filter(filters);
    model
        .effects
        .push(Effect::Keep(model.records.filter.as_ref().map(|(_, filter)| filter.clone())));
    if let Some(complaint) = complaint {
        model.say(complaint);
    }
    let view = args.view;
    crate::update::look_at(&mut model, view);
    Ok((model, sources))
}

fn turn(model: &mut Model, sources: &mut Sources, screen: &mut Screen) -> anyhow::Result<()> {
    let mut next_frame = Instant::now();
    let mut next_tick = Instant::now() + SECOND;
    loop {
        let now = Instant::now();
        let wake = if model.dirty { next_frame.min(next_tick) } else { next_tick };
        // While the terminal is busy, looking again at once would only burn time.
        let wake = if screen.is_busy() { wake.max(now + Duration::from_millis(10)) } else { wake };
        if let Some(message) = sources.receive(wake.saturating_duration_since(now)) {
            update(model, message);
            for message in sources.waiting().take(TURN) {
                update(model, message);
            }
        }
        if Instant::now() >= next_tick {
            next_tick = Instant::now() + SECOND;
            update(model, Message::Tick);
        }
        for effect in sources.act(model) {
            match effect {
                Effect::Quit => return Ok(()),
                Effect::Redraw => screen.redraw()?,
                Effect::Suspend => screen.lend(|| {
                    // If the shell does not stop us, we go on.
                    let _ = emulate_default_handler(SIGTSTP);
                })?,
                _ => {}
            }
        }
        if model.dirty && !screen.is_busy() && Instant::now() >= next_frame {
            model.dirty = false;
            screen.draw(model)?;
            next_frame = Instant::now() + FRAME;
        }
    }
}
