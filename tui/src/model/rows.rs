//! The list of sessions: which, in which order.

use iscsi_collector::filter::{FieldId, Filter, Kind, Schema};
use iscsi_collector::stats::Board;
use iscsi_collector::stats::board::Row;
use iscsi_collector::value::Value;

use super::columns::{self, Column, Key};
use super::has;
use crate::config::Config;

/// Which sessions are listed, and how.
#[derive(Debug)]
pub struct Rows {
    /// Columns by their places in the table of columns, left to right.
    pub columns: Vec<usize>,
    /// The column sorted by, by its place in the table.
    pub sort: usize,
    pub ascending: bool,
    pub filter: Option<(String, Filter)>,
    /// Rows of the board, in the order shown.
    pub order: Vec<usize>,
    /// The row the user has chosen; it stays chosen when the order changes.
    pub chosen: Option<usize>,
}

impl Rows {
    /// As remembered; and what is wrong with what was remembered.
    pub fn new(config: &Config) -> (Self, Option<String>) {
        let mut complaint = None;
        let mut place = |name: &String| {
            let found = columns::place(name);
            if found.is_none() {
                complaint = Some(format!("there is no column '{name}': C chooses columns"));
            }
            found
        };
        let mut chosen: Vec<usize> = config.columns.iter().filter_map(&mut place).collect();
        if chosen.is_empty() {
            chosen = columns::default();
        }
        let sort = config.sort.as_ref().and_then(&mut place);
        let rows = Self {
            columns: chosen,
            sort: sort.or_else(|| columns::place("errors")).unwrap_or(0),
            ascending: config.ascending,
            filter: None,
            order: Vec::new(),
            chosen: None,
        };
        (rows, complaint)
    }

    /// What is to be remembered.
    pub fn config(&self) -> Config {
        let name =
            |&place: &usize| columns::COLUMNS.get(place).map(|column| column.name.to_owned());
        Config {
            columns: self.columns.iter().filter_map(name).collect(),
            sort: name(&self.sort),
            ascending: self.ascending,
        }
    }

    /// Sorts anew; answers where the chosen session is now.
    pub fn arrange(&mut self, board: &Board, search: &str, focus: Option<usize>) -> Option<usize> {
        let is_shown = |(place, row): &(usize, &Row)| {
            focus.is_none_or(|focus| focus == *place)
                && (search.is_empty() || is_found(row, search))
                && self
                    .filter
                    .as_ref()
                    .is_none_or(|(_, filter)| filter.matches(|id| value(board, row, id)))
        };
        self.order.clear();
        self.order.extend(board.rows.iter().enumerate().filter(is_shown).map(|(place, _)| place));
        if let Some(column) = columns::COLUMNS.get(self.sort) {
            self.sort_by(board, column);
        }
        let chosen = self.chosen?;
        self.order.iter().position(|&place| place == chosen)
    }

    fn sort_by(&mut self, board: &Board, column: &Column) {
        let key = |place: usize| {
            let row = board.rows.get(place)?;
            // What is over comes last, whatever it is sorted by.
            Some((row.state.is_over(), (column.key)(board, row)))
        };
        let mut keyed: Vec<(Option<(bool, Key<'_>)>, usize)> =
            self.order.iter().map(|&place| (key(place), place)).collect();
        keyed.sort_by(|(a, at_a), (b, at_b)| {
            let (Some((over_a, a)), Some((over_b, b))) = (a, b) else { return at_a.cmp(at_b) };
            let order = a.compare(b);
            let order = if self.ascending { order } else { order.reverse() };
            over_a.cmp(over_b).then(order).then(at_a.cmp(at_b))
        });
        self.order.clear();
        self.order.extend(keyed.into_iter().map(|(_, place)| place));
    }
}

fn is_found(row: &Row, search: &str) -> bool {
    let sid = row.sid.map(|sid| sid.to_string());
    let texts = [&row.target, &row.portal, &row.driver, &row.last_problem, &sid];
    texts.iter().any(|text| text.as_deref().is_some_and(|text| has(text, search)))
        || has(row.state.name(), search)
}

struct Field {
    name: &'static str,
    kind: Kind,
    get: for<'a> fn(&'a Board, &'a Row) -> Option<Value<'a>>,
}

const fn field(
    name: &'static str,
    kind: Kind,
    get: for<'a> fn(&'a Board, &'a Row) -> Option<Value<'a>>,
) -> Field {
    Field { name, kind, get }
}

fn number<'a>(value: impl Into<u64>) -> Option<Value<'a>> {
    Some(Value::Number(value.into()))
}

fn micros<'a>(nanoseconds: i64) -> Option<Value<'a>> {
    number(u64::try_from(nanoseconds / 1000).unwrap_or(0))
}

fn text(text: &Option<String>) -> Option<Value<'_>> {
    text.as_deref().map(Value::Text)
}

/// What a filter may ask of a session.
const FIELDS: &[Field] = &[
    field("session", Kind::Number, |_, row| number(row.sid?)),
    field("target", Kind::Text, |_, row| text(&row.target)),
    field("portal", Kind::Text, |_, row| text(&row.portal)),
    field("driver", Kind::Text, |_, row| text(&row.driver)),
    field("state", Kind::Text, |_, row| Some(Value::Text(row.state.name()))),
    field("reads", Kind::Number, |board, row| number(board.rates_of(row).reads as u64)),
    field("writes", Kind::Number, |board, row| number(board.rates_of(row).writes as u64)),
    field("bytes_read", Kind::Size, |board, row| number(board.rates_of(row).bytes_read as u64)),
    field("bytes_written", Kind::Size, |board, row| {
        number(board.rates_of(row).bytes_written as u64)
    }),
    field("p50", Kind::Microseconds, |_, row| micros(row.service?.0)),
    field("p99", Kind::Microseconds, |_, row| micros(row.service?.1)),
    field("max", Kind::Microseconds, |_, row| micros(row.service?.2)),
    field("queue", Kind::Number, |board, row| number(columns::queue(board, row)?)),
    field("window", Kind::Number, |board, row| number(columns::window(board, row)?)),
    field("errors", Kind::Number, |_, row| number(row.problems)),
    field("failed", Kind::Number, |_, row| number(row.failed)),
    field("rtt", Kind::Microseconds, |_, row| number(row.tcp.rtt_us?)),
    field("retransmits", Kind::Number, |_, row| number(row.tcp.retransmits?)),
];

fn value<'a>(board: &'a Board, row: &'a Row, id: &FieldId) -> Option<Value<'a>> {
    match id {
        FieldId::Static(index) => (FIELDS.get(usize::from(*index))?.get)(board, row),
        FieldId::Member(..) => None,
    }
}

/// What filters of sessions may name.
pub struct RowSchema;

impl Schema for RowSchema {
    fn field(&self, name: &str) -> Option<(FieldId, Kind)> {
        let place = FIELDS.iter().position(|field| field.name == name)?;
        Some((FieldId::Static(u16::try_from(place).ok()?), FIELDS.get(place)?.kind))
    }

    fn names(&self) -> Box<dyn Iterator<Item = &str> + '_> {
        Box::new(FIELDS.iter().map(|field| field.name))
    }
}
