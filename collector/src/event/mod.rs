//! What a Linux initiator's kernel tells besides PDUs: typed, with the numbers as the kernel has them.
//!
//! Events come from live probes or from a recording of them; one and the same either way. Times and durations are in
//! nanoseconds.

pub mod command;
pub mod connection;
pub mod loss;
mod mirror;
pub mod names;
pub mod netlink;
pub mod recovery;
pub mod run;
pub mod session;
pub mod tcp;
pub mod text;
pub mod timer;

use iscsi_decoders::stream::{ConnectionId, Stamp};
use serde::{Deserialize, Serialize};

/// One thing that happened in the kernel. What is not known is absent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KernelEvent {
    /// When, and its number in the run or recording.
    #[serde(skip)]
    pub stamp: Stamp,
    /// The connection it happened on, where its PDUs are followed.
    #[serde(skip)]
    pub connection: Option<ConnectionId>,
    /// The CPU it was seen on.
    pub cpu: u16,
    /// `Scsi_Host.host_no`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<u32>,
    /// `iscsi_cls_session.sid`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session: Option<u32>,
    /// `iscsi_cls_conn.cid`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cid: Option<u32>,
    /// The thread that ran: meaningful for netlink and the error handler, chance in interrupts.
    pub pid: u32,
    /// What happened.
    pub what: What,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum What {
    /// Who a connection is.
    Identity(Box<connection::Identity>),
    /// A connection failed.
    ConnectionError(Box<connection::Error>),
    /// A step in a connection's life.
    ConnectionStep(connection::Step),
    /// A step in a session's life.
    SessionStep(session::Step),
    /// An error handler was entered.
    HandlerEntered(recovery::Handler),
    /// An error handler returned.
    HandlerReturned(recovery::Handler),
    /// A task management function is sent.
    TmfEntered(recovery::Tmf),
    /// The wait for its answer is over.
    TmfReturned(recovery::Tmf),
    /// The timer that watches over pings ran.
    TransportTimer(timer::Transport),
    /// The kernel sends a NOP-Out.
    Nop(timer::Nop),
    /// iscsid, or another program, gave the kernel a command.
    Netlink(netlink::Netlink),
    /// TCP below a connection.
    Tcp(tcp::Tcp),
    /// A message of a tracepoint.
    Text(text::Text),
    /// A SCSI command completed.
    Command(command::Command),
    /// A kernel module came or goes.
    Module(text::Module),
    /// Events were lost.
    Loss(loss::Loss),
    /// A trace begins.
    Began(run::Began),
}

impl What {
    /// Every name.
    pub const NAMES: &[&str] = &[
        "connection-identity",
        "connection-error",
        "connection-step",
        "session-step",
        "eh-entered",
        "eh-returned",
        "tmf-sent",
        "tmf-returned",
        "transport-timer",
        "nop",
        "netlink",
        "tcp",
        "text",
        "command",
        "module",
        "loss",
        "trace-began",
    ];

    /// The value of `event` in JSON and filters.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Identity(_) => "connection-identity",
            Self::ConnectionError(_) => "connection-error",
            Self::ConnectionStep(_) => "connection-step",
            Self::SessionStep(_) => "session-step",
            Self::HandlerEntered(_) => "eh-entered",
            Self::HandlerReturned(_) => "eh-returned",
            Self::TmfEntered(_) => "tmf-sent",
            Self::TmfReturned(_) => "tmf-returned",
            Self::TransportTimer(_) => "transport-timer",
            Self::Nop(_) => "nop",
            Self::Netlink(_) => "netlink",
            Self::Tcp(_) => "tcp",
            Self::Text(_) => "text",
            Self::Command(_) => "command",
            Self::Module(_) => "module",
            Self::Loss(_) => "loss",
            Self::Began(_) => "trace-began",
        }
    }
}

/// Nanoseconds of so many jiffies, where it is known how many a second has.
pub(crate) fn nanoseconds(jiffies: u64, hz: Option<u64>) -> Option<u64> {
    jiffies.checked_mul(1_000_000_000)?.checked_div(hz?)
}

/// A number of the probes that may stand for "not known".
pub(crate) fn known(number: u32) -> Option<u32> {
    (number != iscsi_ebpf::NONE).then_some(number)
}

/// Text the probes hand over in a field of fixed size.
pub(crate) fn text(field: &[u8]) -> String {
    let end = field.iter().position(|&byte| byte == 0).unwrap_or(field.len());
    String::from_utf8_lossy(field.get(..end).unwrap_or_default()).into_owned()
}
