//! Task management: the request, and the wait for its answer.

use aya_ebpf::macros::{kprobe, kretprobe};
use aya_ebpf::programs::{ProbeContext, RetProbeContext};
use iscsi_ebpf::event::Kind;
use iscsi_ebpf::recovery::Tmf;

use crate::calls::{self, Within};
use crate::emit::{self, Origin};
use crate::globals::{enabled, offset};
use crate::{identity, read};

/// `iscsi_exec_task_mgmt_fn(conn, hdr, age, timeout)`.
#[kprobe]
fn iscsi_exec_task_mgmt_fn(ctx: ProbeContext) -> u32 {
    let conn = ctx.arg(0).unwrap_or(0);
    let header: u64 = ctx.arg(1).unwrap_or(0);
    let timeout: u32 = ctx.arg(3).unwrap_or(0);
    calls::enter(Within::Tmf, 0, conn, header);
    if let Some(call) = calls::inside(Within::Tmf, 0) {
        call.third = timeout.into();
        let time = call.time;
        report(Kind::TmfEntered, time, conn, header, timeout, 0, 0);
    }
    0
}

#[kretprobe]
fn iscsi_exec_task_mgmt_fn_return(ctx: RetProbeContext) -> u32 {
    if let Some(call) = calls::leave(Within::Tmf, 0) {
        let time = emit::now();
        let took = time - call.time;
        report(
            Kind::TmfReturned,
            time,
            call.first,
            call.second,
            call.third as u32,
            ctx.ret(),
            took,
        );
    }
    0
}

#[inline(always)]
fn report(kind: Kind, time: u64, conn: u64, header: u64, timeout: u32, result: i32, took: u64) {
    let Some(state) = identity::of(conn) else {
        return;
    };
    if state.wanted == 0 || !enabled(kind) {
        return;
    }
    // The header is a session's `tmhdr`, which stays as it is until the next request.
    let bhs: [u8; 24] = read::at(header);
    let [_, function, _, _, _, _, _, _, lun @ .., _, _, _, _, a, b, c, d] = bhs;
    let session = read::pointer(conn, offset!(conn_session));
    let returned = kind as u8 == Kind::TmfReturned as u8;
    emit::event(kind, time, &Origin::of(conn, state), |tmf: *mut Tmf| {
        // SAFETY: `fill` of `event` is handed room for the body.
        unsafe {
            tmf.write(Tmf {
                function: u32::from(function & 0x7f),
                result,
                referenced_task_tag: [a, b, c, d],
                timeout,
                lun,
                duration: took,
                state: match returned {
                    true => read::field(session, offset!(session_tmf_state)),
                    false => 0,
                },
                zero: 0,
            });
        }
    });
}
