//! The columns of the list of sessions: one table for the list, sorting, and choosing.

use std::cmp::Ordering;

use iscsi_collector::stats::Board;
use iscsi_collector::stats::board::Row;

use crate::format::{count, duration, fit, fit_name, lasting, megabytes};
use crate::theme::Tone;

/// What is sorted by.
#[derive(Clone, Copy, Debug)]
pub enum Key<'a> {
    /// Unknown ones are the least.
    Number(Option<f64>),
    Text(&'a str),
}

impl Key<'_> {
    pub fn compare(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Text(a), Self::Text(b)) => a.cmp(b),
            (Self::Number(a), Self::Number(b)) => {
                let value = |number: &Option<f64>| number.unwrap_or(f64::NEG_INFINITY);
                value(a).total_cmp(&value(b))
            }
            _ => Ordering::Equal,
        }
    }
}

/// One column.
pub struct Column {
    pub name: &'static str,
    pub title: &'static str,
    /// Columns it takes at least.
    pub width: u16,
    /// It takes what is left over.
    pub grows: bool,
    /// Numbers stand at the right.
    pub right: bool,
    /// Columns with a higher rank go first where there is no room.
    pub rank: u8,
    pub help: &'static str,
    pub key: for<'a> fn(&'a Board, &'a Row) -> Key<'a>,
    pub text: fn(&Board, &Row, usize) -> String,
}

struct Shape {
    width: u16,
    grows: bool,
    right: bool,
    rank: u8,
}

const fn number(width: u16, rank: u8) -> Shape {
    Shape { width, grows: false, right: true, rank }
}

const fn words(width: u16, rank: u8) -> Shape {
    Shape { width, grows: false, right: false, rank }
}

const fn growing(width: u16, rank: u8) -> Shape {
    Shape { width, grows: true, right: false, rank }
}

const fn column(
    names: (&'static str, &'static str),
    shape: Shape,
    help: &'static str,
    key: for<'a> fn(&'a Board, &'a Row) -> Key<'a>,
    text: fn(&Board, &Row, usize) -> String,
) -> Column {
    let (name, title) = names;
    let Shape { width, grows, right, rank } = shape;
    Column { name, title, width, grows, right, rank, help, key, text }
}

fn or_dash(text: Option<String>) -> String {
    text.unwrap_or_else(|| "-".to_owned())
}

/// All columns, in the order they have unless the user chose another.
pub const COLUMNS: &[Column] = &[
    column(
        ("sid", "SID"),
        number(4, 1),
        "Linux's number of the session",
        |_, row| Key::Number(row.sid.map(f64::from)),
        |_, row, _| or_dash(row.sid.map(|sid| sid.to_string())),
    ),
    column(
        ("target", "TARGET"),
        growing(16, 0),
        "the target's name",
        |_, row| Key::Text(row.name()),
        |_, row, width| fit_name(row.name(), width),
    ),
    column(
        ("portal", "PORTAL"),
        words(21, 16),
        "the target's address and port",
        |_, row| Key::Text(row.portal.as_deref().unwrap_or("")),
        |_, row, width| fit(row.portal.as_deref().unwrap_or("-"), width),
    ),
    column(
        ("driver", "DRIVER"),
        words(6, 18),
        "the transport: tcp, iser, ...",
        |_, row| Key::Text(row.driver.as_deref().unwrap_or("")),
        |_, row, width| fit(row.driver.as_deref().unwrap_or("-"), width),
    ),
    column(
        ("state", "STATE"),
        words(10, 0),
        "the session's state",
        |_, row| Key::Text(row.state.name()),
        |_, row, _| row.state.name().to_owned(),
    ),
    column(
        ("for", "FOR"),
        number(6, 8),
        "how long it has been in this state",
        |board, row| Key::Number(row.lasted(board.now).map(|time| time as f64)),
        |board, row, _| or_dash(row.lasted(board.now).map(lasting)),
    ),
    column(
        ("left", "LEFT"),
        number(5, 3),
        "seconds until I/O fails, while the connection is lost",
        |board, row| Key::Number(left(board, row).map(|left| -(left as f64))),
        |board, row, _| match (row.recovering, left(board, row)) {
            (None, _) => String::new(),
            (Some(_), Some(left)) => format!("{left}s"),
            (Some(_), None) => "never".to_owned(),
        },
    ),
    column(
        ("reads", "R/s"),
        number(5, 2),
        "reads a second",
        |board, row| Key::Number(Some(board.rates_of(row).reads)),
        |board, row, _| count(board.rates_of(row).reads),
    ),
    column(
        ("writes", "W/s"),
        number(5, 2),
        "writes a second",
        |board, row| Key::Number(Some(board.rates_of(row).writes)),
        |board, row, _| count(board.rates_of(row).writes),
    ),
    column(
        ("read-mb", "rMB/s"),
        number(5, 6),
        "megabytes read a second",
        |board, row| Key::Number(Some(board.rates_of(row).bytes_read)),
        |board, row, _| megabytes(board.rates_of(row).bytes_read),
    ),
    column(
        ("written-mb", "wMB/s"),
        number(5, 6),
        "megabytes written a second",
        |board, row| Key::Number(Some(board.rates_of(row).bytes_written)),
        |board, row, _| megabytes(board.rates_of(row).bytes_written),
    ),
    column(
        ("p50", "P50"),
        number(6, 9),
        "half of the commands took no longer",
        |_, row| Key::Number(row.service.map(|(p50, _, _)| p50 as f64)),
        |_, row, _| or_dash(row.service.map(|(p50, _, _)| duration(p50))),
    ),
    column(
        ("p99", "P99"),
        number(6, 4),
        "99 of 100 commands took no longer",
        |_, row| Key::Number(row.service.map(|(_, p99, _)| p99 as f64)),
        |_, row, _| or_dash(row.service.map(|(_, p99, _)| duration(p99))),
    ),
    column(
        ("max", "MAX"),
        number(6, 10),
        "the longest a command took",
        |_, row| Key::Number(row.service.map(|(_, _, max)| max as f64)),
        |_, row, _| or_dash(row.service.map(|(_, _, max)| duration(max))),
    ),
    column(
        ("queue", "QD"),
        number(4, 5),
        "commands under way",
        |board, row| Key::Number(queue(board, row).map(f64::from)),
        |board, row, _| or_dash(queue(board, row).map(|queue| queue.to_string())),
    ),
    column(
        ("window", "WIN"),
        number(5, 13),
        "commands the target would still take; 0: the window is closed",
        |board, row| Key::Number(window(board, row).map(f64::from)),
        |board, row, _| or_dash(window(board, row).map(|window| count(window.into()))),
    ),
    column(
        ("errors", "ERR"),
        number(4, 1),
        "findings and connection errors",
        |_, row| Key::Number(Some(row.problems as f64)),
        |_, row, _| count(row.problems as f64),
    ),
    column(
        ("failed", "FAIL"),
        number(4, 14),
        "commands that ended with a status other than GOOD",
        |_, row| Key::Number(Some(row.failed as f64)),
        |_, row, _| count(row.failed as f64),
    ),
    column(
        ("rtt", "RTT"),
        number(6, 15),
        "TCP's round trip time",
        |_, row| Key::Number(row.tcp.rtt_us.map(f64::from)),
        |_, row, _| or_dash(row.tcp.rtt_us.map(|rtt| duration(i64::from(rtt) * 1000))),
    ),
    column(
        ("retransmits", "RETR"),
        number(5, 12),
        "TCP segments sent again",
        |_, row| Key::Number(row.tcp.retransmits.map(f64::from)),
        |_, row, _| or_dash(row.tcp.retransmits.map(|again| count(again.into()))),
    ),
    column(
        ("trend", "LAST 16 s"),
        words(16, 11),
        "commands in each of the last 16 seconds, next to the session's most",
        |board, row| Key::Number(Some(board.rates_of(row).commands())),
        |board, row, width| sparkline(board, row, width),
    ),
    column(
        ("last", "LAST FINDING"),
        growing(20, 7),
        "the last that went wrong",
        |_, row| Key::Text(row.last_problem.as_deref().unwrap_or("")),
        |_, row, width| {
            let problem = row.last_problem.as_deref();
            let told = || row.host.as_ref()?.problems.first().map(String::as_str);
            fit(problem.or_else(told).unwrap_or(""), width)
        },
    ),
];

