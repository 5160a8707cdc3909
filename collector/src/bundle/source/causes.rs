//! Why it happened, as `iscsi-trace why` says of the logs and recordings in the bundle.

use super::super::causes;
use super::super::item::{Content, Found};
use super::super::setting::Setting;
use super::{LOG, RECORDINGS};
use crate::cli::Look;
use crate::why::{json, text};

/// Where the incidents with their causes are.
pub(in crate::bundle) const CAUSES: &str = "findings/why.jsonl";

pub(super) fn collect(setting: &Setting) -> Found {
    let mut found = Found::default();
    let recordings = setting.so_far.iter().filter_map(|(path, item)| match &item.content {
        Content::Recording(bytes) if path.starts_with(RECORDINGS) => Some(bytes.as_slice()),
        _ => None,
    });
    let incidents = causes::incidents(setting.text_so_far(LOG), recordings);
    let shown = text::Shown { verbose: true, colour: false, width: Look::PLAIN.width };
    let (mut out, mut lines) = (Vec::new(), String::new());
    for incident in &incidents {
        // Writing to memory cannot fail.
        let _ = text::write(&mut out, incident, shown);
        out.push(b'\n');
        lines.push_str(&format!("{}\n", json::value(incident)));
    }
    let origin = "iscsi-trace why";
    found.text("findings/why.txt", origin, String::from_utf8_lossy(&out).into_owned());
    found.text(CAUSES, origin, lines);
    found
}
