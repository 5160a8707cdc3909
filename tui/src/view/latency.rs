//! Service times: a heat map of the last minutes, and how they are distributed.

use iscsi_collector::stats::{BUCKETS, Column, History, SECONDS, longest_of};
use ratatui::style::{Color, Style};

use super::canvas::Canvas;
use super::{below, clock, empty, title};
use crate::format::{count, duration};
use crate::model::Model;
use crate::theme::Tone;
use iscsi_decoders::Timestamp;

/// Columns for the names of the lines.
const LABEL: u16 = 8;
/// Columns for the distribution at the right, where there is room.
const BARS: u16 = 30;
const SHADES: [char; 4] = ['░', '▒', '▓', '█'];
const COLOURS: [Color; 4] = [Color::Blue, Color::Cyan, Color::Yellow, Color::Red];

pub fn draw(canvas: &mut Canvas<'_>, model: &Model) {
    let class = model.class.map_or("all commands", |class| match class.name() {
        "read" => "reads",
        "write" => "writes",
        "sync" => "cache flushes",
        "unmap" => "unmaps",
        _ => "other commands",
    });
    title(canvas, model, &format!("Service times of {class} (c: next class), a column a second"));
    let row = model.focus.and_then(|focus| model.board.rows.get(focus));
    let history = row.map_or(&model.board.history, |row| &row.history);
    let now = model.board.now.0.div_euclid(1_000_000_000);
    let sum = history.since(now - SECONDS as i64 + 1);
    let totals = totals(model, &sum);
    let Some((low, high)) = range(&totals) else {
        return empty(
            canvas,
            "No such command was answered in the last two minutes.\n\nService times come from PDUs: \
            live as root, or from a capture with --read. c shows another class of commands, a all sessions.",
        );
    };
    let mut part = below(canvas);
    heading(&mut part, model, &sum);
    let area = part.area;
    map(
        &mut part.part(0, 1, area.width, area.height - 1),
        model,
        (history, now),
        &totals,
        (low, high),
    );
}

/// How many commands fell into each bucket.
fn totals(model: &Model, column: &Column) -> [u64; BUCKETS] {
    let mut totals = [0; BUCKETS];
    for cell in
        column.cells.iter().filter(|cell| model.class.is_none_or(|class| class == cell.class))
    {
        if let Some(total) = totals.get_mut(usize::from(cell.bucket)) {
            *total += u64::from(cell.count);
        }
    }
    totals
}

/// The first and the last bucket that has something.
fn range(totals: &[u64; BUCKETS]) -> Option<(usize, usize)> {
    let low = totals.iter().position(|&count| count > 0)?;
    let high = totals.iter().rposition(|&count| count > 0)?;
    Some((low, high))
}

fn heading(canvas: &mut Canvas<'_>, model: &Model, sum: &Column) {
    let commands: u64 = totals(model, sum).iter().sum();
    let part = |percent| {
        let time = sum.cells.percentile(percent, model.class).unwrap_or(0);
        duration(time.min(sum.longest))
    };
    let text = format!(
        "{} commands in 2 minutes: half within {}, 90% {}, 99% {}, 99.9% {}",
        count(commands as f64),
        part(50.0),
        part(90.0),
        part(99.0),
        part(99.9)
    );
    canvas.put(0, 0, &text, Tone::Plain);
}

fn map(
    canvas: &mut Canvas<'_>,
    model: &Model,
    (history, now): (&History, i64),
    totals: &[u64; BUCKETS],
    (low, high): (usize, usize),
) {
    let area = canvas.area;
    let bars = if area.width >= 100 { BARS } else { 12 };
    let width = area.width.saturating_sub(LABEL + bars + 1).min(SECONDS as u16);
    let lines = usize::from(area.height.saturating_sub(1)).max(1);
    // So many buckets to a line that all lines have room.
    let step =
        [1, 2, 4, 8, 16].into_iter().find(|step| (high / step - low / step) < lines).unwrap_or(32);
    let lines = high / step - low / step + 1;
    let of_line = |line: usize| {
        let first = (high / step - line) * step;
        first..(first + step).min(BUCKETS)
    };
    let line_of = |bucket: u8| (high / step).checked_sub(usize::from(bucket) / step);
    let mut grid = vec![vec![0_u64; usize::from(width)]; lines];
    let first = now - i64::from(width) + 1;
    for (x, second) in (0_usize..).zip(first..=now) {
        let Some(column) = history.at(second) else { continue };
        let wanted = |class| model.class.is_none_or(|wanted| wanted == class);
        for cell in column.cells.iter().filter(|cell| wanted(cell.class)) {
            let place = line_of(cell.bucket).and_then(|line| grid.get_mut(line)?.get_mut(x));
            if let Some(place) = place {
                *place += u64::from(cell.count);
            }
        }
    }
    let most = grid.iter().flatten().copied().max().unwrap_or(0);
    let sums: Vec<u64> =
        (0..lines).map(|line| of_line(line).filter_map(|b| totals.get(b)).sum()).collect();
    let largest = sums.iter().copied().max().unwrap_or(1);
    let all: u64 = sums.iter().sum();
    for (y, line) in (0_u16..area.height.saturating_sub(1)).zip(0..lines) {
        let longest = of_line(line).next_back().and_then(|bucket| u8::try_from(bucket).ok());
        let label = format!("≤{:>6}", duration(longest_of(longest.unwrap_or(0))));
        canvas.put(0, y, &label, Tone::Faint);
        for (x, &count) in (LABEL..).zip(grid.get(line).into_iter().flatten()) {
            shade(canvas, (x, y), count, most);
        }
        let sum = sums.get(line).copied().unwrap_or(0);
        let part = sum as f64 * 100.0 / all.max(1) as f64;
        let x = LABEL + width + 1;
        let mut end =
            canvas.put(x, y, &format!("{:>5} {part:>3.0}%", count(sum as f64)), Tone::Plain);
        end += 1;
        let room = u64::from(area.width.saturating_sub(end));
        let bar = usize::try_from((sum * room).div_ceil(largest.max(1))).unwrap_or(0);
        canvas.put(end, y, &"█".repeat(bar), Tone::Name);
    }
    let left = clock(Timestamp(first.saturating_mul(1_000_000_000)));
    let right = clock(model.board.now);
    let y = u16::try_from(lines).unwrap_or(u16::MAX).min(area.height.saturating_sub(1));
    canvas.put(LABEL, y, &left, Tone::Faint);
    let at = (LABEL + width).saturating_sub(8);
    if at > LABEL + 9 {
        canvas.put(at, y, &right, Tone::Faint);
    }
}

/// The more commands the darker; each shade is a quarter of the way on a scale of powers.
fn shade(canvas: &mut Canvas<'_>, (x, y): (u16, u16), count: u64, most: u64) {
    if count == 0 {
        return;
    }
    let part = ((count + 1) as f64).ln() / ((most + 1) as f64).ln().max(0.1);
    let level = ((part * 4.0).ceil() as usize).clamp(1, 4) - 1;
    let mut cell = canvas.part(x, y, 1, 1);
    cell.put(0, 0, &SHADES[level].to_string(), Tone::Plain);
    cell.restyle(0, Style::new().fg(COLOURS[level]));
}
