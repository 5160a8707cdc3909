//! What is wrong, as typed data: every finding says where it is from and what proves it.

use std::fmt;

use iscsi_decoders::catalogue::{self, Space};
use iscsi_decoders::pdu::Direction;
use iscsi_decoders::stream::{ConnectionId, Stamp};

use crate::category::Categories;

/// One thing that should not be so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The connection it happened on.
    pub connection: ConnectionId,
    /// Where in the capture it became clear.
    pub stamp: Stamp,
    /// The task it is about.
    pub initiator_task_tag: Option<u32>,
    /// What it is.
    pub kind: Kind,
}

/// A number that runs in sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sequence {
    /// CmdSN of requests.
    CmdSn,
    /// StatSN of responses.
    StatSn,
    /// DataSN of Data-In.
    DataInSn,
    /// DataSN of Data-Out.
    DataOutSn,
    /// R2TSN.
    R2tSn,
}

/// What can be wrong. Times are in nanoseconds, lengths and offsets in bytes.
#[expect(
    missing_docs,
    reason = "fields carry the names of the RFC's fields or of the sentence they end up in"
)]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The target refused the login (RFC 7143, section 11.13.5).
    LoginRefused { class: u8, detail: u8, target: Option<String> },
    /// The target sent the initiator elsewhere.
    LoginRedirected { permanently: bool, address: Option<String> },
    /// The connection ended before the login did.
    LoginUnfinished { stage: u8 },
    /// The answer to a key picked a value that was not offered.
    KeyViolated { key: String, offered: String, answered: String },
    /// A number is not the one that had to follow.
    SequenceBroken { sequence: Sequence, expected: u32, found: u32 },
    /// A command was sent beyond MaxCmdSN.
    BeyondWindow { cmd_sn: u32, max_cmd_sn: u32 },
    /// The target accepted no commands for a while (MaxCmdSN = ExpCmdSN - 1).
    WindowClosed { duration: i64 },
    /// More unsolicited data than FirstBurstLength.
    FirstBurstExceeded { sent: u64, limit: u64 },
    /// Data with the command although ImmediateData=No, or unsolicited Data-Out although InitialR2T=Yes.
    UnsolicitedData { immediate: bool },
    /// A data segment longer than its receiver's MaxRecvDataSegmentLength.
    SegmentTooLong { length: u32, limit: u64 },
    /// More R2Ts open than MaxOutstandingR2T.
    TooManyR2t { open: usize, limit: u64 },
    /// An R2T, Data-In or Data-Out outside the command's buffer.
    OutsideBuffer { end: u64, length: u32 },
    /// Data that does not continue where the data before it ended, although both sides agreed that it would.
    OutOfOrder { expected: u64, found: u32 },
    /// An R2T for more than MaxBurstLength.
    BurstTooLong { length: u32, limit: u64 },
    /// A read that ended well, whose data and residual do not add up to what was asked for.
    ResidualWrong { asked: u32, received: u64, residual: u32 },
    /// A command without an answer when the connection or the capture ended, or its tag was used again.
    NoResponse { what: &'static str, waited: i64 },
    /// An answer to nothing that was asked.
    ResponseWithoutTask { what: &'static str },
    /// A NOP without an answer.
    NopUnanswered { from: Direction, waited: i64 },
    /// A digest that does not match what it covers.
    DigestBad { data: bool, direction: Direction, sent: u32, computed: u32 },
    /// An opcode that its sender may not use, or that nobody has defined.
    BadOpcode { opcode: u8, direction: Direction },
    /// The target rejected a PDU.
    Rejected { reason: u8 },
    /// The target announced something.
    AsyncEvent { event: u8 },
    /// The connection was closed with commands under way.
    ClosedWithTasks { by: Direction, reset: bool, tasks: usize },
}

impl Kind {
    /// A stable name for scripts.
    pub fn name(&self) -> &'static str {
        match self {
            Self::LoginRefused { .. } => "login-refused",
            Self::LoginRedirected { .. } => "login-redirected",
            Self::LoginUnfinished { .. } => "login-unfinished",
            Self::KeyViolated { .. } => "key-violated",
            Self::SequenceBroken { sequence, .. } => match sequence {
                Sequence::CmdSn => "cmd-sn-gap",
                Sequence::StatSn => "stat-sn-gap",
                Sequence::DataInSn | Sequence::DataOutSn => "data-sn-gap",
                Sequence::R2tSn => "r2t-sn-gap",
            },
            Self::BeyondWindow { .. } => "beyond-window",
            Self::WindowClosed { .. } => "window-closed",
            Self::FirstBurstExceeded { .. } => "first-burst-exceeded",
            Self::UnsolicitedData { .. } => "unsolicited-data",
            Self::SegmentTooLong { .. } => "segment-too-long",
            Self::TooManyR2t { .. } => "too-many-r2t",
            Self::OutsideBuffer { .. } => "outside-buffer",
            Self::OutOfOrder { .. } => "out-of-order",
            Self::BurstTooLong { .. } => "burst-too-long",
            Self::ResidualWrong { .. } => "residual-wrong",
            Self::NoResponse { .. } => "no-response",
            Self::ResponseWithoutTask { .. } => "response-without-task",
            Self::NopUnanswered { .. } => "nop-unanswered",
            Self::DigestBad { data: false, .. } => "header-digest-bad",
            Self::DigestBad { data: true, .. } => "data-digest-bad",
            Self::BadOpcode { .. } => "bad-opcode",
            Self::Rejected { .. } => "rejected",
            Self::AsyncEvent { .. } => "async-event",
            Self::ClosedWithTasks { .. } => "closed-with-tasks",
        }
    }

    /// The debug categories that show it.
    pub fn categories(&self) -> Categories {
        Categories::ERRORS
            | match self {
                Self::LoginRefused { .. }
                | Self::LoginRedirected { .. }
                | Self::LoginUnfinished { .. }
                | Self::KeyViolated { .. } => Categories::LOGIN_ERRS,
                Self::NopUnanswered { .. } => Categories::NOPS,
                Self::DigestBad { .. } => Categories::TCP,
                Self::ClosedWithTasks { .. } => Categories::CONN,
                Self::NoResponse { .. } | Self::WindowClosed { .. } => Categories::SCSI,
                _ => Categories::empty(),
            }
    }
}

