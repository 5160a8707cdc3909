//! An incident: what happened, why, what proves it, what came of it.

use iscsi_decoders::pdu::{Bhs, Direction};
use iscsi_decoders::stream::{ConnectionId, Ends, Stamp};

use super::Cause;

/// One trouble of one session, diagnosed.
#[derive(Clone, Debug)]
pub struct Incident {
    /// Counts from 1 in the order they began.
    pub number: u32,
    /// When it became visible.
    pub began: Stamp,
    /// What its times count from.
    pub epoch: Epoch,
    /// What was seen first, then what followed of it on the same connection.
    pub what: Vec<What>,
    /// Where.
    pub place: Place,
    /// Why.
    pub diagnosis: Diagnosis,
    /// Other explanations that fit, most likely first.
    pub alternatives: Vec<(Cause, Confidence)>,
    /// What came of it so far.
    pub led_to: LedTo,
    /// What went before and after, in order.
    pub timeline: Vec<Moment>,
    /// The connection's last headers before it: the flight recorder.
    pub flight: Vec<Flown>,
}

/// What times count from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Epoch {
    /// 1970, UTC.
    #[default]
    Utc,
    /// 1970 by the local time of a machine whose zone its log does not tell.
    Local,
    /// As `Local`, from 1 January of a leap year: a log without years.
    NoYear,
    /// The machine's start: a kernel log without wall clock.
    Boot,
}

/// Where something happened. What is not known is absent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The connection.
    pub connection: Option<ConnectionId>,
    /// Its ends.
    pub ends: Option<Ends>,
    /// Linux's number of the session.
    pub session: Option<u32>,
    /// The connection's number in the session.
    pub cid: Option<u32>,
    /// TargetName.
    pub target: Option<Box<str>>,
    /// InitiatorName.
    pub initiator: Option<Box<str>>,
    /// Logical units and disks that were in use, as people name them.
    pub devices: Vec<Box<str>>,
}

/// What was seen. Durations are nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// The kernel gave the connection up: `enum iscsi_err`.
    ConnectionError(u32),
    /// The connection was ended, by the sender of what travels in this direction.
    Closed {
        /// Who.
        by: Direction,
        /// With RST rather than FIN.
        reset: bool,
    },
    /// The target answered a login with this status class and detail.
    LoginRefused(u8, u8),
    /// The target sent the initiator elsewhere.
    Redirected {
        /// For good.
        permanently: bool,
    },
    /// The target sent an Async Message.
    Async(u8),
    /// The target rejected a PDU.
    Rejected(u8),
    /// Commands were aborted or a reset asked for: the function (RFC 7143, 11.5.1).
    TaskManagement(u8),
    /// The target took no new commands.
    WindowClosed {
        /// For how long.
        duration: i64,
    },
    /// Commands took long.
    Slow {
        /// How many.
        commands: u32,
        /// The longest.
        longest: i64,
    },
    /// The session was not back in time: I/O fails from here on.
    RecoveryTimedOut {
        /// The replacement timeout, seconds.
        seconds: u32,
    },
    /// The portal took no TCP connection.
    NoConnection {
        /// It refused, rather than not answer.
        refused: bool,
    },
    /// The source ended while answers were due.
    Unanswered {
        /// For how long the oldest.
        waited: i64,
    },
}

/// How sure a diagnosis is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Confidence {
    /// It fits, as other explanations do.
    Possible,
    /// It fits better than others.
    Likely,
    /// The evidence leaves nothing else.
    Certain,
}

impl Confidence {
    /// Its stable name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Possible => "possible",
            Self::Likely => "likely",
            Self::Certain => "certain",
        }
    }
}

/// A cause with what proves it.
#[derive(Clone, Debug)]
pub struct Diagnosis {
    /// The cause.
    pub cause: Cause,
    /// How sure.
    pub confidence: Confidence,
    /// What proves it.
    pub evidence: Vec<Fact>,
    /// What would make it certain, if it is not.
    pub certain_if: Option<&'static str>,
}

impl Diagnosis {
    /// Nothing proven yet.
    pub fn new(cause: Cause, confidence: Confidence) -> Self {
        Self { cause, confidence, evidence: Vec::new(), certain_if: None }
    }

    /// Adds a fact.
    #[must_use]
    pub fn because(mut self, fact: Fact) -> Self {
        self.evidence.push(fact);
        self
    }

