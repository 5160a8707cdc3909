//! Sessions.

use iscsi_ebpf::session as raw;
use serde::{Deserialize, Serialize};

use super::mirror::mirrored;

mirrored! {
    /// The steps of a session.
    pub enum StepKind of iscsi_ebpf::session::What as u32 {
        /// Registered: its id is known.
        Created "created",
        /// I/O is held back, the recovery timer starts.
        Blocked "blocked",
        /// I/O goes on.
        Unblocked "unblocked",
        /// The replacement timeout is over: I/O fails.
        RecoveryTimedOut "recovery-timed-out",
        /// Its devices go.
        Unbound "unbound",
        /// It is gone.
        Destroyed "destroyed",
        /// A driver reports the whole session failed.
        Failed "failed",
    }
}

/// A step in a session's life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Which.
    pub step: StepKind,
    /// The transport class' state at that moment.
    pub state: u32,
    /// libiscsi's state.
    pub session_state: u32,
    /// Seconds until I/O fails without a connection; negative is never.
    pub recovery_timeout: i32,
    /// Commands the initiator may have outstanding.
    pub cmds_max: u32,
}

impl Step {
    pub(crate) fn from_raw(raw: &raw::Step) -> Option<Self> {
        Some(Self {
            step: StepKind::from_number(raw.what)?,
            state: raw.state,
            session_state: raw.session_state,
            recovery_timeout: raw.recovery_timeout,
            cmds_max: raw.cmds_max,
        })
    }
}
