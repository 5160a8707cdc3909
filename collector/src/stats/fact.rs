//! What a [`Watch`](super::Watch) tells a [`Board`](super::Board).

use iscsi_decoders::Timestamp;
use iscsi_decoders::pdu::Direction;
use iscsi_decoders::stream::{ConnectionId, Ends, Stamp};

use super::{Class, Kept};
use crate::event::KernelEvent;
use crate::model::{Finding, Stage};
use crate::why::Incident;

/// One thing that became known. Sessions are named by their place in the model.
#[derive(Clone, Debug)]
pub enum Fact {
    /// Time has come this far.
    Time(Timestamp),
    /// The source has ended.
    End,
    /// Who a session is.
    Session(Box<SessionFact>),
    /// A connection, and where it belongs.
    Connection(ConnectionFact),
    /// How a login stands.
    Login(Box<LoginFact>),
    /// Where a connection stands now.
    Gauges(Gauges),
    /// A SCSI command completed.
    Done(Done),
    /// A connection ended.
    Closed {
        /// Which.
        connection: ConnectionId,
        /// When.
        stamp: Stamp,
        /// Who sent the FIN or RST.
        by: Direction,
        /// RST rather than FIN.
        reset: bool,
    },
    /// Bytes that could not be decoded.
    Skipped {
        /// On which connection.
        connection: ConnectionId,
        /// How many.
        bytes: u64,
    },
    /// Something is wrong.
    Finding(Box<Finding>),
    /// Something failed, or more is known about what did.
    Incident(Box<Incident>),
    /// Logs beside the source tell of a failure.
    Logged(Box<Incident>),
    /// The kernel told something besides PDUs.
    Kernel(Box<KernelEvent>),
    /// A record to be looked at.
    Kept(Box<Kept>),
    /// So many records more were not kept, because they came too fast to be read.
    NotKept(u64),
}

/// Who a session is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SessionFact {
    /// Its place in the model.
    pub index: usize,
    /// Linux's number of it.
    pub sid: Option<u32>,
    /// TargetName.
    pub target: Option<String>,
    /// InitiatorName.
    pub initiator: Option<String>,
    /// The initiator's part of the session identifier.
    pub isid: Option<[u8; 6]>,
    /// The target's part.
    pub tsih: Option<u16>,
    /// SessionType=Discovery.
    pub discovery: bool,
}

/// A connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConnectionFact {
    /// Its number.
    pub id: ConnectionId,
    /// Its session, by its place in the model.
    pub session: Option<usize>,
    /// Its ends.
    pub ends: Ends,
    /// Its first PDU.
    pub opened: Stamp,
    /// Where its login stands.
    pub stage: Stage,
    /// Whether digests were seen: header, data.
    pub digests: (bool, bool),
}

/// A login.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoginFact {
    /// The connection.
    pub connection: ConnectionId,
    /// The stages passed: number, requests, nanoseconds.
    pub steps: Vec<(u8, u32, i64)>,
    /// What was said, negotiated keys first. Never a secret.
    pub keys: Vec<LoginKey>,
}

/// A key of a login.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoginKey {
    /// Its name.
    pub name: String,
    /// What the initiator said.
    pub requested: Option<String>,
    /// What the target said.
    pub offered: Option<String>,
    /// What is in force; absent for keys that each side declares for itself.
    pub in_force: Option<String>,
    /// What silence stands for.
    pub default: Option<&'static str>,
}

/// Where a connection stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gauges {
    /// Which.
    pub connection: ConnectionId,
    /// PDUs seen until now.
    pub pdus: u64,
    /// SCSI commands without an answer.
    pub outstanding: u32,
    /// Since when the oldest of them waits.
    pub oldest: Option<Timestamp>,
    /// Commands the target would still take (MaxCmdSN less what was sent); unknown before both sides spoke.
    pub window: Option<u32>,
}

/// A completed SCSI command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Done {
    /// On which connection.
    pub connection: ConnectionId,
    /// When its status came.
    pub time: Timestamp,
    /// The logical unit.
    pub lun: u64,
    /// What it did.
    pub class: Class,
    /// From the command to its status, nanoseconds.
    pub service: i64,
    /// Bytes read.
    pub bytes_read: u64,
    /// Bytes written.
    pub bytes_written: u64,
    /// It ended with another status than GOOD.
    pub failed: bool,
}
