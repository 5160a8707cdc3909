//! Connection errors.

use aya_ebpf::EbpfContext as _;
use aya_ebpf::helpers::generated::bpf_get_stack;
use aya_ebpf::macros::kprobe;
use aya_ebpf::programs::ProbeContext;
use iscsi_ebpf::connection::{Error, STACK};
use iscsi_ebpf::event::Kind;

use crate::emit::{self, Origin};
use crate::globals::{enabled, offset};
use crate::{diagnose, identity, read, socket};

/// `iscsi_conn_error_event(cls_conn, error)`: the one place all transports' errors pass.
#[kprobe]
fn iscsi_conn_error_event(ctx: ProbeContext) -> u32 {
    let cls_conn = ctx.arg(0).unwrap_or(0);
    let code: u32 = ctx.arg(1).unwrap_or(0);
    let conn = read::pointer(cls_conn, offset!(cls_conn_dd_data));
    let Some(state) = identity::of(conn) else {
        return 0;
    };
    if state.wanted == 0 || !enabled(Kind::ConnectionError) {
        return 0;
    }
    let session = read::pointer(conn, offset!(conn_session));
    // Not the socket known from before: it may be gone.
    let sock = if state.sock == 0 { 0 } else { socket::of(conn) };
    let time = emit::now();
    let since = |last: u64| if last == 0 { u64::MAX } else { time - last };
    let origin = Origin::of(conn, state);
    emit::event(Kind::ConnectionError, time, &origin, |error: *mut Error| {
        // SAFETY: `fill` of `event` is handed room for the body.
        unsafe {
            (*error).code = code;
            (*error).state = read::field(cls_conn, offset!(cls_conn_state));
            (*error).tcp_state = socket::state(sock);
            (*error).sock_error = socket::error(sock);
            (*error).sock_error_soft = read::field(sock, offset!(sock_err_soft));
            (*error).since_received = since(state.last_received);
            (*error).since_sent = since(state.last_sent);
            (*error).session_state = read::field(session, offset!(session_state));
            (*error).unacknowledged = socket::unacknowledged(sock);
            (*error).since_acknowledged = socket::since_acknowledged(sock);
            (*error).zero = 0;
            (*error).stack = [0; STACK];
            let bytes = bpf_get_stack(
                ctx.as_ptr(),
                (&raw mut (*error).stack).cast(),
                size_of::<[u64; STACK]>() as u32,
                0,
            );
            (*error).depth = if bytes > 0 { bytes as u32 / 8 } else { 0 };
            if bytes <= 0 {
                diagnose::no_stack(bytes);
            }
        }
    });
    0
}
