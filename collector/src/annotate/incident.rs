//! One trouble of one session: what began it, what followed, how it ended.

use iscsi_decoders::{
    catalogue::{self, Entry, Space},
    log::{Span, Times},
};

/// What an incident is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Key {
    /// A session.
    Session(u32),
    /// An iSCSI host whose session the log does not tell.
    Host(u32),
}

/// How an incident stands, or stood at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The session is logged in again.
    Recovered,
    /// Nothing more was logged for longer than a recovery takes, so it is probably logged in again (the
    /// kernel logs a failed recovery, not a successful one).
    ProbablyRecovered,
    /// The recovery timed out, and I/O failed.
    Failed,
    /// The recovery timed out, and the session came back later.
    FailedThenRecovered,
    /// The session was never logged in.
    LoginFailed,
    /// The session was logged out or removed before it came back.
    LoggedOut,
    /// I/O failed while the connection held, as far as the log shows.
    IoErrors,
    /// Commands failed or a device was reset, but the connection held and no I/O error was reported.
    Held,
    /// The log ends before it shows how this went on.
    Open,
}

impl Outcome {
    /// Its name in JSON and in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Recovered => "recovered",
            Self::ProbablyRecovered => "probably-recovered",
            Self::Failed => "failed",
            Self::FailedThenRecovered => "failed-then-recovered",
            Self::LoginFailed => "login-failed",
            Self::LoggedOut => "logged-out",
            Self::IoErrors => "io-errors",
            Self::Held => "held",
            Self::Open => "open",
        }
    }
}

/// Where a session stands in its incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// The connection holds; commands failed or a device was reset.
    Held,
    /// The connection is gone, commands wait.
    Down,
    /// The recovery timed out, commands fail.
    Failed,
    /// Logged in again.
    Up,
}

/// What kind of thing a step is; equal ones are counted instead of listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StepKind {
    Ping,
    ConnError(u32),
    TimedOut,
    Back,
    Gone,
    /// A message, by the address of its format.
    Message(&'static str),
}

impl StepKind {
    /// Steps of one kind on both sides of such a step are not the same.
    fn turns(self) -> bool {
        matches!(self, Self::TimedOut | Self::Back | Self::Gone)
    }

    /// Its name in JSON.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Ping => "ping-timeout",
            Self::ConnError(_) => "conn-error",
            Self::TimedOut => "recovery-timed-out",
            Self::Back => "back",
            Self::Gone => "gone",
            Self::Message(_) => "message",
        }
    }
}

/// One entry of an incident's timeline.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) kind: StepKind,
    /// For people, without the time and the count.
    pub(super) text: Box<str>,
    pub(super) first: Times,
    pub(super) last: Times,
    pub(super) count: u64,
}

/// The beginning and the end of a timeline are kept; more steps than this in between are only counted.
pub(super) const FIRST_STEPS: usize = 24;
const LAST_STEPS: usize = 8;
/// More names than this are only counted.
const NAMES: usize = 16;

/// Names, each once, in order of appearance.
#[derive(Debug, Default)]
pub(super) struct Names {
    pub(super) names: Vec<Box<str>>,
    pub(super) left_out: u64,
}

impl Names {
    pub(super) fn add(&mut self, name: &str) {
        if self.names.iter().any(|known| **known == *name) {
            return;
        }
        if self.names.len() < NAMES {
            self.names.push(name.into());
        } else {
            self.left_out += 1;
        }
    }

    pub(super) fn joined(&self) -> String {
        let mut text = self.names.join(", ");
        if self.left_out > 0 {
            text.push_str(" and more");
        }
        text
    }
}

