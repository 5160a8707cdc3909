//! One line a session.

use super::canvas::Canvas;
use super::table::{self, Shape};
use super::{below, empty, title};
use crate::format::things;
use crate::model::columns::{COLUMNS, tone};
use crate::model::status::Kind;
use crate::model::{Model, View};
use crate::theme::Tone;

pub fn draw(canvas: &mut Canvas<'_>, model: &Model) {
    let columns: Vec<_> =
        model.rows.columns.iter().filter_map(|&place| COLUMNS.get(place)).collect();
    let shapes: Vec<Shape> = columns
        .iter()
        .map(|column| Shape {
            title: column.title,
            width: column.width,
            grows: column.grows,
            right: column.right,
            rank: column.rank,
        })
        .collect();
    let hidden = shapes.len() - table::fit(&shapes, canvas.area.width).len();
    let sort = COLUMNS.get(model.rows.sort);
    title(canvas, model, &heading(model, sort.map_or("", |column| column.title), hidden));
    let count = model.rows.order.len();
    if count == 0 {
        return empty(canvas, &why_empty(model));
    }
    let sorted = model.rows.columns.iter().position(|&place| place == model.rows.sort);
    let list = &model.lists[View::Sessions.place()];
    table::draw(&mut below(canvas), &shapes, sorted, (list, count), |line, place, width| {
        let row = model.rows.order.get(line).and_then(|&row| model.board.rows.get(row));
        match (row, columns.get(place)) {
            (Some(row), Some(column)) => {
                ((column.text)(&model.board, row, width), tone(column, row))
            }
            _ => (String::new(), Tone::Plain),
        }
    });
}

fn heading(model: &Model, sort: &str, hidden: usize) -> String {
    let shown = things(model.rows.order.len(), "session");
    let filter = model.rows.filter.as_ref().map(|(text, _)| format!(" where {text}"));
    let (from, to) = model.board.span();
    let span = if model.board.ended {
        format!("rates over {}", things(usize::try_from(to - from + 1).unwrap_or(0), "second"))
    } else {
        "rates of the last second".to_owned()
    };
    let way = if model.rows.ascending { "rising" } else { "falling" };
    let hidden =
        if hidden > 0 { format!("; {} hidden", things(hidden, "column")) } else { String::new() };
    format!("{shown}{} by {sort} {way}; {span}{hidden}", filter.unwrap_or_default())
}

fn why_empty(model: &Model) -> String {
    if !model.board.rows.is_empty() {
        let which = if model.rows.filter.is_some() {
            "the expression (f)"
        } else {
            "the text searched for (/)"
        };
        return format!("None of the {} fits {which}.", things(model.board.rows.len(), "session"));
    }
    match &model.status.kind {
        Kind::Live(_) | Kind::Sysfs => "This machine's initiator has no sessions.\n\n\
            iscsiadm -m node              lists the targets it knows\n\
            iscsiadm -m node --login      logs in to them\n\
            iscsiadm -m discovery -t st -p ADDRESS   asks a target for its names"
            .to_owned(),
        Kind::File(_) if model.status.position.ended => "There is no iSCSI in this file.\n\nIf the target \
            listens on another port than 3260 and the capture began after the login, name it with --port."
            .to_owned(),
        Kind::File(_) => "No iSCSI in the file so far. Space stops and goes on, + plays faster.".to_owned(),
    }
}
