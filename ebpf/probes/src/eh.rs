//! The SCSI error handler: entered because a command's timer fired, or because an earlier step failed.

use aya_ebpf::macros::{kprobe, kretprobe};
use aya_ebpf::programs::{ProbeContext, RetProbeContext};
use iscsi_ebpf::event::Kind;
use iscsi_ebpf::recovery::{Function, Handler};

use crate::calls::{self, Within};
use crate::emit::{self, Origin};
use crate::globals::{enabled, offset};
use crate::{command, identity, read};

macro_rules! handlers {
    ($($entry:ident $return:ident: $function:ident;)*) => {$(
        #[doc = concat!("`", stringify!($entry), "(sc)`.")]
        #[kprobe]
        fn $entry(ctx: ProbeContext) -> u32 {
            entered(Function::$function, ctx.arg(0).unwrap_or(0));
            0
        }

        #[kretprobe]
        fn $return(ctx: RetProbeContext) -> u32 {
            returned(Function::$function, ctx.ret());
            0
        }
    )*};
}

handlers! {
    iscsi_eh_cmd_timed_out iscsi_eh_cmd_timed_out_return: TimedOut;
    iscsi_eh_abort iscsi_eh_abort_return: Abort;
    iscsi_eh_device_reset iscsi_eh_device_reset_return: LunReset;
    iscsi_eh_recover_target iscsi_eh_recover_target_return: TargetReset;
    iscsi_eh_session_reset iscsi_eh_session_reset_return: SessionReset;
    qla4xxx_eh_cmd_timed_out qla4xxx_eh_cmd_timed_out_return: TimedOut;
    qla4xxx_eh_abort qla4xxx_eh_abort_return: Abort;
    qla4xxx_eh_device_reset qla4xxx_eh_device_reset_return: LunReset;
    qla4xxx_eh_target_reset qla4xxx_eh_target_reset_return: TargetReset;
    qla4xxx_eh_host_reset qla4xxx_eh_host_reset_return: HostReset;
    qedi_eh_host_reset qedi_eh_host_reset_return: HostReset;
}

#[inline(always)]
fn entered(function: Function, sc: u64) {
    calls::enter(Within::Handler, function as u32, sc, 0);
    report(Kind::HandlerEntered, emit::now(), function, sc, 0, 0);
}

#[inline(always)]
fn returned(function: Function, result: u32) {
    if let Some(call) = calls::leave(Within::Handler, function as u32) {
        let time = emit::now();
        report(Kind::HandlerReturned, time, function, call.first, result, time - call.time);
    }
}

#[inline(always)]
fn report(kind: Kind, time: u64, function: Function, sc: u64, result: u32, duration: u64) {
    if !enabled(kind) {
        return;
    }
    let device = read::pointer(sc, offset!(scsi_cmnd_device));
    let task = task_of(sc);
    let conn = match read::pointer(task, offset!(task_conn)) {
        0 => conn_of(device),
        conn => conn,
    };
    let state = identity::of(conn);
    let origin = match &state {
        Some(state) => Origin::of(conn, state),
        None => Origin {
            host: read::field(
                read::pointer(device, offset!(scsi_device_host)),
                offset!(scsi_host_host_no),
            ),
            ..Origin::NOBODY
        },
    };
    if state.is_some_and(|state| state.wanted == 0) {
        return;
    }
    emit::event(kind, time, &origin, |handler: *mut Handler| {
        // SAFETY: `fill` of `event` is handed room for the body.
        unsafe {
            handler.write(Handler {
                function: function as u32,
                result,
                duration,
                lun: read::field(device, offset!(scsi_device_lun)),
                cdb: read::at(command::cdb(sc)),
                itt: match task {
                    0 => [0xff; 4],
                    task => read::field(task, offset!(task_hdr_itt)),
                },
                target: read::field(device, offset!(scsi_device_id)),
                channel: read::field(device, offset!(scsi_device_channel)),
                command_result: read::field(sc, offset!(scsi_cmnd_result)),
                age: command::age(sc, time),
            });
        }
    });
}

/// The task of a command libiscsi works on: behind the command, before 6.1 where the command points.
#[inline(always)]
fn task_of(sc: u64) -> u64 {
    match read::pointer(sc, offset!(scsi_cmnd_scp_ptr)) {
        0 => {
            let private = read::member(sc, offset!(scsi_cmnd_size));
            read::pointer(private, offset!(cmd_task))
        }
        task => task,
    }
}

/// A command that never reached libiscsi, as those of `sg_reset`, still has a device, whose target is a child of the
/// session.
#[inline(always)]
fn conn_of(device: u64) -> u64 {
    let target = read::pointer(device, offset!(scsi_device_sdev_target));
    let parent = read::pointer(target, offset!(scsi_target_parent));
    let cls_session = read::container(parent, offset!(cls_session_dev));
    let session = read::pointer(cls_session, offset!(cls_session_dd_data));
    read::pointer(session, offset!(session_leadconn))
}
