//! JSON Lines: one object per recognised line and one per incident.
//!
//! Names follow the project's contract: `time` is Unix seconds with nine digits as text, `boot_time` the
//! same since boot, durations end in `_s`, an absent field is absent.

use iscsi_decoders::{
    Timestamp,
    catalogue::Entry,
    log::{Clock, Kind, Line, LogEvent, Span, Times},
};
use serde::Serialize;

use super::{
    explain,
    incident::{Incident, Key},
    report,
    tracker::{Certainty, Noted},
};

#[derive(Serialize)]
struct LogObject<'a> {
    r#type: &'static str,
    line: u64,
    #[serde(flatten)]
    at: At,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    machine: Option<&'a str>,
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    session: Option<u32>,
    /// The line does not name the session; it follows from the lines around it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    session_probable: bool,
    #[serde(skip_serializing_if = "<[u32]>::is_empty")]
    session_candidates: &'a [u32],
    #[serde(skip_serializing_if = "Option::is_none")]
    connection: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    host: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    device: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    portal: Option<&'a str>,
    #[serde(flatten)]
    code: Option<Code>,
    meaning: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    silent_s: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    incident: Option<u32>,
    text: &'a str,
}

#[derive(Serialize)]
struct Code {
    space: &'static str,
    code: u32,
    symbol: &'static str,
    code_meaning: &'static str,
}

impl Code {
    fn new(entry: &'static Entry) -> Self {
        Self {
            space: entry.space.name(),
            code: entry.code,
            symbol: entry.symbol,
            code_meaning: entry.meaning,
        }
    }
}

#[derive(Serialize)]
struct At {
    #[serde(skip_serializing_if = "Option::is_none")]
    time: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    boot_time: Option<String>,
}

impl At {
    fn new(times: Times) -> Self {
        // Local time without a zone is no Unix time.
        let utc = times.wall.filter(|wall| wall.clock == Clock::Utc);
        Self {
            time: utc.map(|wall| Timestamp(wall.ns).to_string()),
            boot_time: times.boot.map(|ns| Timestamp(ns).to_string()),
        }
    }
}

/// The object of a recognised line.
pub(super) fn log(
    number: u64,
    line: &Line<'_>,
    event: &LogEvent<'_>,
    noted: &Noted,
) -> serde_json::Result<String> {
    let subject = &event.subject;
    let silent = match event.kind {
        Kind::PingTimeout(ping) => ping.silent_ms(),
        _ => None,
    };
    serde_json::to_string(&LogObject {
        r#type: "log",
        line: number,
        at: At::new(line.times),
        source: line.source.name(),
        machine: line.host,
        kind: kind(&event.kind),
        session: noted.session.map(|(id, _)| id).or(subject.session),
        session_probable: noted
            .session
            .is_some_and(|(_, certainty)| certainty == Certainty::Probable),
        session_candidates: &noted.ambiguous,
        connection: subject.connection,
        host: subject.host,
        device: noted.disk.as_deref(),
        target: subject.target,
        portal: subject.portal,
        code: explain::entry(event).map(|(entry, _)| Code::new(entry)),
        meaning: event.message.meaning,
        silent_s: silent.map(|ms| ms as f64 / 1000.0),
        incident: noted.incident,
        text: line.message.trim(),
    })
}

#[derive(Serialize)]
struct IncidentObject<'a> {
    r#type: &'static str,
    incident: u32,
    /// Present and true while the session is still down; a later object of this number replaces this one.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    interim: bool,
    #[serde(flatten)]
    at: At,
    #[serde(skip_serializing_if = "Option::is_none")]
    session: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    connection: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    host: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    portal: Option<&'a str>,
    outcome: &'static str,
    #[serde(flatten)]
    code: Option<Code>,
    summary: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    confidence: Option<&'static str>,
    losses: u64,
    io_errors: u64,
    #[serde(skip_serializing_if = "<[Box<str>]>::is_empty")]
    devices: &'a [Box<str>],
    #[serde(skip_serializing_if = "<[Box<str>]>::is_empty")]
    read_only: &'a [Box<str>],
    #[serde(skip_serializing_if = "Option::is_none")]
    silent_s: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    until_failed_s: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    down_s: Option<f64>,
    timeline: Vec<StepObject<'a>>,
    #[serde(skip_serializing_if = "is_zero")]
    timeline_left_out: u64,
    #[serde(skip_serializing_if = "<[&str]>::is_empty")]
    check: &'static [&'static str],
    #[serde(skip_serializing_if = "<[&str]>::is_empty")]
    action: &'static [&'static str],
}

