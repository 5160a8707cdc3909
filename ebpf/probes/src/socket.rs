//! The kernel's socket behind a connection of iscsi_tcp.

use crate::globals::offset;
use crate::read;

/// The connection's `struct sock`, 0 where it has none at the moment.
#[inline(always)]
pub fn of(conn: u64) -> u64 {
    let tcp_conn = read::pointer(conn, offset!(conn_dd_data));
    let sw_tcp_conn = read::pointer(tcp_conn, offset!(tcp_conn_dd_data));
    let socket = read::pointer(sw_tcp_conn, offset!(sw_tcp_conn_sock));
    read::pointer(socket, offset!(socket_sk))
}

/// `sk_state`.
#[inline(always)]
pub fn state(sock: u64) -> u32 {
    read::field::<u8>(sock, offset!(sock_state)).into()
}

/// `sk_err`.
#[inline(always)]
pub fn error(sock: u64) -> u32 {
    read::field(sock, offset!(sock_err))
}
