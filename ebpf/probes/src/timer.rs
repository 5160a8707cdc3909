//! Pings: the timer that decides about them, and the NOP-Out it sends.

use aya_ebpf::helpers::generated::bpf_jiffies64;
use aya_ebpf::macros::kprobe;
use aya_ebpf::programs::ProbeContext;
use iscsi_ebpf::event::Kind;
use iscsi_ebpf::timer::{Nop, Transport};

use crate::emit::{self, Origin};
use crate::globals::{enabled, offset};
use crate::{identity, read};

/// Target Transfer Tag in a NOP-In (RFC 7143, 11.19).
const TARGET_TRANSFER_TAG: u64 = 20;

/// `iscsi_check_transport_timeouts(timer)`.
#[kprobe]
fn iscsi_check_transport_timeouts(ctx: ProbeContext) -> u32 {
    let conn = read::container(ctx.arg(0).unwrap_or(0), offset!(conn_transport_timer));
    let Some(state) = identity::of(conn) else {
        return 0;
    };
    if state.wanted == 0 || !enabled(Kind::TransportTimer) {
        return 0;
    }
    let origin = Origin::of(conn, state);
    emit::event(Kind::TransportTimer, emit::now(), &origin, |timer: *mut Transport| {
        // SAFETY: `fill` of `event` is handed room for the body; the helper reads a clock.
        unsafe {
            timer.write(Transport {
                now: bpf_jiffies64(),
                last_received: read::field(conn, offset!(conn_last_recv)),
                last_ping: read::field(conn, offset!(conn_last_ping)),
                ping_timeout: read::field(conn, offset!(conn_ping_timeout)),
                recv_timeout: read::field(conn, offset!(conn_recv_timeout)),
                outstanding: (read::pointer(conn, offset!(conn_ping_task)) != 0) as u32,
                zero: 0,
            });
        }
    });
    0
}

/// `iscsi_send_nopout(conn, rhdr)`: `rhdr` is the NOP-In that is answered, if any.
#[kprobe]
fn iscsi_send_nopout(ctx: ProbeContext) -> u32 {
    let conn = ctx.arg(0).unwrap_or(0);
    let answered: u64 = ctx.arg(1).unwrap_or(0);
    let Some(state) = identity::of(conn) else {
        return 0;
    };
    if state.wanted == 0 || !enabled(Kind::Nop) {
        return 0;
    }
    let tag = match answered {
        0 => [0xff; 4],
        header => read::at(header + TARGET_TRANSFER_TAG),
    };
    let origin = Origin::of(conn, state);
    emit::event(Kind::Nop, emit::now(), &origin, |nop: *mut Nop| {
        // SAFETY: `fill` of `event` is handed room for the body.
        unsafe {
            nop.write(Nop { answer: (answered != 0) as u32, target_transfer_tag: tag });
        }
    });
    0
}
