//! Timers that run.

use super::canvas::Canvas;
use super::table::{self, Shape};
use super::{below, empty, title};
use crate::format::{duration, fit, fit_name, lasting, things};
use crate::model::Model;
use crate::model::columns::level;
use crate::model::timers::timers;
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

pub fn draw(canvas: &mut Canvas<'_>, model: &Model) {
    let all = timers(model);
    title(canvas, model, &format!("{}, what fires first at the top", things(all.len(), "timer")));
    if all.is_empty() {
        return empty(
            canvas,
            "No timer is seen to run.\n\nRecovery timers run while a connection is lost. Ping timers \
            are seen through probes when they run (live, as root), commands under way in PDUs.\n\
            What would happen when: iscsi-trace why --timers",
        );
    }
    table::draw(
        &mut below(canvas),
        SHAPES,
        None,
        (model.list(), all.len()),
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
