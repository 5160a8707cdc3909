//! The kernel's socket behind a connection of iscsi_tcp.

use aya_ebpf::helpers::generated::bpf_jiffies64;
use iscsi_ebpf::NONE;
use iscsi_ebpf::offsets::ABSENT;

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

/// A word of its `struct tcp_sock`, `NONE` where there is no socket or this kernel lacks the field.
#[inline(always)]
pub fn tcp_word(sock: u64, offset: u32) -> u32 {
    if sock == 0 || offset == ABSENT { NONE } else { read::field(sock, offset) }
}

/// Bytes the target has not acknowledged.
#[inline(always)]
pub fn unacknowledged(sock: u64) -> u32 {
    let (una, nxt) = (offset!(tcp_sock_snd_una), offset!(tcp_sock_snd_nxt));
    if sock == 0 || una == ABSENT || nxt == ABSENT {
        return NONE;
    }
    read::field::<u32>(sock, nxt).wrapping_sub(read::field(sock, una))
}

/// Jiffies since the target last acknowledged anything; the kernel keeps the lower half of its counter.
#[inline(always)]
pub fn since_acknowledged(sock: u64) -> u32 {
    match tcp_word(sock, offset!(tcp_sock_rcv_tstamp)) {
        NONE | 0 => NONE,
        // SAFETY: the helper reads a clock.
        last => (unsafe { bpf_jiffies64() } as u32).wrapping_sub(last),
    }
}
