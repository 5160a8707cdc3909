//! The targets: one file each.

mod capture;
mod catalogue;
mod filter;
mod framer;
mod log;
mod names;
mod pdu;
mod probes;
mod recording;
mod scsi;
mod streams;

use crate::Target;

pub(crate) const ALL: &[Target] = &[
    capture::TARGET,
    streams::TARGET,
    framer::TARGET,
    pdu::TARGET,
    probes::TARGET,
    recording::TARGET,
    scsi::TARGET,
    names::TARGET,
    log::TARGET,
    filter::TARGET,
    catalogue::TARGET,
];

/// For formats whose words the seeds hold already.
fn no_words() -> Vec<String> {
    Vec::new()
}

fn json_lines(text: &[u8]) {
    for line in std::str::from_utf8(text).expect("JSON is UTF-8").lines() {
        if let Err(error) = serde_json::from_str::<serde::de::IgnoredAny>(line) {
            panic!("not JSON, {error}: {line}");
        }
    }
}

/// What goes to a terminal cannot drive it.
fn plain_text(text: &[u8]) {
    let text = std::str::from_utf8(text).expect("text is UTF-8");
    if let Some(control) = text.chars().find(|char| char.is_control() && *char != '\n') {
        panic!("the control character {control:?} is printed: {text:?}");
    }
}
