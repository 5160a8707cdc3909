//! PDUs and events as they come, and every field of the chosen one.

use iscsi_collector::category::Categories;
use iscsi_collector::output::{Printer as _, Secrets, Tree};
use iscsi_collector::stats::Kept;

use super::canvas::Canvas;
use super::{below, empty, title};
use crate::format::{fit, things};
use crate::layout::details_height;
use crate::model::Model;
use crate::theme::Tone;

pub fn draw(canvas: &mut Canvas<'_>, model: &Model) {
    let records = &model.records;
    let how = if records.following { "following" } else { "stopped, End follows again" };
    let filter =
        records.filter.as_ref().map(|(text, _)| format!(" where {text}")).unwrap_or_default();
    let missing = match (records.left, records.dropped) {
        (0, 0) => String::new(),
        (left, dropped) => format!(", {left} too fast to show, {dropped} older ones gone"),
    };
    let text = format!("{}{filter}, {how}{missing}", things(records.shown, "record"));
    title(canvas, model, &text);
    if records.shown == 0 {
        let why = if records.filter.is_some() || !model.search().is_empty() || model.focus.is_some()
        {
            "Nothing yet that fits. f changes the expression, / the text, a shows all sessions."
        } else {
            "Nothing yet. PDUs come from probes (as root) or from a file (--read); sysfs has none."
        };
        return empty(canvas, why);
    }
    let mut body = below(canvas);
    let area = body.area;
    let list = model.list();
    let details = u16::try_from(details_height(model)).unwrap_or(0);
    let height = area.height.saturating_sub(details);
    for (y, (at, entry)) in (0..height).zip((list.top..).zip(records.from(list.top))) {
        let line = entry.kept.line();
        let is_bad = entry.kept.categories().contains(Categories::ERRORS);
        let tone = if is_bad { Tone::Bad } else { Tone::Plain };
        body.put(0, y, &fit(line.trim_start(), usize::from(area.width)), tone);
        if at == list.cursor {
            body.choose(y);
        }
    }
    if let (Some(scroll), Some(entry)) = (records.details, records.from(list.cursor).next()) {
        let mut part = body.part(0, height, area.width, details);
        let rule = "─".repeat(usize::from(area.width));
        part.put(0, 0, &rule, Tone::Faint);
        part.put(2, 0, " every field (d closes) ", Tone::Strong);
        for (y, line) in (1..details).zip(fields(&entry.kept).iter().skip(scroll)) {
            part.put(0, y, line.trim_start_matches("  "), Tone::Plain);
        }
    }
}

/// What `iscsi-trace decode -v` shows below the line.
fn fields(kept: &Kept) -> Vec<String> {
    let mut text = Vec::new();
    // Writing to memory cannot fail.
    let _ = kept.with(|record| Tree::new(Secrets::Hidden, false).print(record, &mut text));
    String::from_utf8_lossy(&text).lines().map(str::to_owned).collect()
}
