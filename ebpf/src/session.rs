//! Sessions.

use crate::macros::{numbered, shared};

shared! {
    /// One step in a session's life.
    pub struct Step: 24 {
        /// A [`What`].
        pub what: u32,
        /// `iscsi_cls_session.state` at that moment (0 logged in, 1 failed, 2 free).
        pub state: u32,
        /// `iscsi_cls_session.recovery_tmo` in seconds; negative is never.
        pub recovery_timeout: i32,
        /// `iscsi_session.state` (`enum` of libiscsi.h: 1 free, 2 logged in, 3 failed, 4 terminate, 5 in recovery,
        /// 6 recovery failed, 7 logging out).
        pub session_state: u32,
        /// Commands the initiator may have outstanding (`iscsi_session.cmds_max`).
        pub cmds_max: u32,
        /// Reserved, 0.
        pub zero: u32,
    }
}

numbered! {
    /// The steps.
    pub enum What: u32 {
        /// `iscsi_session_event(CREATE)`: registered, its id is known.
        Created = 1,
        /// `__iscsi_block_session`: I/O is held back, the recovery timer starts.
        Blocked = 2,
        /// `__iscsi_unblock_session`: I/O goes on.
        Unblocked = 3,
        /// `session_recovery_timedout`: the replacement timeout is over, I/O fails.
        RecoveryTimedOut = 4,
        /// `__iscsi_unbind_session`: its devices go.
        Unbound = 5,
        /// `iscsi_session_event(DESTROY)`.
        Destroyed = 6,
        /// `iscsi_session_failure`: a driver reports the whole session failed.
        Failed = 7,
    }
}
