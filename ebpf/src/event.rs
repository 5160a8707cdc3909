//! What every event of the ring buffer begins with.

use crate::macros::{numbered, shared};

shared! {
    /// The first bytes of every event. The struct of its kind follows, then that struct's variable part.
    pub struct Header: 40 {
        /// CLOCK_BOOTTIME in nanoseconds.
        pub time: u64,
        /// Address of the `iscsi_conn`: which connection this is for as long as it lives; 0 where none is concerned.
        pub conn: u64,
        /// Bytes of the whole event with this header.
        pub size: u32,
        /// A [`Kind`].
        pub kind: u8,
        /// Reserved, 0.
        pub zero: u8,
        /// The CPU it was seen on.
        pub cpu: u16,
        /// `Scsi_Host.host_no`; [`crate::NONE`] where not known.
        pub host: u32,
        /// `iscsi_cls_session.sid`; [`crate::NONE`] where not known.
        pub sid: u32,
        /// `iscsi_cls_conn.cid`; [`crate::NONE`] where not known.
        pub cid: u32,
        /// The thread that ran (`gettid`): meaningful for netlink and the error handler, chance in interrupts.
        pub pid: u32,
    }
}

numbered! {
    /// What an event tells; also the index into the loss counters and the bit in [`crate::config::Config::kinds`].
    pub enum Kind: u8 {
        /// [`crate::pdu::Pdu`]: a header was received.
        PduReceived = 0,
        /// [`crate::pdu::Pdu`]: a PDU was handed to the transport.
        PduSent = 1,
        /// [`crate::pdu::Data`]: the data segment of the connection's last [`Kind::PduReceived`].
        PduData = 2,
        /// [`crate::connection::Identity`].
        Identity = 3,
        /// [`crate::connection::Error`].
        ConnectionError = 4,
        /// [`crate::connection::Step`].
        ConnectionStep = 5,
        /// [`crate::session::Step`].
        SessionStep = 6,
        /// [`crate::recovery::Handler`]: an error handler was entered.
        HandlerEntered = 7,
        /// [`crate::recovery::Handler`]: an error handler returned.
        HandlerReturned = 8,
        /// [`crate::recovery::Tmf`]: a task management function is sent.
        TmfEntered = 9,
        /// [`crate::recovery::Tmf`]: the wait for its answer ended.
        TmfReturned = 10,
        /// [`crate::timer::Transport`]: the ping timer ran.
        TransportTimer = 11,
        /// [`crate::timer::Nop`]: a NOP-Out is sent.
        Nop = 12,
        /// [`crate::netlink::Netlink`].
        Netlink = 13,
        /// [`crate::tcp::Tcp`].
        Tcp = 14,
        /// [`crate::text::Text`]: one of the `iscsi:*` tracepoints.
        Text = 15,
        /// [`crate::command::Command`]: a SCSI command completed.
        Command = 16,
        /// [`crate::text::Module`]: a kernel module came or goes.
        Module = 17,
    }
}

/// How many kinds there are.
pub const KINDS: usize = Kind::ALL.len();

/// Index into the map `LOST` (a per-CPU array of `u64`) after those of the kinds: commands that were not counted
/// because the map of counters is full.
pub const UNCOUNTED: u32 = KINDS as u32;

/// Index into `LOST` where a second row of kinds begins: events whose probe the kernel skipped, because another probe
/// was running on that CPU.
pub const SKIPPED: u32 = UNCOUNTED + 1;

/// Index into `LOST` where a third row of kinds begins: events that a probe left out because it could not read what
/// they are about.
pub const LEFT_OUT: u32 = SKIPPED + KINDS as u32;

/// Entries of `LOST`.
pub const COUNTS: u32 = LEFT_OUT + KINDS as u32;