    /// Adds a fact, if there is one.
    #[must_use]
    pub fn and(mut self, fact: Option<Fact>) -> Self {
        self.evidence.extend(fact);
        self
    }

    /// Says what would make it certain.
    #[must_use]
    pub fn certain_if(mut self, what: &'static str) -> Self {
        if self.confidence < Confidence::Certain {
            self.certain_if = Some(what);
        }
        self
    }

    /// Takes back certainty where the source has gaps.
    pub(super) fn of_a_source_with_gaps(mut self) -> Self {
        if self.confidence == Confidence::Certain {
            self.confidence = Confidence::Likely;
            self.certain_if = Some("a source without gaps: packets are missing from this one");
        }
        self
    }
}

/// Something observed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// When and where, unless it is about a span or an absence.
    pub stamp: Option<Stamp>,
    /// For people.
    pub text: String,
    /// Its numbers for programs; durations end in `_us`, the rest are bytes or counts.
    pub numbers: Vec<(&'static str, i64)>,
}

impl Fact {
    /// A fact without a moment.
    pub fn new(text: impl Into<String>) -> Self {
        Self { stamp: None, text: text.into(), numbers: Vec::new() }
    }

    /// A fact of a moment.
    pub fn at(stamp: Stamp, text: impl Into<String>) -> Self {
        Self { stamp: Some(stamp), ..Self::new(text) }
    }

    /// Adds a count or a number of bytes.
    #[must_use]
    pub fn number(mut self, name: &'static str, value: i64) -> Self {
        self.numbers.push((name, value));
        self
    }

    /// Adds a duration in nanoseconds; it is kept in microseconds.
    #[must_use]
    pub fn duration(self, name: &'static str, nanoseconds: i64) -> Self {
        self.number(name, nanoseconds / 1000)
    }
}

/// What came of an incident. What the source cannot know is absent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LedTo {
    /// Commands that waited for an answer when it began.
    pub commands_open: u32,
    /// Commands that failed up to whoever asked for them; it may have been more.
    pub commands_failed: Option<u32>,
    /// Logins that were tried and failed before one succeeded.
    pub failed_logins: u32,
    /// Why the last of them failed.
    pub failed_login: Option<Cause>,
    /// I/O failed after the replacement timeout, and when.
    pub gave_up: Option<Stamp>,
    /// Disks that were taken offline.
    pub offline: Option<Vec<Box<str>>>,
    /// When the session was logged in again and how long that had taken, nanoseconds.
    pub recovered: Option<(Stamp, i64)>,
    /// The session was logged out or removed instead.
    pub removed: Option<Stamp>,
    /// The connection went on: there was nothing to recover.
    pub held: bool,
    /// It was still without a connection when the source ended, this long after it began, nanoseconds.
    pub still_down: Option<i64>,
    /// How sysfs showed the session later: logged in or not.
    pub seen_up: Option<bool>,
}

/// A source that ends sooner than this after an incident does not show what came of it, nanoseconds.
const SEEN_MIN: i64 = 1_000_000_000;

impl LedTo {
    /// Whether the session came back; none where that is not known, or nothing had gone.
    pub fn is_back(&self) -> Option<bool> {
        let stayed_down =
            self.removed.is_some() || self.still_down.is_some_and(|ns| ns >= SEEN_MIN);
        match self.recovered {
            _ if self.held => None,
            Some(_) => Some(true),
            None => self.seen_up.or(stayed_down.then_some(false)),
        }
    }
}

/// One entry of a timeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    /// When and where.
    pub stamp: Stamp,
    /// What kind of thing it is.
    pub kind: MomentKind,
    /// For people.
    pub text: Box<str>,
}

/// Kinds of entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MomentKind {
    /// A PDU.
    Pdu(Direction),
    /// TCP.
    Tcp,
    /// What the initiator's kernel or iscsid did.
    Kernel,
    /// A line of a log.
    Log,
    /// Something that should not be so.
    Finding,
    /// A step of the incident itself.
    Incident,
}

impl MomentKind {
    /// Its stable name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pdu(_) => "pdu",
            Self::Tcp => "tcp",
            Self::Kernel => "kernel",
            Self::Log => "log",
            Self::Finding => "finding",
            Self::Incident => "incident",
        }
    }
}

/// A header of the flight recorder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flown {
    /// Where it ended.
    pub stamp: Stamp,
    /// Which way it went.
    pub direction: Direction,
    /// The header.
    pub header: Bhs,
}