#[derive(Serialize)]
struct StepObject<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    offset_s: Option<f64>,
    kind: &'static str,
    text: &'a str,
    count: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

fn seconds(span: Span) -> f64 {
    span.ns as f64 / 1e9
}

/// The object of an incident.
pub(super) fn incident(incident: &Incident) -> serde_json::Result<String> {
    let (session, host) = match incident.key {
        Key::Session(id) => (Some(id), None),
        Key::Host(host) => (None, Some(host)),
    };
    let field = incident.cause().and_then(|cause| cause.field);
    let found = incident.diagnosis();
    let offset = |at: &Times| at.since(&incident.first).map(seconds);
    serde_json::to_string(&IncidentObject {
        r#type: "incident",
        incident: incident.number,
        interim: incident.is_interim(),
        at: At::new(incident.first),
        session,
        connection: incident.connection,
        host,
        target: incident.target.as_deref(),
        portal: incident.portal.as_deref(),
        outcome: incident.outcome().name(),
        code: incident.cause().map(Code::new),
        summary: report::sentence(incident),
        detail: incident.detail.as_deref(),
        cause: found.as_ref().map(|(found, _)| found.cause.name()),
        confidence: found.as_ref().map(|(found, _)| found.confidence.name()),
        losses: incident.losses,
        io_errors: incident.io_errors,
        devices: &incident.disks.names,
        read_only: &incident.read_only.names,
        silent_s: incident.silent_ms.map(|ms| ms as f64 / 1000.0),
        until_failed_s: incident.until_failed().map(seconds),
        down_s: incident.down().map(seconds),
        timeline: incident
            .steps
            .iter()
            .map(|step| StepObject {
                offset_s: offset(&step.first),
                kind: step.kind.name(),
                text: &step.text,
                count: step.count,
            })
            .collect(),
        timeline_left_out: incident.left_out,
        check: field.map(|field| field.check).unwrap_or_default(),
        action: field.map(|field| field.action).unwrap_or_default(),
    })
}

fn kind(kind: &Kind<'_>) -> &'static str {
    match kind {
        Kind::Note => "note",
        Kind::Debug { .. } => "debug",
        Kind::Unknown => "unknown",
        Kind::ConnError { .. } => "conn-error",
        Kind::ConnLogin { .. } => "conn-login",
        Kind::PingTimeout(_) => "ping-timeout",
        Kind::RecoveryTimedOut { .. } => "recovery-timed-out",
        Kind::PduRejected { .. } => "pdu-rejected",
        Kind::TransportClassLoaded => "transport-class-loaded",
        Kind::HostAdded { .. } => "host-added",
        Kind::UnitFound => "unit-found",
        Kind::DiskAttached => "disk-attached",
        Kind::Answered => "answered",
        Kind::Capacity { .. } => "capacity",
        Kind::ResetOccurred => "reset-occurred",
        Kind::IoRejected { .. } => "io-rejected",
        Kind::CommandTimedOut { .. } => "command-timed-out",
        Kind::DeviceOffline => "device-offline",
        Kind::ReservationConflict => "reservation-conflict",
        Kind::FailedResult { .. } => "failed-result",
        Kind::SenseKey { .. } => "sense-key",
        Kind::AddSense { .. } => "additional-sense",
        Kind::CacheSync => "cache-sync",
        Kind::IoError { .. } => "io-error",
        Kind::BufferIoError { .. } => "buffer-io-error",
        Kind::FsError { .. } => "fs-error",
        Kind::FsReadOnly { .. } => "fs-read-only",
        Kind::PathFailed => "path-failed",
        Kind::PathRestored => "path-restored",
        Kind::KernelReported { .. } => "kernel-reported",
        Kind::Operational => "operational",
        Kind::Shutdown => "shutdown",
        Kind::AfterRecovery { .. } => "after-recovery",
        Kind::LoginRejected { .. } => "login-rejected",
        Kind::LoginTimeout { .. } => "login-timeout",
        Kind::ConnectFailed { .. } => "connect-failed",
        Kind::GivingUp => "giving-up",
        Kind::NopTimeout { .. } => "nop-timeout",
        Kind::AsyncMessage { .. } => "async-message",
        Kind::AdmError { .. } => "iscsiadm-error",
        Kind::Target => "target",
        Kind::Driver { .. } => "driver",
    }
}
