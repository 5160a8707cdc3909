//! TCP of exactly the iSCSI sockets.

use aya_ebpf::macros::{kprobe, raw_tracepoint};
use aya_ebpf::programs::{ProbeContext, RawTracePointContext};
use iscsi_ebpf::event::Kind;
use iscsi_ebpf::tcp::{Tcp, What};

use crate::emit::{self, Origin};
use crate::globals::{enabled, offset};
use crate::maps::SOCKETS;
use crate::{identity, socket};

/// `tcp_retransmit_skb(sk, skb)`.
#[raw_tracepoint(tracepoint = "tcp_retransmit_skb")]
fn tcp_retransmit_skb(ctx: RawTracePointContext) -> i32 {
    report(ctx.arg(0), What::Retransmit)
}

/// `tcp_receive_reset(sk)`.
#[raw_tracepoint(tracepoint = "tcp_receive_reset")]
fn tcp_receive_reset(ctx: RawTracePointContext) -> i32 {
    report(ctx.arg(0), What::ResetReceived)
}

/// `tcp_send_reset(sk, skb)`.
#[raw_tracepoint(tracepoint = "tcp_send_reset")]
fn tcp_send_reset(ctx: RawTracePointContext) -> i32 {
    report(ctx.arg(0), What::ResetSent)
}

/// `tcp_send_probe0(sk)`: the other side's window is closed.
#[kprobe]
fn tcp_send_probe0(ctx: ProbeContext) -> u32 {
    report(ctx.arg(0).unwrap_or(0), What::ZeroWindow);
    0
}

/// `iscsi_sw_tcp_state_change(sk)`.
#[kprobe]
fn iscsi_sw_tcp_state_change(ctx: ProbeContext) -> u32 {
    report(ctx.arg(0).unwrap_or(0), What::StateChanged);
    0
}

#[inline(always)]
fn report(sock: u64, what: What) -> i32 {
    if !enabled(Kind::Tcp) {
        return 0;
    }
    let Some(conn) = SOCKETS.get_ptr(sock) else {
        return 0;
    };
    // SAFETY: memory of the map.
    let conn = unsafe { *conn };
    // Not told anew here: a raw tracepoint may interrupt a probe that is using the scratch memory.
    let Some(state) = identity::find(conn) else {
        return 0;
    };
    // A closed socket's memory may have become another's.
    if state.wanted == 0 || state.sock != sock {
        return 0;
    }
    let word = |offset| socket::tcp_word(sock, offset);
    emit::event(Kind::Tcp, emit::now(), &Origin::of(conn, state), |tcp: *mut Tcp| {
        // SAFETY: `fill` of `event` is handed room for the body.
        unsafe {
            tcp.write(Tcp {
                what: what as u32,
                state: socket::state(sock),
                snd_una: word(offset!(tcp_sock_snd_una)),
                snd_nxt: word(offset!(tcp_sock_snd_nxt)),
                snd_wnd: word(offset!(tcp_sock_snd_wnd)),
                srtt_us: word(offset!(tcp_sock_srtt_us)) >> 3,
                retransmits: word(offset!(tcp_sock_total_retrans)),
                error: socket::error(sock),
                sock,
            });
        }
    });
    0
}
