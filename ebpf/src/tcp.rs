//! TCP of exactly the iSCSI sockets.

use crate::macros::{numbered, shared};

shared! {
    /// Something happened to a connection's socket.
    pub struct Tcp: 40 {
        /// A [`What`].
        pub what: u32,
        /// `sk_state`.
        pub state: u32,
        /// `tcp_sock.snd_una`, [`crate::NONE`] where not known.
        pub snd_una: u32,
        /// `tcp_sock.snd_nxt`.
        pub snd_nxt: u32,
        /// `tcp_sock.snd_wnd`: what the target lets us send, bytes.
        pub snd_wnd: u32,
        /// `tcp_sock.srtt_us >> 3`: smoothed round trip, microseconds.
        pub srtt_us: u32,
        /// `tcp_sock.total_retrans`: retransmitted segments of this socket so far.
        pub retransmits: u32,
        /// `sk_err`.
        pub error: u32,
        /// Address of the `struct sock`.
        pub sock: u64,
    }
}

numbered! {
    /// What happened.
    pub enum What: u32 {
        /// `tcp:tcp_retransmit_skb`.
        Retransmit = 1,
        /// `tcp:tcp_receive_reset`.
        ResetReceived = 2,
        /// `tcp:tcp_send_reset`.
        ResetSent = 3,
        /// `tcp_send_probe0`: the target's window is closed.
        ZeroWindow = 4,
        /// `iscsi_sw_tcp_state_change`.
        StateChanged = 5,
    }
}