/// An incident.
#[derive(Debug)]
pub struct Incident {
    /// Counts from 1 over the whole run.
    pub number: u32,
    /// What it is about.
    pub key: Key,
    pub(super) connection: Option<u32>,
    pub(super) target: Option<Box<str>>,
    pub(super) portal: Option<Box<str>>,
    pub(super) phase: Phase,
    /// The session was logged out or removed.
    pub(super) gone: bool,
    /// The log shows the session's first login, and that it failed.
    pub(super) never_up: bool,
    /// The first kernel error code: the cause; later ones (1020 of vain relogins) are consequences.
    pub(super) code: Option<u32>,
    /// The status of a refused login.
    pub(super) login_status: Option<u32>,
    /// What a driver or the target on this machine said just before the loss; closer to the cause than the code.
    pub(super) detail: Option<Box<str>>,
    /// The login status that a target on this machine refused with, and its words.
    pub(super) refused_here: Option<(u32, Box<str>)>,
    /// An Async Message of the target.
    pub(super) asynchronous: Option<u32>,
    /// A command ran into its timeout.
    pub(super) command_timed_out: bool,
    /// The host byte of the first failed command.
    pub(super) host_byte: Option<&'static Entry>,
    /// How often the connection was lost.
    pub(super) losses: u64,
    pub(super) last_loss: Option<Times>,
    /// Milliseconds of silence before a ping timeout.
    pub(super) silent_ms: Option<u64>,
    pub(super) first: Times,
    pub(super) last: Times,
    /// When the last outage began, and when the kernel gave up waiting for its end.
    pub(super) lost: Option<Times>,
    pub(super) failed: Option<Times>,
    /// Times without a connection; many losses can be one outage, if the relogins failed.
    pub(super) outages: u64,
    /// The recovery timed out in one of them.
    pub(super) ever_failed: bool,
    pub(super) back: Option<Times>,
    /// What showed that the session was back.
    pub(super) evidence: Option<Box<str>>,
    /// `replacement_timeout` in seconds, from the kernel's message.
    pub(super) recovery_secs: Option<u32>,
    /// When iscsid's report counts as the kernel's own message told twice.
    pub(super) reported: Option<(u32, Times)>,
    /// iscsid told of the kernel's error, so it was there.
    pub(super) iscsid_heard: bool,
    pub(super) io_errors: u64,
    /// Of these, requests that the block layer gave back with an error, and those a disk did not even take.
    pub(super) failed_requests: [u32; 2],
    pub(super) disks: Names,
    /// Disks that were offline.
    pub(super) offline: Names,
    pub(super) read_only: Names,
    pub(super) steps: Vec<Step>,
    pub(super) left_out: u64,
    /// What was explained already in this incident, and how often it came.
    pub(super) explained: Vec<(&'static str, u32, u64)>,
    /// An interim report was printed.
    pub(super) interim: bool,
    /// The log went on for longer than a recovery takes.
    pub(super) lapsed: bool,
    /// How far the log went on after the last line.
    pub(super) log_end: Option<Span>,
}

impl Incident {
    pub(super) fn new(number: u32, key: Key, at: Times) -> Self {
        Self {
            number,
            key,
            connection: None,
            target: None,
            portal: None,
            phase: Phase::Held,
            gone: false,
            never_up: false,
            code: None,
            login_status: None,
            detail: None,
            refused_here: None,
            asynchronous: None,
            command_timed_out: false,
            host_byte: None,
            losses: 0,
            last_loss: None,
            silent_ms: None,
            iscsid_heard: false,
            first: at,
            last: at,
            lost: None,
            failed: None,
            outages: 0,
            ever_failed: false,
            back: None,
            evidence: None,
            recovery_secs: None,
            reported: None,
            io_errors: 0,
            failed_requests: [0; 2],
            disks: Names::default(),
            offline: Names::default(),
            read_only: Names::default(),
            steps: Vec::new(),
            left_out: 0,
            explained: Vec::new(),
            interim: false,
            lapsed: false,
            log_end: None,
        }
    }

