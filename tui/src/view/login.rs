//! What was negotiated.

use super::canvas::Canvas;
use super::table::{self, Shape};
use super::{below, empty, title};
use crate::format::{duration, fit, fit_name, things};
use crate::model::lists::{KeyLine, keys};
use crate::model::{Model, View};
use crate::theme::Tone;

const SHAPES: &[Shape] = &[
    Shape::words("", 1, 0),
    Shape::growing("KEY", 26, 0),
    Shape::growing("REQUESTED", 12, 0),
    Shape::growing("OFFERED", 12, 1),
    Shape::growing("IN FORCE", 12, 0),
    Shape::growing("REMARK", 16, 2),
];

/// Of all sessions: the keys that matter most.
const ALL: &[Shape] = &[
    Shape::number("SID", 4, 5),
    Shape::growing("TARGET", 16, 0),
    Shape::number("DIFFER", 6, 0),
    Shape::words("HeaderDigest", 12, 3),
    Shape::words("DataDigest", 10, 4),
    Shape::words("ImmediateData", 13, 6),
    Shape::words("InitialR2T", 10, 5),
    Shape::words("FirstBurstLength", 16, 2),
    Shape::words("MaxBurstLength", 14, 1),
    Shape::words("ErrorRecoveryLevel", 18, 7),
];

pub fn draw(canvas: &mut Canvas<'_>, model: &Model) {
    match model.focus {
        Some(row) => one(canvas, model, row),
        None => all(canvas, model),
    }
}

fn one(canvas: &mut Canvas<'_>, model: &Model, row: usize) {
    let lines = keys(model, row);
    let different = lines.iter().filter(|line| !line.is_same).count();
    title(
        canvas,
        model,
        &format!("Login: {}, {different} marked: not as requested", things(lines.len(), "value")),
    );
    if lines.is_empty() {
        return empty(
            canvas,
            "The login of this session was not seen, and iscsid's record cannot be read.\n\n\
            A capture must begin before the login; records need root. Values: iscsi-trace sessions -P 2",
        );
    }
    let steps = model.board.rows.get(row).and_then(|row| {
        let mut links = row.connections.iter().rev().filter_map(|&id| model.board.link(id));
        links.find_map(|link| link.login.as_ref())
    });
    let mut part = below(canvas);
    let area = part.area;
    if let Some(login) = steps.filter(|login| !login.steps.is_empty()) {
        let texts: Vec<String> = login
            .steps
            .iter()
            .map(|(stage, requests, time)| {
                let name = if *stage == 0 { "security" } else { "operational" };
                format!("{name} {}, {}", duration(*time), things(*requests as usize, "request"))
            })
            .collect();
        part.put(0, area.height - 1, &format!("stages: {}", texts.join("; ")), Tone::Faint);
    }
    let mut table = part.part(0, 0, area.width, area.height.saturating_sub(1));
    table::draw(&mut table, SHAPES, None, (model.list(), lines.len()), |line, place, width| {
        lines.get(line).map_or((String::new(), Tone::Plain), |line| cell(line, place, width))
    });
}

fn cell(line: &KeyLine, place: usize, width: usize) -> (String, Tone) {
    let dash = |text: &Option<String>| fit(text.as_deref().unwrap_or("-"), width);
    let tone = if line.is_same { Tone::Plain } else { Tone::Warning };
    match place {
        0 => (if line.is_same { " " } else { "≠" }.to_owned(), tone),
        1 => (fit(&line.name, width), Tone::Name),
        2 => (dash(&line.requested), tone),
        3 => (dash(&line.offered), tone),
        4 => (dash(&line.in_force), tone),
        _ => (fit(line.remark, width), Tone::Faint),
    }
}

fn all(canvas: &mut Canvas<'_>, model: &Model) {
    let order = &model.rows.order;
    title(canvas, model, "Login: what is in force; Enter shows one session's requests and offers");
    if order.is_empty() {
        return empty(canvas, "There are no sessions. Key 1 shows how to get some.");
    }
    let list = &model.lists[View::Login.place()];
    table::draw(&mut below(canvas), ALL, None, (list, order.len()), |line, place, width| {
        let Some(&at) = order.get(line) else { return (String::new(), Tone::Plain) };
        let Some(row) = model.board.rows.get(at) else { return (String::new(), Tone::Plain) };
        match place {
            0 => (row.sid.map_or_else(|| "-".to_owned(), |sid| sid.to_string()), Tone::Plain),
            1 => (fit_name(row.name(), width), Tone::Name),
            2 => {
                let count = keys(model, at).iter().filter(|line| !line.is_same).count();
                let tone = if count > 0 { Tone::Warning } else { Tone::Plain };
                (count.to_string(), tone)
            }
            _ => {
                let name = ALL.get(place).map_or("", |shape| shape.title);
                let keys = keys(model, at);
                let line = keys.iter().find(|line| line.name == name);
                let value = line.and_then(|line| line.in_force.clone());
                let tone = if line.is_some_and(|line| !line.is_same) {
                    Tone::Warning
                } else {
                    Tone::Plain
                };
                (fit(value.as_deref().unwrap_or("-"), width), tone)
            }
        }
    });
}
