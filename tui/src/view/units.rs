//! Logical units: what their commands take, and who uses them.

use iscsi_collector::host::device::{Block, volume};
use iscsi_collector::stats::Counts;
use iscsi_collector::stats::board::Rates;

use super::canvas::Canvas;
use super::table::{self, Shape};
use super::{below, empty, title};
use crate::format::{bytes, count, duration, fit, fit_name, megabytes, things};
use crate::model::Model;
use crate::model::lists::{UnitLine, units};
use crate::theme::Tone;

const SHAPES: &[Shape] = &[
    Shape::number("SID", 4, 7),
    Shape::growing("TARGET", 14, 0),
    Shape::number("LUN", 5, 0),
    Shape::words("DISK", 6, 1),
    Shape::number("SIZE", 8, 9),
    Shape::words("STATE", 9, 3),
    Shape::number("COMMANDS", 8, 5),
    Shape::number("R/s", 5, 2),
    Shape::number("W/s", 5, 2),
    Shape::number("MB/s", 5, 6),
    Shape::number("P50", 6, 8),
    Shape::number("P99", 6, 4),
    Shape::number("MAX", 6, 9),
    Shape::number("FAIL", 4, 5),
    Shape::growing("USED BY", 14, 3),
    Shape::growing("K8S VOLUME", 12, 10),
];

pub fn draw(canvas: &mut Canvas<'_>, model: &Model) {
    let all = units(model);
    let told = all.iter().filter(|unit| unit.device.is_some()).count();
    let source =
        if told == 0 { "; disks and users are known on the machine itself only" } else { "" };
    title(canvas, model, &format!("{}{source}", things(all.len(), "logical unit")));
    if all.is_empty() {
        return empty(
            canvas,
            "No logical unit was seen: no SCSI command was answered yet, and sysfs names no disk \
            of a session. Esc goes back to all sessions.",
        );
    }
    table::draw(
        &mut below(canvas),
        SHAPES,
        None,
        (model.list(), all.len()),
        |line, place, width| {
            let shape = SHAPES.get(place).map_or("", |shape| shape.title);
            all.get(line)
                .map_or((String::new(), Tone::Plain), |unit| cell(model, unit, shape, width))
        },
    );
}

fn cell(model: &Model, line: &UnitLine<'_>, shape: &str, width: usize) -> (String, Tone) {
    let UnitLine { row, unit, device, .. } = *line;
    let dash = || "-".to_owned();
    let block = device.and_then(|device| device.block.as_ref());
    let percentile = |percent| {
        let unit = unit?;
        Some(duration(unit.cells.percentile(percent, None)?.min(unit.longest)))
    };
    let text = match shape {
        "SID" => row.sid.map_or_else(dash, |sid| sid.to_string()),
        "TARGET" => return (fit_name(row.name(), width), Tone::Name),
        "LUN" => line.lun.to_string(),
        "DISK" => block.map_or_else(dash, |block| block.name.clone()),
        "SIZE" => block.and_then(|block| block.size_bytes).map_or_else(dash, bytes),
        "STATE" => {
            let state = device.and_then(|device| device.state.clone()).unwrap_or_else(dash);
            let is_bad = device.is_some_and(|device| device.problem().is_some());
            return (state, if is_bad { Tone::Bad } else { Tone::Plain });
        }
        "COMMANDS" => unit.map_or_else(
            || device.and_then(|device| device.done).map_or_else(dash, |done| count(done as f64)),
            |unit| count(unit.counts.commands() as f64),
        ),
        "R/s" => rates(model, line).map_or_else(dash, |rates| count(rates.reads)),
        "W/s" => rates(model, line).map_or_else(dash, |rates| count(rates.writes)),
        "MB/s" => rates(model, line)
            .map_or_else(dash, |rates| megabytes(rates.bytes_read + rates.bytes_written)),
        "P50" => percentile(50.0).unwrap_or_else(dash),
        "P99" => percentile(99.0).unwrap_or_else(dash),
        "MAX" => unit.map_or_else(dash, |unit| duration(unit.longest)),
        "FAIL" => {
            let failed = unit.map(|unit| unit.counts.failed);
            let failed = failed.or_else(|| device?.errors).unwrap_or(0);
            let tone = if failed > 0 { Tone::Warning } else { Tone::Plain };
            return (count(failed as f64), tone);
        }
        "USED BY" => block.map_or_else(dash, |block| fit(&users(block), width)),
        _ => {
            let mounts =
                block.into_iter().flat_map(Block::walk).flat_map(|block| &block.mounted_at);
            let found = volume(row.target.as_deref(), mounts.map(String::as_str));
            found.map_or_else(dash, |volume| fit(&volume, width))
        }
    };
    (text, Tone::Plain)
}

/// Rates of the unit: of a source that has ended over all of it.
fn rates(model: &Model, line: &UnitLine<'_>) -> Option<Rates> {
    let unit = line.unit?;
    let (from, to) = model.board.span();
    let counts: Counts = if model.board.ended { unit.counts } else { unit.at(to) };
    Some(Rates::over(&counts, (to - from + 1) as f64))
}

/// Maps, volumes and mounts over a disk.
fn users(block: &Block) -> String {
    let mut parts = Vec::new();
    for block in block.walk() {
        if let Some(name) = &block.mapper_name {
            parts.push(format!("{} {name}", block.kind.unwrap_or("dm")));
        }
        parts.extend(block.mounted_at.iter().cloned());
        if block.swap {
            parts.push("swap".to_owned());
        }
    }
    if parts.is_empty() { "nobody".to_owned() } else { parts.join(", ") }
}