    /// Adds a step, or counts it if one like it is there already.
    pub(super) fn step(&mut self, kind: StepKind, text: impl Into<Box<str>>, at: Times) {
        let text = text.into();
        self.last = at;
        for step in self.steps.iter_mut().rev() {
            if step.kind == kind && step.text == text {
                step.count += 1;
                step.last = at;
                return;
            }
            if step.kind.turns() {
                break;
            }
        }
        if self.steps.len() >= FIRST_STEPS + LAST_STEPS {
            self.left_out += self.steps.remove(FIRST_STEPS).count;
        }
        self.steps.push(Step { kind, text, first: at, last: at, count: 1 });
    }

    /// Counts a message of this incident; the first time is worth a full explanation.
    pub(super) fn seen(&mut self, format: &'static str, code: u32) -> u64 {
        const LIMIT: usize = 256;
        if let Some((.., count)) =
            self.explained.iter_mut().find(|(f, c, _)| *f == format && *c == code)
        {
            *count += 1;
            return *count;
        }
        if self.explained.len() < LIMIT {
            self.explained.push((format, code, 1));
        }
        1
    }

    /// Counts a loss of the connection. The kernel raises its error again for a connection that is gone
    /// already; a relogin that could be lost anew takes two seconds at least.
    pub(super) fn lose(&mut self, at: Times) {
        const SAME: i64 = 1_000_000_000;
        let again = self.last_loss.and_then(|last| at.since(&last));
        if again.is_none_or(|span| span.ns >= SAME) {
            self.losses += 1;
        }
        self.last_loss = Some(at);
    }

    /// How it stands.
    pub fn outcome(&self) -> Outcome {
        match self.phase {
            Phase::Held if self.io_errors > 0 => Outcome::IoErrors,
            Phase::Held => Outcome::Held,
            Phase::Up if self.ever_failed => Outcome::FailedThenRecovered,
            Phase::Up => Outcome::Recovered,
            Phase::Failed => Outcome::Failed,
            Phase::Down if self.never_up => Outcome::LoginFailed,
            Phase::Down if self.gone => Outcome::LoggedOut,
            Phase::Down if self.lapsed => Outcome::ProbablyRecovered,
            Phase::Down => Outcome::Open,
        }
    }

    /// The session is still down, and a later report will replace this one.
    pub(super) fn is_interim(&self) -> bool {
        self.interim && self.phase == Phase::Failed
    }

    /// The catalogue's word on the cause: the most telling code the incident has.
    pub(super) fn cause(&self) -> Option<&'static Entry> {
        let login = self.login_status.and_then(|status| catalogue::get(Space::Login, status));
        let kernel = self.code.and_then(|code| catalogue::get(Space::Kernel, code));
        login.or(kernel).or(self.host_byte)
    }

    /// How long the session was away: from the loss of the connection until it was back.
    pub(super) fn down(&self) -> Option<Span> {
        self.back?.since(&self.lost?)
    }

    /// From the loss of the connection until the kernel gave up waiting.
    pub(super) fn until_failed(&self) -> Option<Span> {
        self.failed?.since(&self.lost?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timeline_keeps_both_ends_and_counts_the_middle() {
        let mut incident = Incident::new(1, Key::Session(1), Times::default());
        for code in 0..100 {
            incident.step(StepKind::ConnError(code), "lost", Times::default());
        }
        assert_eq!(incident.steps.len() as u64 + incident.left_out, 100);
        assert_eq!(incident.steps.first().unwrap().kind, StepKind::ConnError(0));
        assert_eq!(incident.steps.last().unwrap().kind, StepKind::ConnError(99));
    }

    #[test]
    fn equal_steps_are_one_until_something_turned() {
        let mut incident = Incident::new(1, Key::Session(1), Times::default());
        let message = StepKind::Message("I/O error");
        incident.step(message, "sda", Times::default());
        incident.step(message, "sdb", Times::default());
        incident.step(message, "sda", Times::default());
        incident.step(StepKind::TimedOut, "timed out", Times::default());
        incident.step(message, "sda", Times::default());
        let counts: Vec<_> = incident.steps.iter().map(|step| step.count).collect();
        assert_eq!(counts, [2, 1, 1, 1]);
    }
}
