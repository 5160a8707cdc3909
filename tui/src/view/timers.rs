//! Timers that run.

use super::canvas::Canvas;
use super::table::{self, Shape};
use super::{below, empty, title};
use crate::format::{duration, fit, fit_name, lasting, things};
use crate::layout::running_height;
use crate::model::Model;
use crate::model::columns::level;
use crate::model::list::List;
use crate::model::timers::{Timer, chain, lines, timers};
use crate::theme::Tone;

const SHAPES: &[Shape] = &[
    Shape::number("SID", 4, 3),
    Shape::growing("TARGET", 16, 1),
    Shape::words("TIMER", 15, 0),
    Shape::number("PASSED", 7, 2),
    Shape::number("RUNS", 7, 1),
    Shape::number("LEFT", 7, 0),
    Shape::words("", 10, 5),
    Shape::growing("WHEN IT FIRES", 20, 2),
];

/// The last tenth of a timer is worth a look.
const SOON: i64 = 10;

const NOTHING: &str = "No timer is seen to run.

Recovery timers run while a connection is lost. Ping timers are seen through probes when they run (live, as root), \
commands under way in PDUs.
What would fire when: Enter on a session of this machine (1), then 8.";

/// A list from its first line, in which no line is chosen.
const NO_CURSOR: List = List { cursor: usize::MAX, top: 0 };

pub fn draw(canvas: &mut Canvas<'_>, model: &Model) {
    let all = timers(model);
    let Some((_, chain)) = chain(model) else {
        title(
            canvas,
            model,
            &format!("{}, what fires first at the top", things(all.len(), "timer")),
        );
        if all.is_empty() {
            return empty(canvas, NOTHING);
        }
        return running(&mut below(canvas), model, &all, Some(model.list()));
    };
    title(
        canvas,
        model,
        &format!("{}, and what would fire when", things(all.len(), "running timer")),
    );
    let mut part = below(canvas);
    let area = part.area;
    let above = u16::try_from(running_height(model)).unwrap_or(0);
    if above > 0 {
        running(&mut part.part(0, 0, area.width, above.saturating_sub(1)), model, &all, None);
    }
    let height = area.height.saturating_sub(above);
    let mut settings = part.part(0, above, area.width, height);
    let lines = lines(&chain, settings.width());
    let list = model.list();
    for (y, (at, line)) in (0..height).zip(lines.iter().enumerate().skip(list.top)) {
        let tone = if line.starts_with("  If ") { Tone::Name } else { Tone::Plain };
        settings.put(0, y, line, tone);
        if at == list.cursor {
            settings.choose(y);
        }
    }
}

fn running(canvas: &mut Canvas<'_>, model: &Model, all: &[Timer], list: Option<&List>) {
    table::draw(
        canvas,
        SHAPES,
        None,
        (list.unwrap_or(&NO_CURSOR), all.len()),
        |line, place, width| {
            let Some(timer) = all.get(line) else { return (String::new(), Tone::Plain) };
            let row = model.board.rows.get(timer.row);
            let dash = || "-".to_owned();
            let limit = timer.limit.map(i64::from);
            let is_soon = timer
                .left()
                .zip(limit)
                .is_some_and(|(left, limit)| left < limit * 1_000_000_000 / SOON);
            let tone = if is_soon { Tone::Bad } else { Tone::Plain };
            match place {
                0 => (
                    row.and_then(|row| row.sid).map_or_else(dash, |sid| sid.to_string()),
                    Tone::Plain,
                ),
                1 => (row.map_or_else(dash, |row| fit_name(row.name(), width)), Tone::Name),
                2 => (timer.name.to_owned(), tone),
                3 => (timer.passed.map_or_else(dash, duration), Tone::Plain),
                4 => (
                    limit.map_or_else(|| "?".to_owned(), |limit| lasting(limit * 1_000_000_000)),
                    Tone::Plain,
                ),
                5 => (timer.left().map_or_else(dash, duration), tone),
                6 => {
                    let passed = timer.passed.unwrap_or(0) / 1_000_000;
                    let whole = limit.unwrap_or(0) * 1000;
                    let bars = (0..10).map(|bar| {
                        let part = (passed * 10 - bar * whole).clamp(0, whole);
                        level(u64::try_from(part).unwrap_or(0), u64::try_from(whole).unwrap_or(0))
                    });
                    (bars.collect(), tone)
                }
                _ => (fit(timer.then, width), Tone::Plain),
            }
        },
    );
}