fn side(direction: Direction) -> &'static str {
    match direction {
        Direction::ToTarget => "initiator",
        Direction::ToInitiator => "target",
    }
}

/// A code by its name in the catalogue, or the bare number.
struct Name(Space, u32);

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match catalogue::get(self.0, self.1) {
            Some(entry) => f.write_str(entry.symbol),
            None => write!(f, "unknown code 0x{:x}", self.1),
        }
    }
}

/// A length of time as people say it.
pub struct Duration(pub i64);

impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ns = self.0;
        match ns.unsigned_abs() {
            0..1_000_000 => write!(f, "{} µs", ns / 1_000),
            1_000_000..1_000_000_000 => write!(f, "{:.1} ms", ns as f64 / 1e6),
            _ => write!(f, "{:.2} s", ns as f64 / 1e9),
        }
    }
}

impl fmt::Display for Sequence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::CmdSn => "CmdSN",
            Self::StatSn => "StatSN",
            Self::DataInSn => "Data-In DataSN",
            Self::DataOutSn => "Data-Out DataSN",
            Self::R2tSn => "R2TSN",
        })
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LoginRefused { class, detail, target } => {
                let code = u32::from(*class) << 8 | u32::from(*detail);
                write!(f, "login refused ({class:02x}{detail:02x}): {}", Name(Space::Login, code))?;
                target.as_ref().map_or(Ok(()), |target| write!(f, "; target {target}"))
            }
            Self::LoginRedirected { permanently, address } => {
                let how = if *permanently { "permanently" } else { "temporarily" };
                write!(
                    f,
                    "target moved {how} to {}",
                    address.as_deref().unwrap_or("an address it did not give")
                )
            }
            Self::LoginUnfinished { stage } => {
                let stage = match stage {
                    0 => "security negotiation",
                    1 => "operational negotiation",
                    _ => "an unknown stage",
                };
                write!(f, "the connection ended during login, in {stage}")
            }
            Self::KeyViolated { key, offered, answered } => {
                write!(f, "{key}={answered} was answered but only {offered} was offered")
            }
            Self::SequenceBroken { sequence, expected, found } => {
                write!(f, "{sequence} is {found}, expected {expected}")
            }
            Self::BeyondWindow { cmd_sn, max_cmd_sn } => {
                write!(f, "command sent beyond the window: CmdSN {cmd_sn}, MaxCmdSN {max_cmd_sn}")
            }
            Self::WindowClosed { duration } => {
                write!(f, "the target accepted no new commands for {}", Duration(*duration))
            }
            Self::FirstBurstExceeded { sent, limit } => {
                write!(f, "{sent} bytes of unsolicited data, FirstBurstLength is {limit}")
            }
            Self::UnsolicitedData { immediate: true } => {
                f.write_str("data with the command although ImmediateData=No")
            }
            Self::UnsolicitedData { immediate: false } => {
                f.write_str("unsolicited Data-Out although InitialR2T=Yes")
            }
            Self::SegmentTooLong { length, limit } => write!(
                f,
                "data segment of {length} bytes, the receiver's MaxRecvDataSegmentLength is {limit}"
            ),
            Self::TooManyR2t { open, limit } => {
                write!(f, "{open} R2Ts open, MaxOutstandingR2T is {limit}")
            }
            Self::OutsideBuffer { end, length } => {
                write!(f, "data up to byte {end} of a buffer of {length} bytes")
            }
            Self::OutOfOrder { expected, found } => {
                write!(f, "data at offset {found}, the data before it ended at {expected}")
            }
            Self::BurstTooLong { length, limit } => {
                write!(f, "an R2T for {length} bytes, MaxBurstLength is {limit}")
            }
            Self::ResidualWrong { asked, received, residual } => write!(
                f,
                "{received} bytes received and a residual of {residual} do not make the {asked} bytes asked for"
            ),
            Self::NoResponse { what, waited } => {
                write!(f, "no response to {what}, waited {}", Duration(*waited))
            }
            Self::ResponseWithoutTask { what } => write!(f, "{what} for a task that is not open"),
            Self::NopUnanswered { from, waited } => {
                write!(
                    f,
                    "the {}'s ping was not answered, waited {}",
                    side(*from),
                    Duration(*waited)
                )
            }
            Self::DigestBad { data, direction, sent, computed } => write!(
                f,
                "{} digest from the {} is bad: 0x{sent:08x} sent, 0x{computed:08x} computed",
                if *data { "data" } else { "header" },
                side(*direction)
            ),
            Self::BadOpcode { opcode, direction } => {
                write!(f, "the {} sent opcode 0x{opcode:02x}, which it may not", side(*direction))
            }
            Self::Rejected { reason } => {
                write!(f, "the target rejected a PDU: {}", Name(Space::Reject, u32::from(*reason)))
            }
            Self::AsyncEvent { event } => {
                write!(f, "message from the target: {}", Name(Space::Async, u32::from(*event)))
            }
            Self::ClosedWithTasks { by, reset, tasks } => write!(
                f,
                "the {} {} the connection with {tasks} task{} open",
                side(*by),
                if *reset { "reset" } else { "closed" },
                if *tasks == 1 { "" } else { "s" }
            ),
        }
    }
}
