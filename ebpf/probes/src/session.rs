//! A session's life.

use aya_ebpf::macros::kprobe;
use aya_ebpf::programs::ProbeContext;
use iscsi_ebpf::NONE;
use iscsi_ebpf::event::Kind;
use iscsi_ebpf::session::{Step, What};

use crate::emit::{self, Origin};
use crate::globals::{config, enabled, offset};
use crate::{identity, read};

/// `enum iscsi_uevent_e`.
const DESTROY_SESSION: u32 = 104;
const CREATE_SESSION: u32 = 106;

/// `iscsi_session_event(cls_session, event)`.
#[kprobe]
fn iscsi_session_event(ctx: ProbeContext) -> u32 {
    let what = match ctx.arg(1).unwrap_or(0u32) {
        CREATE_SESSION => What::Created,
        DESTROY_SESSION => What::Destroyed,
        // Unbinding is reported by the function that does it.
        _ => return 0,
    };
    step(ctx.arg(0).unwrap_or(0), what);
    0
}

macro_rules! work {
    ($($function:ident: $field:ident, $what:ident;)*) => {$(
        #[doc = concat!("`", stringify!($function), "(work)`.")]
        #[kprobe]
        fn $function(ctx: ProbeContext) -> u32 {
            step(read::container(ctx.arg(0).unwrap_or(0), offset!($field)), What::$what);
            0
        }
    )*};
}

work! {
    __iscsi_block_session: cls_session_block_work, Blocked;
    __iscsi_unblock_session: cls_session_unblock_work, Unblocked;
    session_recovery_timedout: cls_session_recovery_work, RecoveryTimedOut;
    __iscsi_unbind_session: cls_session_unbind_work, Unbound;
}

/// `iscsi_session_failure(session, error)`.
#[kprobe]
fn iscsi_session_failure(ctx: ProbeContext) -> u32 {
    let session = ctx.arg(0).unwrap_or(0);
    step(read::pointer(session, offset!(session_cls_session)), What::Failed);
    0
}

#[inline(always)]
fn step(cls_session: u64, what: What) {
    if cls_session == 0 || !enabled(Kind::SessionStep) {
        return;
    }
    let session = read::pointer(cls_session, offset!(cls_session_dd_data));
    let origin = Origin {
        conn: read::pointer(session, offset!(session_leadconn)),
        sid: read::field(cls_session, offset!(cls_session_sid)),
        host: read::field(
            read::pointer(session, offset!(session_host)),
            offset!(scsi_host_host_no),
        ),
        cid: NONE,
    };
    let only = config!(sid);
    if only != NONE && only != origin.sid {
        return;
    }
    // A session without a connection has no name yet, and passes.
    if let Some(state) = identity::of(origin.conn)
        && state.wanted == 0
    {
        return;
    }
    emit::event(Kind::SessionStep, emit::now(), &origin, |step: *mut Step| {
        // SAFETY: `fill` of `event` is handed room for the body.
        unsafe {
            step.write(Step {
                what: what as u32,
                state: read::field(cls_session, offset!(cls_session_state)),
                recovery_timeout: read::field(cls_session, offset!(cls_session_recovery_tmo)),
                session_state: read::field(session, offset!(session_state)),
                cmds_max: read::field(session, offset!(session_cmds_max)),
                zero: 0,
            });
        }
    });
}
