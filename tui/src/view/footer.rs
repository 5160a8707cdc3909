//! The last line: what is typed, what there is to say, or the keys that matter here.

use super::canvas::Canvas;
use crate::model::prompt::Purpose;
use crate::model::{Model, View};
use crate::theme::Tone;

pub fn draw(canvas: &mut Canvas<'_>, model: &Model) {
    if let Some(prompt) = &model.prompt {
        let name = match prompt.purpose {
            Purpose::Search => "Search: ",
            Purpose::Filter => "Filter: ",
        };
        let end = canvas.put(0, 0, name, Tone::Strong);
        let end = canvas.put(end, 0, &prompt.text, Tone::Plain);
        canvas.part(end, 0, 1, 1).choose(0);
        if let Some(complaint) = &prompt.complaint {
            // Of several lines the first says what is wrong.
            let first = complaint.lines().next().unwrap_or("");
            canvas.put(end + 2, 0, first, Tone::Bad);
        }
        return;
    }
    if let Some((notice, _)) = &model.notice {
        canvas.put(0, 0, notice, Tone::Warning);
        return;
    }
    let mut hints = vec!["? help", "q end"];
    match model.view {
        View::Sessions => {
            hints.extend(["Enter choose", "/ search", "f filter", "< > r sort", "C columns"])
        }
        View::Records => hints.extend(["d fields", "/ search", "f filter", "Space stop"]),
        View::Latency => hints.push("c class"),
        View::Debug => hints.push("t switch"),
        View::Errors | View::Incidents => hints.extend(["/ search", "Enter open"]),
        _ => hints.extend(["Enter choose", "/ search"]),
    }
    if model.status.is_file() && model.view != View::Records {
        hints.extend(["Space stop", "+ - speed", "← → seek"]);
    }
    let text = hints.join(" · ");
    canvas.put(0, 0, &text, Tone::Faint);
}
