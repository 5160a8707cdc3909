//! Connections: who they are, what happens to them.

use crate::NAME;
use crate::macros::{numbered, shared};

/// Most return addresses of a kernel stack.
pub const STACK: usize = 16;

shared! {
    /// Who a connection is. Comes before the first other event of a connection, and again when it is bound and started.
    /// Texts end at the first NUL.
    pub struct Identity: 664 {
        /// `iscsi_session.targetname`.
        pub target: [u8; NAME],
        /// `iscsi_session.initiatorname`.
        pub initiator: [u8; NAME],
        /// `iscsi_session.ifacename`.
        pub iface: [u8; 64],
        /// `iscsi_transport.name`: tcp, iser, cxgb3i, ...
        pub transport: [u8; 16],
        /// `iscsi_conn.persistent_address`: the portal as configured, text.
        pub portal: [u8; 64],
        /// `iscsi_conn.persistent_port`.
        pub portal_port: u32,
        /// The socket's address family (AF_INET 2, AF_INET6 10); 0 where there is no socket.
        pub family: u16,
        /// Local port, host byte order.
        pub local_port: u16,
        /// Remote port, host byte order.
        pub remote_port: u16,
        /// `iscsi_conn.hdrdgst_en` (bit 0) and `datadgst_en` (bit 1).
        pub digests: u16,
        /// `iscsi_session.state` ([`crate::session`]).
        pub session_state: u32,
        /// Local address: 4 or 16 bytes, network byte order.
        pub local: [u8; 16],
        /// Remote address.
        pub remote: [u8; 16],
        /// Address of the `struct sock`, 0 where there is none.
        pub sock: u64,
        /// `iscsi_session.cmdsn`, read without locks, as are the next two.
        pub cmd_sn: u32,
        /// `iscsi_session.exp_cmdsn`.
        pub exp_cmd_sn: u32,
        /// `iscsi_session.max_cmdsn`.
        pub max_cmd_sn: u32,
        /// Reserved, 0.
        pub zero: u32,
    }

    /// What the probes know of a connection: a value of the map `CONNECTIONS`, keyed by the address of its `iscsi_conn`.
    pub struct State: 72 {
        /// Address of the `struct sock`, 0 where there is none.
        pub sock: u64,
        /// CLOCK_BOOTTIME of the last PDU received; 0 where none was seen.
        pub last_received: u64,
        /// CLOCK_BOOTTIME of the last PDU sent; 0 where none was seen.
        pub last_sent: u64,
        /// PDUs received so far; the next one's place in the flight recorder.
        pub received: u64,
        /// PDUs sent so far.
        pub sent: u64,
        /// `Scsi_Host.host_no`.
        pub host: u32,
        /// `iscsi_cls_session.sid`.
        pub sid: u32,
        /// `iscsi_cls_conn.cid`.
        pub cid: u32,
        /// The first bytes of `iscsi_transport.name`.
        pub transport: [u8; 4],
        /// 1 the session passes the filter.
        pub wanted: u8,
        /// 0 names and addresses may have changed: read again before the next event.
        pub known: u8,
        /// Reserved, 0.
        pub zero: [u8; 6],
        /// What the kernel's counters of PDUs received come to when nothing is missed until the next one.
        pub counted_received: u32,
        /// The same for those sent.
        pub counted_sent: u32,
    }

    /// `iscsi_conn_error_event` was called. Drivers report one failure more than once.
    pub struct Error: 184 {
        /// `enum iscsi_err`.
        pub code: u32,
        /// `iscsi_cls_conn.state` before (`enum iscsi_connection_state`: 0 up, 1 down, 2 failed, 3 bound).
        pub state: u32,
        /// `sk_state` of the socket (1 ESTABLISHED ... 8 CLOSE_WAIT ...); 0 where there is none.
        pub tcp_state: u32,
        /// `sk_err` of the socket, an errno; 0 none.
        pub sock_error: u32,
        /// Nanoseconds since the last PDU received; `u64::MAX` where none was seen.
        pub since_received: u64,
        /// Nanoseconds since the last PDU sent; `u64::MAX` where none was seen.
        pub since_sent: u64,
        /// `iscsi_session.state`.
        pub session_state: u32,
        /// Return addresses that are valid in `stack`.
        pub depth: u32,
        /// Who called, innermost first.
        pub stack: [u64; STACK],
        /// `sk_err_soft`.
        pub sock_error_soft: u32,
        /// `tcp_sock.snd_nxt - snd_una`: bytes the target has not acknowledged, [`crate::NONE`] where not known.
        pub unacknowledged: u32,
        /// Jiffies since `tcp_sock.rcv_tstamp`, the target's last acknowledgement; [`crate::NONE`] where not known.
        pub since_acknowledged: u32,
        /// Reserved, 0.
        pub zero: u32,
    }

    /// One step in a connection's life.
    pub struct Step: 16 {
        /// A [`What`].
        pub what: u32,
        /// For stop: `STOP_CONN_TERM` 1 or `STOP_CONN_RECOVER` 3. For bind: 1 it is the session's leading connection.
        /// For a login event: `enum iscsi_conn_state`.
        pub flag: u32,
        /// For bind: the socket's descriptor in iscsid, or the endpoint; 0 where not known.
        pub endpoint: u64,
    }
}

numbered! {
    /// The steps.
    pub enum What: u32 {
        /// `iscsi_conn_setup` returned a new connection.
        Created = 1,
        /// `iscsi_conn_bind`: a socket or endpoint belongs to it.
        Bound = 2,
        /// `iscsi_conn_start`: the login is over, full feature phase.
        Started = 3,
        /// `iscsi_conn_stop`.
        Stopped = 4,
        /// `iscsi_conn_teardown`.
        Destroyed = 5,
        /// `iscsi_conn_login_event` of firmware that logs in by itself.
        FirmwareLogin = 6,
        /// `iscsi_cleanup_conn_work_fn`: the kernel cleans up a failed connection itself.
        CleanedUp = 7,
    }
}

/// [`State::transport`] of those that the probes tell apart.
pub mod transport {
    /// `iscsi_tcp`: libiscsi_tcp over a socket of the kernel.
    pub const TCP: [u8; 4] = *b"tcp\0";
    /// `cxgb3i`, `cxgb4i`: libiscsi_tcp over a socket of the adapter.
    pub const CXGB: [u8; 4] = *b"cxgb";
    /// `ib_iser`.
    pub const ISER: [u8; 4] = *b"iser";
}