/// The place of a column in the table.
pub fn place(name: &str) -> Option<usize> {
    COLUMNS.iter().position(|column| column.name == name)
}

/// Those shown unless the user chose others.
pub fn default() -> Vec<usize> {
    let hidden = ["failed"];
    (0..COLUMNS.len())
        .filter(|&place| COLUMNS.get(place).is_some_and(|c| !hidden.contains(&c.name)))
        .collect()
}

/// How a column's text looks.
pub fn tone(column: &Column, row: &Row) -> Tone {
    match column.name {
        "state" | "left" if row.state.is_bad() => Tone::Bad,
        "state" if row.state.is_over() => Tone::Faint,
        "state" if row.state.name() == "LOGGED_IN" => Tone::Good,
        "errors" | "last" if row.problems > 0 => Tone::Warning,
        "failed" if row.failed > 0 => Tone::Warning,
        "target" if !row.state.is_over() => Tone::Name,
        _ if row.state.is_over() => Tone::Faint,
        _ => Tone::Plain,
    }
}

fn left(board: &Board, row: &Row) -> Option<i64> {
    row.recovering?.left(board.now)
}

/// Commands under way.
pub fn queue(board: &Board, row: &Row) -> Option<u32> {
    let open = row.connections.iter().filter_map(|&id| board.link(id));
    let gauges = open.filter(|link| link.closed.is_none()).filter_map(|link| link.gauges);
    gauges.map(|gauges| gauges.outstanding).reduce(u32::saturating_add).or_else(|| row.busy())
}

/// Commands the target would still take.
pub fn window(board: &Board, row: &Row) -> Option<u32> {
    let last = row.connections.iter().rev().filter_map(|&id| board.link(id));
    last.filter(|link| link.closed.is_none()).find_map(|link| link.gauges?.window)
}

const LEVELS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// A bar whose height is a part of the most.
pub fn level(value: u64, most: u64) -> char {
    if value == 0 || most == 0 {
        return ' ';
    }
    let level = (value.saturating_mul(8).div_ceil(most)).clamp(1, 8) - 1;
    LEVELS.get(usize::try_from(level).unwrap_or(0)).copied().unwrap_or(' ')
}

fn sparkline(board: &Board, row: &Row, width: usize) -> String {
    let (_, to) = board.span();
    let from = to - i64::try_from(width).unwrap_or(0) + 1;
    let at = |second| row.history.at(second).map_or(0, |column| column.counts.commands());
    let values: Vec<u64> = (from..=to).map(at).collect();
    let most = values.iter().copied().max().unwrap_or(0);
    values.iter().map(|&value| level(value, most)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_columns_are_unique() {
        for (at, column) in COLUMNS.iter().enumerate() {
            assert_eq!(place(column.name), Some(at));
            assert!(column.title.chars().count() <= usize::from(column.width), "{}", column.name);
        }
    }

    #[test]
    fn bars_are_as_high_as_their_part() {
        let bars: String = [0, 1, 50, 100].iter().map(|&value| level(value, 100)).collect();
        assert_eq!(bars, " ▁▄█");
    }
}
