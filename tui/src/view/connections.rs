//! Connections: ends, login, numbers, TCP.

use iscsi_collector::host::session;
use iscsi_collector::model::Stage;
use iscsi_collector::stats::board::{Link, Row};
use iscsi_decoders::pdu::Direction;

use super::canvas::Canvas;
use super::table::{self, Shape};
use super::{below, empty, title};
use crate::format::{bytes, count, duration, fit_name, lasting, things};
use crate::model::Model;
use crate::model::lists::{Connection, connections};
use crate::theme::Tone;

const SHAPES: &[Shape] = &[
    Shape::number("#", 4, 1),
    Shape::number("SID", 4, 8),
    Shape::growing("TARGET", 14, 0),
    Shape::words("OUR END", 21, 7),
    Shape::words("TARGET'S END", 21, 6),
    Shape::words("STATE", 14, 0),
    Shape::number("FOR", 6, 4),
    Shape::number("PDUs", 6, 3),
    Shape::number("QD", 4, 2),
    Shape::number("OLDEST", 6, 5),
    Shape::number("WIN", 5, 5),
    Shape::words("DIGESTS", 11, 9),
    Shape::number("RTT", 6, 10),
    Shape::number("RETR", 4, 11),
    Shape::number("SKIPPED", 8, 12),
];

pub fn draw(canvas: &mut Canvas<'_>, model: &Model) {
    let all = connections(model);
    title(canvas, model, &format!("{}, the newest first", things(all.len(), "connection")));
    if all.is_empty() {
        return empty(
            canvas,
            "No connection was seen. Probes and captures show them with their first PDU, sysfs \
            while there is a session. Esc goes back to all sessions.",
        );
    }
    table::draw(
        &mut below(canvas),
        SHAPES,
        None,
        (model.list(), all.len()),
        |line, place, width| {
            let Some(connection) = all.get(line) else { return (String::new(), Tone::Plain) };
            let row = connection.row().and_then(|row| model.board.rows.get(row));
            match connection {
                Connection::Seen(link) => seen(model, link, row, place, width),
                Connection::Told(_, connection) => told(connection, row, place, width),
            }
        },
    );
}

fn seen(
    model: &Model,
    link: &Link,
    row: Option<&Row>,
    place: usize,
    width: usize,
) -> (String, Tone) {
    let now = model.board.now;
    let gauges = link.gauges;
    let is_open = link.closed.is_none();
    let shape = SHAPES.get(place).map_or("", |shape| shape.title);
    let dash = || "-".to_owned();
    let text = match shape {
        "#" => link.fact.id.0.to_string(),
        "OUR END" => link.fact.ends.initiator.to_string(),
        "TARGET'S END" => link.fact.ends.target.to_string(),
        "STATE" => return state(link),
        "FOR" => {
            let end = link.closed.map_or(now, |(stamp, ..)| stamp.time);
            lasting(end.since(link.fact.opened.time))
        }
        "PDUs" => gauges.map_or_else(dash, |gauges| count(gauges.pdus as f64)),
        "QD" if is_open => gauges.map_or_else(dash, |gauges| gauges.outstanding.to_string()),
        "OLDEST" if is_open => {
            let oldest = gauges.and_then(|gauges| gauges.oldest);
            oldest.map_or_else(dash, |since| duration(now.since(since)))
        }
        "WIN" if is_open => {
            gauges.and_then(|gauges| gauges.window).map_or_else(dash, |window| count(window.into()))
        }
        "DIGESTS" => digests(link.fact.digests.0, link.fact.digests.1).to_owned(),
        "SKIPPED" => {
            if link.skipped > 0 {
                bytes(link.skipped)
            } else {
                dash()
            }
        }
        "RTT" | "RETR" if !is_open => dash(),
        _ => return common(row, shape, width),
    };
    let tone = match shape {
        "WIN" if text == "0" => Tone::Bad,
        "SKIPPED" if link.skipped > 0 => Tone::Bad,
        _ if is_open => Tone::Plain,
        _ => Tone::Faint,
    };
    (text, tone)
}

fn state(link: &Link) -> (String, Tone) {
    let (text, tone) = match (link.fact.stage, link.closed) {
        (Stage::Refused(class, detail), _) => {
            (format!("refused {class:02x}{detail:02x}"), Tone::Bad)
        }
        (Stage::LoggedOut, _) => ("logged out".to_owned(), Tone::Faint),
        (_, Some((_, by, reset))) => {
            let who = if by == Direction::ToTarget { "us" } else { "target" };
            let how = if reset { "reset" } else { "closed" };
            (format!("{how} by {who}"), if reset { Tone::Bad } else { Tone::Faint })
        }
        (Stage::FullFeature, None) => ("full feature".to_owned(), Tone::Good),
        (Stage::Login(stage), None) => (format!("login, stage {stage}"), Tone::Warning),
        (Stage::Unknown, None) => ("joined".to_owned(), Tone::Plain),
    };
    (text, tone)
}

fn told(
    connection: &session::Connection,
    row: Option<&Row>,
    place: usize,
    width: usize,
) -> (String, Tone) {
    let shape = SHAPES.get(place).map_or("", |shape| shape.title);
    let text = match shape {
        "#" => format!(":{}", connection.cid),
        "OUR END" => {
            connection.local_port.map_or_else(|| "-".to_owned(), |port| format!("port {port}"))
        }
        "TARGET'S END" => row.and_then(|row| row.portal.clone()).unwrap_or_else(|| "-".to_owned()),
        "STATE" => {
            let state = connection.state.clone().unwrap_or_else(|| "?".to_owned());
            let tone = if state == "up" { Tone::Good } else { Tone::Bad };
            return (state, tone);
        }
        "DIGESTS" => match (connection.header_digest, connection.data_digest) {
            (Some(header), Some(data)) => digests(header, data).to_owned(),
            _ => "-".to_owned(),
        },
        _ => return common(row, shape, width),
    };
    (text, Tone::Plain)
}

/// What the session knows.
fn common(row: Option<&Row>, shape: &str, width: usize) -> (String, Tone) {
    let dash = || "-".to_owned();
    let Some(row) = row else { return (dash(), Tone::Plain) };
    match shape {
        "SID" => (row.sid.map_or_else(dash, |sid| sid.to_string()), Tone::Plain),
        "TARGET" => (fit_name(row.name(), width), Tone::Name),
        "RTT" => {
            let rtt = row.tcp.rtt_us.map(|rtt| duration(i64::from(rtt) * 1000));
            (rtt.unwrap_or_else(dash), Tone::Plain)
        }
        "RETR" => (row.tcp.retransmits.map_or_else(dash, |again| count(again.into())), Tone::Plain),
        _ => (dash(), Tone::Plain),
    }
}

fn digests(header: bool, data: bool) -> &'static str {
    match (header, data) {
        (true, true) => "header+data",
        (true, false) => "header",
        (false, true) => "data",
        (false, false) => "none",
    }
}
