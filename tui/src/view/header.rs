//! Two lines over everything: where it comes from, what it adds up to, what is missing.

use iscsi_collector::stats::board::State;

use super::canvas::Canvas;
use crate::format::{bytes, count, lasting, megabytes, things};
use crate::model::Model;
use crate::model::status::Kind;
use crate::theme::Tone;
use crate::view::clock;

pub fn draw(canvas: &mut Canvas<'_>, model: &Model) {
    let (source, tone) = source(model);
    canvas.line(0, &[("iscsitop ", Tone::Strong), (&source, tone)]);
    let board = &model.board;
    let is = |state: State| board.rows.iter().filter(|row| row.state == state).count();
    let bad = board.rows.iter().filter(|row| row.state.is_bad()).count();
    let sessions = board.rows.iter().filter(|row| row.state != State::Gone).count();
    let total = board.total();
    let rates = format!(
        "  R {}/s {} MB/s  W {}/s {} MB/s",
        count(total.reads),
        megabytes(total.bytes_read),
        count(total.writes),
        megabytes(total.bytes_written)
    );
    let (loss, loss_tone) = loss(model);
    let up = format!(", {} up", is(State::LoggedIn));
    let failing = if bad > 0 { format!(", {bad} failing") } else { String::new() };
    canvas.line(
        1,
        &[
            (&things(sessions, "session"), Tone::Plain),
            (&up, Tone::Good),
            (&failing, Tone::Bad),
            // What is missing stands before what may be cut.
            ("  ", Tone::Plain),
            (&loss, loss_tone),
            (&rates, Tone::Plain),
        ],
    );
}

fn source(model: &Model) -> (String, Tone) {
    let status = &model.status;
    if let Some(text) = &status.broken {
        return (text.clone(), Tone::Bad);
    }
    let now = clock(model.board.now);
    let text = match &status.kind {
        Kind::Live(probes) => format!("live, {} UTC, {probes} probes", now),
        Kind::Sysfs => format!(
            "sysfs only, {now} UTC: no PDUs, no service times; as root without --sysfs-only there are"
        ),
        Kind::File(name) => {
            let position = &status.position;
            let how = match (position.ended, position.playing) {
                (true, _) => "end of".to_owned(),
                (false, true) => format!("▶ {}× ", position.speed).trim_end().to_owned(),
                (false, false) => "paused".to_owned(),
            };
            let part = position.part.map(|part| format!(", {}%", part / 10)).unwrap_or_default();
            let passed = lasting(position.time.since(position.first));
            format!("{how} {name}: {now} UTC, {passed} in{part}")
        }
    };
    (text, Tone::Plain)
}

/// What is not shown because it was lost, exactly.
fn loss(model: &Model) -> (String, Tone) {
    let mut parts = Vec::new();
    if model.board.lost() > 0 {
        parts.push(format!("{} events lost", model.board.lost()));
    }
    if model.board.skipped > 0 {
        parts.push(format!("{} not decodable", bytes(model.board.skipped)));
    }
    if parts.is_empty() {
        ("nothing lost".to_owned(), Tone::Good)
    } else {
        (parts.join(", "), Tone::Bad)
    }
}
