//! What a line changes in the incident it belongs to.

use iscsi_decoders::{
    catalogue::{self, Entry, Space},
    log::{Kind, LogEvent, Times},
};

use super::{
    incident::{Incident, Phase, StepKind},
    steps,
    weight::Weight,
};

/// A relogin takes iscsid two seconds (DefaultTime2Wait); a disk's line sooner than this after the loss was
/// on its way before it.
const TOO_SOON: i64 = 200_000_000;
/// iscsid reports what the kernel logged at once; later it is news.
const SAME_REPORT: i64 = 2_000_000_000;

/// Takes a line into the incident.
pub(super) fn apply(
    incident: &mut Incident,
    event: &LogEvent<'_>,
    weight: Weight,
    disk: &str,
    text: &str,
    at: Times,
) {
    incident.connection = incident.connection.or(event.subject.connection);
    if let Some(target) = event.subject.target.filter(|_| weight != Weight::Hint) {
        incident.target = Some(target.into());
    }
    if let Some(portal) = event.subject.portal.filter(|_| weight != Weight::Hint) {
        incident.portal.get_or_insert_with(|| portal.into());
    }
    match event.kind {
        Kind::AsyncMessage { event } => {
            incident.asynchronous = incident.asynchronous.or(Some(event))
        }
        Kind::CommandTimedOut { .. } => incident.command_timed_out = true,
        _ => {}
    }
    if let Some(status) = event.message.refuses {
        incident.refused_here.get_or_insert_with(|| (status, text.into()));
    }
    let (kind, words) = steps::step(event, disk, text);
    match weight {
        Weight::Loss => {
            if !reported_before(incident, event, at) {
                incident.step(kind, words, at);
            }
            lose(incident, event, at);
        }
        Weight::Trouble { .. } => {
            incident.step(kind, words, at);
            trouble(incident, event, disk);
        }
        Weight::Alive { weak } => alive(incident, event, disk, weak, (kind, words), at),
        Weight::Gone => {
            incident.step(kind, words, at);
            incident.gone = true;
        }
        Weight::Hint => incident.step(kind, words, at),
        Weight::Aside => {
            if let Kind::LoginRejected { status } = event.kind {
                incident.login_status = incident.login_status.or(status);
            }
            incident.step(kind, words, at);
        }
        Weight::Nothing => {}
    }
}

/// What was said just before the incident began; of several such lines the first is the closest to the cause.
pub(super) fn hint(incident: &mut Incident, kind: StepKind, text: Box<str>, at: Times) {
    if incident.detail.is_none() {
        incident.detail = Some(text.clone());
        incident.first = at;
    }
    incident.step(kind, text, at);
}

/// The session's SCSI host number belongs to a new session.
pub(super) fn replaced(incident: &mut Incident, at: Times) {
    let last = incident.last;
    incident.step(StepKind::Gone, "gone: its SCSI host number was given to a new session", at);
    incident.last = last;
    incident.gone = true;
}

/// The code that tells lines of one message apart.
pub(super) fn code(event: &LogEvent<'_>) -> u32 {
    match event.kind {
        Kind::ConnError { code } | Kind::KernelReported { code, .. } | Kind::AdmError { code } => {
            code
        }
        Kind::LoginRejected { status } => status.unwrap_or_default(),
        Kind::PduRejected { reason, .. } => reason,
        Kind::AsyncMessage { event } => event,
        Kind::Driver { code, .. } => code.map_or(0, |code| code.code),
        _ => 0,
    }
}

/// The catalogue's entry of a host byte by its name.
pub(super) fn host_byte(name: &str) -> Option<&'static Entry> {
    catalogue::entries(Space::HostByte).find(|entry| entry.symbol == name)
}

fn reported_before(incident: &mut Incident, event: &LogEvent<'_>, at: Times) -> bool {
    match event.kind {
        Kind::ConnError { code } => {
            incident.reported = Some((code, at));
            false
        }
        Kind::KernelReported { code, .. } => {
            incident.iscsid_heard = true;
            incident.reported.is_some_and(|(known, when)| {
                known == code && at.since(&when).is_none_or(|span| span.ns.abs() <= SAME_REPORT)
            })
        }
        _ => false,
    }
}

fn lose(incident: &mut Incident, event: &LogEvent<'_>, at: Times) {
    match event.kind {
        Kind::RecoveryTimedOut { secs } => {
            incident.recovery_secs = Some(secs);
            incident.failed = Some(at);
            incident.ever_failed = true;
            incident.phase = Phase::Failed;
            return;
        }
        Kind::PingTimeout(ping) => incident.silent_ms = incident.silent_ms.or(ping.silent_ms()),
        Kind::ConnError { code } => {
            incident.lose(at);
            incident.code.get_or_insert(code);
        }
        Kind::KernelReported { code, .. } => {
            if incident.reported.is_none() {
                incident.lose(at);
            }
            incident.code.get_or_insert(code);
        }
        Kind::LoginRejected { status } => incident.login_status = incident.login_status.or(status),
        _ => {}
    }
    // While the session is down, failed attempts to log in change nothing.
    if matches!(incident.phase, Phase::Held | Phase::Up) {
        incident.phase = Phase::Down;
        incident.outages += 1;
        incident.lost = Some(at);
        incident.failed = None;
        incident.back = None;
    }
}

fn trouble(incident: &mut Incident, event: &LogEvent<'_>, disk: &str) {
    if !disk.is_empty() {
        incident.disks.add(disk);
    }
    let [given_back, not_taken] = &mut incident.failed_requests;
    match event.kind {
        Kind::IoError { .. } => *given_back = given_back.saturating_add(1),
        Kind::IoRejected { .. } => *not_taken = not_taken.saturating_add(1),
        _ => {}
    }
    if matches!(event.kind, Kind::IoRejected { dead: false } | Kind::DeviceOffline) {
        incident.offline.add(disk);
    }
    match event.kind {
        Kind::IoRejected { .. } | Kind::IoError { .. } | Kind::BufferIoError { .. } => {
            incident.io_errors += 1;
        }
        Kind::FailedResult { host_byte: name, .. } => {
            incident.host_byte = incident.host_byte.or_else(|| host_byte(name));
        }
        Kind::FsReadOnly { fs } => incident.read_only.add(&format!("{fs} on {disk}")),
        _ => {}
    }
}

fn alive(
    incident: &mut Incident,
    event: &LogEvent<'_>,
    disk: &str,
    weak: bool,
    step: (StepKind, String),
    at: Times,
) {
    let told = matches!(event.kind, Kind::Operational | Kind::AfterRecovery { .. });
    let since =
        incident.steps.iter().rev().find(|step| matches!(step.kind, StepKind::ConnError(_)));
    let too_soon =
        since.and_then(|loss| at.since(&loss.last)).is_some_and(|span| span.ns < TOO_SOON);
    let doubtful = weak && (incident.phase == Phase::Failed || incident.io_errors > 0);
    match incident.phase {
        Phase::Down | Phase::Failed if told || !(too_soon || doubtful) => {
            incident.phase = Phase::Up;
            incident.back = Some(at);
            let words = if told { step.1 } else { format!("{disk} answers") };
            incident.step(StepKind::Back, format!("back: {words}"), at);
            incident.evidence = Some(words.into());
        }
        Phase::Up if told => incident.evidence = Some(step.1.into()),
        Phase::Held if matches!(event.kind, Kind::ResetOccurred) => {
            incident.disks.add(disk);
            incident.step(step.0, step.1, at);
        }
        // Signs of life of a session that is back already say nothing new and keep nothing open.
        _ => {}
    }
}
