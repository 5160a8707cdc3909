//! What a line means, in the words that go under it.

use iscsi_decoders::{
    catalogue::{self, Entry, Space},
    log::{Kind, Layer, LogEvent},
};

use super::{
    CHECK, apply,
    steps::{coded, error_words, seconds},
    tracker::{Certainty, Noted},
};

/// The catalogue's entry for the code a line carries, and the code as people write it.
pub(super) fn entry(event: &LogEvent<'_>) -> Option<(&'static Entry, String)> {
    let (space, code, shown) = match event.kind {
        Kind::ConnError { code } | Kind::KernelReported { code, .. } => {
            (Space::Kernel, code, code.to_string())
        }
        Kind::PingTimeout(_) => return None,
        Kind::LoginRejected { status } => {
            let status = status?;
            let [_, _, class, detail] = status.to_be_bytes();
            (Space::Login, status, format!("{class:02x}/{detail:02x}"))
        }
        Kind::PduRejected { reason, .. } => (Space::Reject, reason, format!("0x{reason:02x}")),
        Kind::AsyncMessage { event } => (Space::Async, event, event.to_string()),
        Kind::AdmError { code } => (Space::Iscsiadm, code, code.to_string()),
        Kind::ConnLogin { state } => (Space::ConnState, state, state.to_string()),
        Kind::FailedResult { host_byte, .. } => {
            let entry = apply::host_byte(host_byte)?;
            return Some((entry, format!("0x{:02x}", entry.code)));
        }
        Kind::SenseKey { key } => {
            let entry = by_words(Space::SenseKey, key)?;
            return Some((entry, format!("0x{:x}", entry.code)));
        }
        Kind::AddSense { text } => {
            let entry = by_words(Space::Asc, text)?;
            let [_, _, asc, ascq] = entry.code.to_be_bytes();
            return Some((entry, format!("{asc:02x}/{ascq:02x}")));
        }
        _ => return None,
    };
    Some((catalogue::get(space, code)?, shown))
}

/// The kernel prints sense in words, in the spelling of T10's lists.
fn by_words(space: Space, words: &str) -> Option<&'static Entry> {
    catalogue::entries(space).find(|entry| {
        entry.symbol.eq_ignore_ascii_case(words)
            || entry.meaning.trim_end_matches('.').eq_ignore_ascii_case(words)
    })
}

/// The lines to print under a line; none if it needs no explanation.
pub(super) fn explain(event: &LogEvent<'_>, noted: &Noted) -> Vec<String> {
    if !noted.ours || !worth_explaining(event, noted) {
        return Vec::new();
    }
    if noted.count > 1 {
        return vec![again(event, noted)];
    }
    let mut lines = meaning(event);
    if let Some(code) = event.message.leads_to {
        lines.push(format!("Connection error {} follows.", coded(Space::Kernel, code, code)));
    }
    if let Kind::Driver { code: Some(code), .. } = event.kind {
        lines.push(format!("Code {} ({}): {}.", code.code, code.name, code.effect.text()));
    }
    if let Kind::ConnectFailed { errno } = event.kind {
        lines.extend(error_words(errno).map(|words| format!("errno {errno}: {words}.")));
    }
    lines.extend(owner(event, noted));
    lines
}

fn worth_explaining(event: &LogEvent<'_>, noted: &Noted) -> bool {
    match event.kind {
        Kind::Unknown => false,
        // The disks' own good news; annotating each would bury what matters.
        Kind::UnitFound | Kind::Answered | Kind::Capacity { .. } => false,
        // In a storm of I/O errors only the first of a kind is worth a word.
        _ if event.layer == Layer::Storage => noted.count == 1 || entry(event).is_some(),
        _ => true,
    }
}

/// The second time and later: just what differs.
fn again(event: &LogEvent<'_>, noted: &Noted) -> String {
    let what = match (entry(event), event.kind) {
        (Some((entry, shown)), _) => format!(": {shown} {}", entry.symbol),
        (None, Kind::PingTimeout(_)) => format!(": {}", ping(event)),
        (None, _) => String::new(),
    };
    let number = noted.incident.unwrap_or_default();
    format!("again (no. {} in incident {number}){what}", noted.count)
}

fn meaning(event: &LogEvent<'_>) -> Vec<String> {
    let plain = event.message.meaning;
    let mut lines = Vec::new();
    let found = entry(event);
    match (event.kind, &found) {
        // For these the code is the message.
        (
            Kind::ConnError { .. }
            | Kind::LoginRejected { .. }
            | Kind::AdmError { .. }
            | Kind::SenseKey { .. }
            | Kind::AddSense { .. },
            Some((entry, shown)),
        ) => {
            lines.push(format!("{shown} {}: {}", entry.symbol, entry.meaning));
            if let Some(field) = entry.field {
                lines.push(format!("How one gets it: {}", field.hit));
                lines.extend(field.check.first().map(|check| format!("{CHECK}{check}")));
            }
        }
        (Kind::KernelReported { state, .. }, found) => {
            lines.push(match found {
                Some((entry, shown)) => format!("{shown} {}: {plain}", entry.symbol),
                None => plain.to_owned(),
            });
            if let Some(state) = catalogue::get(Space::ConnState, state) {
                lines.push(format!(
                    "The connection was in state {}: {}",
                    state.symbol, state.meaning
                ));
            }
        }
        (Kind::PingTimeout(_), _) => {
            lines.push(ping(event));
            lines.push(plain.to_owned());
        }
        (Kind::Target, _) => lines.push(format!("Target side (LIO on this machine): {plain}")),
        (_, Some((entry, shown))) => {
            lines.push(plain.to_owned());
            lines.push(format!("{shown} {}: {}", entry.symbol, entry.meaning));
        }
        (_, None) => lines.push(plain.to_owned()),
    }
    lines
}

fn ping(event: &LogEvent<'_>) -> String {
    let Kind::PingTimeout(ping) = event.kind else { return String::new() };
    match (ping.silent_ms(), ping.unanswered_ms(), ping.hz()) {
        (Some(silent), Some(unanswered), Some(hz)) => format!(
            "Silent for {}; the NOP-Out was sent {} before (jiffies at HZ {hz}).",
            seconds(silent),
            seconds(unanswered)
        ),
        _ => "The values in jiffies fit no usual HZ.".to_owned(),
    }
}

/// Whose disk it is, where the line does not say.
fn owner(event: &LogEvent<'_>, noted: &Noted) -> Option<String> {
    if event.subject.session.is_some() || event.layer != Layer::Storage {
        return None;
    }
    let what = noted.disk.as_deref().unwrap_or("This");
    if !noted.ambiguous.is_empty() {
        let sessions: Vec<_> = noted.ambiguous.iter().map(u32::to_string).collect();
        return Some(format!(
            "The log does not tell whose {what} is: sessions {} are failing.",
            sessions.join(", ")
        ));
    }
    let is = match event.subject.address {
        Some(address) => format!("{what} is LUN {} of", address.lun),
        None => format!("{what} belongs to"),
    };
    match (noted.session, event.subject.host) {
        (Some((id, Certainty::Sure)), _) => Some(format!("{is} session {id}.")),
        (Some((id, Certainty::Probable)), _) if noted.first_guess => {
            Some(format!("{is} session {id}, probably: the log does not prove it."))
        }
        (Some((id, Certainty::Probable)), _) => Some(format!("{is} session {id}, probably.")),
        (None, Some(host)) if noted.disk.is_some() => Some(format!("{is} iSCSI host {host}.")),
        _ => None,
    }
}
