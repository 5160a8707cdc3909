//! The sentences both forms share.

use iscsi_decoders::catalogue::{self, Space};
use iscsi_decoders::pdu::Direction;

use crate::model::finding::Duration;
use crate::why::incident::{Incident, LedTo, Place, What};

/// What happened, in a few words.
pub fn what(what: &What) -> String {
    let named = |space, code: u32| catalogue::get(space, code).map_or("", |entry| entry.symbol);
    match *what {
        What::ConnectionError(code) => {
            format!("connection error {code} {}", named(Space::Kernel, code))
        }
        What::Closed { by, reset } => {
            let who = if by == Direction::ToTarget { "initiator" } else { "target" };
            let how = if reset { "reset" } else { "closed" };
            format!("connection {how} by the {who}")
        }
        What::LoginRefused(class, detail) => {
            let code = u32::from(class) << 8 | u32::from(detail);
            format!("login refused ({class:02x}{detail:02x} {})", named(Space::Login, code))
        }
        What::Redirected { permanently: true } => "login redirected for good".to_owned(),
        What::Redirected { permanently: false } => "login redirected".to_owned(),
        What::Async(event) => format!("Async Message ({})", named(Space::Async, event.into())),
        What::Rejected(reason) => format!("Reject ({})", named(Space::Reject, reason.into())),
        What::TaskManagement(function) => {
            format!("task management ({})", named(Space::TmfFunction, function.into()))
        }
        What::WindowClosed { duration } => {
            format!("no new commands accepted for {}", Duration(duration))
        }
        What::Slow { commands: 1, longest } => format!("a command took {}", Duration(longest)),
        What::Slow { commands, longest } => {
            format!("{commands} commands took long, up to {}", Duration(longest))
        }
        What::RecoveryTimedOut { seconds } => {
            format!("recovery timed out after {seconds} s: I/O fails")
        }
        What::NoConnection { refused: true } => "connection refused".to_owned(),
        What::NoConnection { refused: false } => "no connection to the portal".to_owned(),
        What::Unanswered { waited } => format!("no answer for {}", Duration(waited)),
    }
}

/// A stable name of what happened.
pub fn name(what: &What) -> &'static str {
    match what {
        What::ConnectionError(_) => "connection-error",
        What::Closed { reset: true, .. } => "connection-reset",
        What::Closed { reset: false, .. } => "connection-closed",
        What::LoginRefused(..) => "login-refused",
        What::Redirected { .. } => "login-redirected",
        What::Async(_) => "async-message",
        What::Rejected(_) => "rejected",
        What::TaskManagement(_) => "task-management",
        What::WindowClosed { .. } => "window-closed",
        What::Slow { .. } => "slow-commands",
        What::RecoveryTimedOut { .. } => "recovery-timed-out",
        What::NoConnection { .. } => "no-connection",
        What::Unanswered { .. } => "no-answer",
    }
}

/// The code of what happened, in the name space its name tells.
pub fn code(what: &What) -> Option<u32> {
    match *what {
        What::ConnectionError(code) => Some(code),
        What::LoginRefused(class, detail) => Some(u32::from(class) << 8 | u32::from(detail)),
        What::Async(code) | What::Rejected(code) | What::TaskManagement(code) => Some(code.into()),
        _ => None,
    }
}

/// The one thing an incident is called after: the kernel's error, else what was seen first.
pub fn headline(incident: &Incident) -> String {
    let error = incident.what.iter().find(|what| matches!(what, What::ConnectionError(_)));
    error.or(incident.what.first()).map_or_else(String::new, what)
}

/// Where, in few words.
pub fn place(place: &Place) -> String {
    let mut parts = Vec::new();
    if let Some(session) = place.session {
        let cid = place.cid.map_or_else(String::new, |cid| format!(":{cid}"));
        parts.push(format!("session {session}{cid}"));
    } else if let Some(id) = place.connection.filter(|id| id.0 > 0) {
        parts.push(format!("connection #{}", id.0));
    }
    if let Some(target) = &place.target {
        parts.push(target.to_string());
    }
    if let Some(ends) = place.ends {
        parts.push(format!("{} → {}", ends.initiator, ends.target));
    }
    parts.join(", ")
}

/// What came of it; none if nothing is known.
pub fn led_to(led_to: &LedTo) -> Option<String> {
    let mut parts = Vec::new();
    let commands = |count: u32| if count == 1 { "command" } else { "commands" };
    if led_to.commands_open > 0 {
        parts.push(format!(
            "{} {} left waiting",
            led_to.commands_open,
            commands(led_to.commands_open)
        ));
    }
    match (led_to.failed_logins, led_to.failed_login) {
        (0, _) => {}
        (1, None) => parts.push("an attempt to log in again failed".to_owned()),
        (1, Some(cause)) => {
            parts.push(format!("an attempt to log in again failed ({})", cause.name()));
        }
        (many, None) => parts.push(format!("{many} attempts to log in again failed")),
        (many, Some(cause)) => {
            parts.push(format!(
                "{many} attempts to log in again failed (the last: {})",
                cause.name()
            ));
        }
    }
    if led_to.gave_up.is_some() {
        parts.push("the replacement timeout fired and waiting I/O was failed".to_owned());
    }
    match led_to.commands_failed {
        None => {}
        Some(0) => parts.push("no command failed".to_owned()),
        // Logs leave lines out, and probes see only what went through the driver.
        Some(count) => parts.push(format!("at least {count} {} failed", commands(count))),
    }
    if let Some(disks) = led_to.offline.as_ref().filter(|disks| !disks.is_empty()) {
        parts.push(format!("offline: {}", disks.join(", ")));
    }
    parts.extend(end(led_to));
    (!parts.is_empty()).then(|| parts.join("; "))
}

/// How it ended, if it did.
fn end(led_to: &LedTo) -> Option<String> {
    if let Some((_, lasted)) = led_to.recovered {
        return Some(format!("logged in again after {}", Duration(lasted)));
    }
    if led_to.removed.is_some() {
        return Some("the session was logged out before it came back".to_owned());
    }
    match (led_to.seen_up, led_to.still_down) {
        (Some(true), _) => Some("logged in again by the time sysfs was read".to_owned()),
        (Some(false), _) => Some("still not logged in when sysfs was read".to_owned()),
        (None, Some(lasted)) if led_to.is_back() == Some(false) => {
            Some(format!("not logged in again in the {} up to the end", Duration(lasted)))
        }
        (None, Some(_)) => Some("whether the session came back is not to be seen here".to_owned()),
        (None, None) => led_to.held.then(|| "the connection held".to_owned()),
    }
}
