//! A connection's life.

use aya_ebpf::macros::{kprobe, kretprobe};
use aya_ebpf::programs::{ProbeContext, RetProbeContext};
use iscsi_ebpf::connection::{Step, What, transport};
use iscsi_ebpf::event::Kind;

use crate::emit::{self, Origin};
use crate::globals::{enabled, offset};
use crate::maps::{CONNECTIONS, SOCKETS};
use crate::{diagnose, identity, netlink, read, tally};

/// `iscsi_conn_setup(cls_session, dd_size, conn_idx)` returns the `iscsi_cls_conn`.
#[kretprobe]
fn iscsi_conn_setup_return(ctx: RetProbeContext) -> u32 {
    step(conn_of(ctx.ret()), What::Created, 0, 0);
    0
}

/// `iscsi_conn_bind(cls_session, cls_conn, is_leading)`.
#[kprobe]
fn iscsi_conn_bind(ctx: ProbeContext) -> u32 {
    let conn = conn_of(ctx.arg(1).unwrap_or(0));
    step(conn, What::Bound, ctx.arg(2).unwrap_or(0), netlink::endpoint());
    // The socket is known only when this function has returned.
    identity::forget(conn);
    0
}

/// `iscsi_conn_start(cls_conn)`.
#[kprobe]
fn iscsi_conn_start(ctx: ProbeContext) -> u32 {
    let conn = conn_of(ctx.arg(0).unwrap_or(0));
    identity::forget(conn);
    step(conn, What::Started, 0, 0);
    if let Some(state) = identity::find(conn) {
        if state.known == 0 {
            diagnose::no_name(state.sid);
        } else if state.sock == 0 && state.transport == transport::TCP {
            diagnose::no_socket(state.sid);
        }
    }
    0
}

/// `iscsi_conn_stop(cls_conn, flag)`.
#[kprobe]
fn iscsi_conn_stop(ctx: ProbeContext) -> u32 {
    let conn = conn_of(ctx.arg(0).unwrap_or(0));
    step(conn, What::Stopped, ctx.arg(1).unwrap_or(0), 0);
    if let Some(state) = identity::find(conn) {
        tally::end(conn, state);
    }
    0
}

/// `iscsi_conn_teardown(cls_conn)`.
#[kprobe]
fn iscsi_conn_teardown(ctx: ProbeContext) -> u32 {
    let conn = conn_of(ctx.arg(0).unwrap_or(0));
    step(conn, What::Destroyed, 0, 0);
    if let Some(state) = identity::find(conn) {
        let _ = SOCKETS.remove(state.sock);
        let _ = CONNECTIONS.remove(conn);
        identity::renew();
    }
    0
}

/// `iscsi_conn_login_event(cls_conn, state)`: qla4xxx only.
#[kprobe]
fn iscsi_conn_login_event(ctx: ProbeContext) -> u32 {
    let conn = conn_of(ctx.arg(0).unwrap_or(0));
    step(conn, What::FirmwareLogin, ctx.arg(1).unwrap_or(0), 0);
    0
}

/// `iscsi_cleanup_conn_work_fn(work)`.
#[kprobe]
fn iscsi_cleanup_conn_work_fn(ctx: ProbeContext) -> u32 {
    let cls_conn = read::container(ctx.arg(0).unwrap_or(0), offset!(cls_conn_cleanup_work));
    step(conn_of(cls_conn), What::CleanedUp, 0, 0);
    0
}

#[inline(always)]
fn conn_of(cls_conn: u64) -> u64 {
    read::pointer(cls_conn, offset!(cls_conn_dd_data))
}

#[inline(always)]
fn step(conn: u64, what: What, flag: u32, endpoint: u64) {
    let Some(state) = identity::of(conn) else {
        return;
    };
    if state.wanted == 0 || !enabled(Kind::ConnectionStep) {
        return;
    }
    let origin = Origin::of(conn, state);
    emit::event(Kind::ConnectionStep, emit::now(), &origin, |step: *mut Step| {
        // SAFETY: `fill` of `event` is handed room for the body.
        unsafe { step.write(Step { what: what as u32, flag, endpoint }) };
    });
}
