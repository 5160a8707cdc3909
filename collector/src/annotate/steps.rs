//! The words of a timeline.

use iscsi_decoders::{
    catalogue::{self, Space},
    log::{Kind, LogEvent},
};

use super::incident::StepKind;

/// A step of an incident from a line: its kind and its text. `disk` is the disk's name or address, `text`
/// the message itself, used where the tables have nothing shorter.
pub(super) fn step(event: &LogEvent<'_>, disk: &str, text: &str) -> (StepKind, String) {
    let kind = match event.kind {
        Kind::ConnError { code } | Kind::KernelReported { code, .. } => StepKind::ConnError(code),
        Kind::PingTimeout(_) | Kind::NopTimeout { .. } => StepKind::Ping,
        Kind::RecoveryTimedOut { .. } => StepKind::TimedOut,
        Kind::Operational | Kind::AfterRecovery { .. } => StepKind::Back,
        Kind::Shutdown => StepKind::Gone,
        _ => StepKind::Message(event.message.format),
    };
    (kind, words(event, disk, text))
}

fn words(event: &LogEvent<'_>, disk: &str, text: &str) -> String {
    match event.kind {
        Kind::ConnError { code } | Kind::KernelReported { code, .. } => {
            format!("connection lost: {}", coded(Space::Kernel, code, code))
        }
        Kind::PingTimeout(ping) => match ping.silent_ms().zip(ping.unanswered_ms()) {
            Some((silent, unanswered)) => format!(
                "no answer to a ping: silent for {}, NOP-Out sent {} before",
                seconds(silent),
                seconds(unanswered)
            ),
            None => "no answer to a ping".to_owned(),
        },
        Kind::NopTimeout { secs } => format!("no answer to iscsid's ping in {secs} s"),
        Kind::RecoveryTimedOut { secs } => {
            format!("recovery timed out after {secs} s: I/O fails from here on")
        }
        Kind::AfterRecovery { attempts: 1 } => "logged in again at the first attempt".to_owned(),
        Kind::AfterRecovery { attempts } => format!("logged in again after {attempts} attempts"),
        Kind::Operational => "logged in".to_owned(),
        Kind::Shutdown => "logged out".to_owned(),
        Kind::LoginRejected { status: Some(status) } => {
            let [_, _, class, detail] = status.to_be_bytes();
            let shown = format!("{class:02x}/{detail:02x}");
            format!("login refused: {}", coded(Space::Login, status, shown))
        }
        Kind::LoginRejected { status: None } => "login refused".to_owned(),
        Kind::LoginTimeout { secs } => format!("no answer to the login in {secs} s"),
        Kind::ConnectFailed { errno } => {
            let portal = event.subject.portal.unwrap_or("the portal");
            match error_words(errno) {
                Some(words) => format!("cannot connect to {portal}: {words}"),
                None => format!("cannot connect to {portal}"),
            }
        }
        Kind::GivingUp => "iscsid gave up".to_owned(),
        Kind::AsyncMessage { event } => {
            format!("asynchronous message from the target: {}", coded(Space::Async, event, event))
        }
        Kind::IoRejected { .. } => format!("I/O to {disk} rejected"),
        Kind::CommandTimedOut { secs } => format!("command on {disk} timed out after {secs} s"),
        Kind::DeviceOffline => format!("{disk} taken offline"),
        Kind::ResetOccurred => format!("{disk} reports a reset"),
        Kind::ReservationConflict => format!("reservation conflict on {disk}"),
        Kind::FailedResult { host_byte, .. } => format!("command on {disk} failed: {host_byte}"),
        Kind::SenseKey { key } => format!("sense of {disk}: {key}"),
        Kind::AddSense { text } => format!("sense of {disk}: {text}"),
        Kind::IoError { op: Some(op), .. } => format!("I/O error on {disk} ({op})"),
        Kind::IoError { op: None, .. } => format!("I/O error on {disk}"),
        Kind::BufferIoError { .. } => format!("buffer I/O error on {disk}"),
        Kind::FsError { fs } => format!("{fs} error on {disk}"),
        Kind::FsReadOnly { fs } => format!("{fs} on {disk} read-only or shut down"),
        Kind::CacheSync => format!("{disk} flushed, for removal or shutdown"),
        Kind::PathFailed => format!("multipath stopped using {disk}"),
        Kind::PathRestored => format!("multipath uses {disk} again"),
        Kind::Target => format!("the target on this machine: {}", clip(text)),
        _ => clip(text).to_owned(),
    }
}

/// `1020 ISCSI_ERR_TCP_CONN_CLOSE`, or the number alone if the catalogue lacks it.
pub(super) fn coded(space: Space, code: u32, shown: impl std::fmt::Display) -> String {
    match catalogue::get(space, code) {
        Some(entry) => format!("{shown} {}", entry.symbol),
        None => shown.to_string(),
    }
}

/// `No route to host`, from the system's own table.
pub(super) fn error_words(errno: u32) -> Option<String> {
    let errno = i32::try_from(errno).ok().filter(|errno| *errno > 0)?;
    let text = std::io::Error::from_raw_os_error(errno).to_string();
    Some(text.split(" (os error").next().unwrap_or(&text).to_owned())
}

/// `4.0 s` from milliseconds.
pub(super) fn seconds(ms: u64) -> String {
    format!("{}.{} s", ms / 1000, ms % 1000 / 100)
}

/// A line of a timeline has one line.
fn clip(text: &str) -> &str {
    text.char_indices().nth(120).map_or(text, |(at, _)| text.split_at(at).0)
}
