//! Texts of the kernel.

use crate::macros::{numbered, shared};

/// Most bytes of a message (`TRACE_EVENT_STR_MAX` of the kernel).
pub const MESSAGE_MAX: usize = 512;

shared! {
    /// A message of an `iscsi:*` tracepoint; `length` bytes of text follow, without NUL.
    pub struct Text: 72 {
        /// A [`Tracepoint`].
        pub tracepoint: u32,
        /// Bytes of the message that follow.
        pub length: u32,
        /// The device it is about (`session3`, `connection3:0`), NUL filled.
        pub device: [u8; 64],
    }

    /// A module was loaded or is about to go.
    pub struct Module: 72 {
        /// 1 loaded, 0 unloaded.
        pub loaded: u32,
        /// Reserved, 0.
        pub zero: u32,
        /// Its name, NUL filled.
        pub name: [u8; 64],
    }
}

shared! {
    /// The read-only global `TEXT`: where the records of the `iscsi:*` tracepoints have their two `__data_loc`
    /// words, from the `format` file.
    pub struct Words: 8 {
        /// Offset of `dname`.
        pub device: u32,
        /// Offset of `msg`.
        pub message: u32,
    }
}

numbered! {
    /// The seven tracepoints (`include/trace/events/iscsi.h`).
    pub enum Tracepoint: u32 {
        /// `iscsi_dbg_conn`.
        Conn = 1,
        /// `iscsi_dbg_session`.
        Session = 2,
        /// `iscsi_dbg_eh`.
        Eh = 3,
        /// `iscsi_dbg_tcp`.
        Tcp = 4,
        /// `iscsi_dbg_sw_tcp`.
        SwTcp = 5,
        /// `iscsi_dbg_trans_session`.
        TransSession = 6,
        /// `iscsi_dbg_trans_conn`.
        TransConn = 7,
    }
}
