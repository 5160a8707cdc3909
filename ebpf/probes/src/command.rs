//! SCSI commands: how long they take, counted here so that none needs an event. This runs for every command, so it
//! looks up and reads as little as can be.

use aya_ebpf::macros::kprobe;
use aya_ebpf::programs::ProbeContext;
use iscsi_ebpf::command::{BUCKETS, Command, Counters, Key};
use iscsi_ebpf::event::{Kind, UNCOUNTED};
use iscsi_ebpf::offsets::ABSENT;

use crate::emit::{self, Origin};
use crate::globals::{config, enabled, offset};
use crate::maps::{COMMANDS, STARTS};
use crate::{diagnose, identity, read, task};

/// A command that was queued, and what is known of its device, which is mostly the same for the next command in the
/// same memory.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Start {
    /// CLOCK_BOOTTIME when it was queued; 0 since it completed.
    time: u64,
    device: u64,
    /// [`identity::generation`] when the rest was learnt: the same address may be another device's by now.
    generation: u64,
    lun: u64,
    conn: u64,
    host: u32,
    sid: u32,
    cid: u32,
    wanted: u32,
}

/// Counters of a key that was not seen before; too large for the stack.
static NOTHING: Counters =
    Counters { commands: 0, bytes: 0, errors: 0, sum: 0, max: 0, histogram: [0; BUCKETS] };

/// `iscsi_queuecommand(host, sc)`.
#[kprobe]
fn iscsi_queuecommand(ctx: ProbeContext) -> u32 {
    let sc: u64 = ctx.arg(1).unwrap_or(0);
    let time = emit::now();
    match STARTS.get_ptr_mut(sc) {
        // SAFETY: memory of the map; a command is queued by one CPU at a time.
        Some(start) => unsafe { (*start).time = time },
        None => {
            let start = Start {
                time,
                device: 0,
                generation: 0,
                lun: 0,
                conn: 0,
                host: 0,
                sid: 0,
                cid: 0,
                wanted: 0,
            };
            if let Err(error) = STARTS.insert(sc, start, 0) {
                diagnose::command_refused(error);
            }
        }
    }
    0
}

/// `iscsi_complete_task(task, state)`.
#[kprobe]
fn iscsi_complete_task(ctx: ProbeContext) -> u32 {
    let task: u64 = ctx.arg(0).unwrap_or(0);
    let sc = read::pointer(task, offset!(task_sc));
    if sc == 0 {
        return 0;
    }
    let Some(start) = STARTS.get_ptr_mut(sc) else {
        return 0;
    };
    // SAFETY: memory of the map; a command is completed by one CPU at a time.
    let start = unsafe { &mut *start };
    // Queued before the probes were there, or completed already.
    if start.time == 0 {
        return 0;
    }
    let time = emit::now();
    let latency = time - start.time;
    start.time = 0;
    let device = read::pointer(sc, offset!(scsi_cmnd_device));
    if device != start.device || identity::generation() != start.generation {
        learn(start, task, device);
    }
    let class = task::class_of(read::at(cdb(sc)));
    if start.wanted == 0 || !task::class_passes(class) {
        return 0;
    }
    let bytes: u32 = read::field(sc, offset!(scsi_cmnd_length));
    let result: u32 = read::field(sc, offset!(scsi_cmnd_result));
    if config!(count) != 0 {
        count(Key { sid: start.sid, class, lun: start.lun }, latency, bytes, result != 0);
    }
    if enabled(Kind::Command) && latency >= config!(min_latency) {
        let origin = Origin { conn: start.conn, host: start.host, sid: start.sid, cid: start.cid };
        emit::event(Kind::Command, time, &origin, |command: *mut Command| {
            // SAFETY: `fill` of `event` is handed room for the body.
            unsafe {
                command.write(Command {
                    lun: start.lun,
                    latency,
                    cdb: read::at(cdb(sc)),
                    bytes,
                    result,
                    itt: read::field(task, offset!(task_hdr_itt)),
                    class,
                    state: ctx.arg(1).unwrap_or(0),
                    zero: 0,
                });
            }
        });
    }
    0
}

#[inline(always)]
fn learn(start: &mut Start, task: u64, device: u64) {
    let conn = read::pointer(task, offset!(task_conn));
    let Some(state) = identity::of(conn) else {
        start.wanted = 0;
        return;
    };
    start.lun = read::field(device, offset!(scsi_device_lun));
    start.conn = conn;
    start.host = state.host;
    start.sid = state.sid;
    start.cid = state.cid;
    start.wanted = (state.wanted != 0 && task::unit_passes(start.lun)) as u32;
    start.device = device;
    start.generation = identity::generation();
}

#[inline(always)]
fn count(key: Key, latency: u64, bytes: u32, failed: bool) {
    let counters = match COMMANDS.get_ptr_mut(key) {
        Some(counters) => counters,
        None => {
            let _ = COMMANDS.insert(key, &NOTHING, 0);
            match COMMANDS.get_ptr_mut(key) {
                Some(counters) => counters,
                None => return emit::lost(UNCOUNTED),
            }
        }
    };
    // SAFETY: this CPU's own counters.
    let counters = unsafe { &mut *counters };
    counters.commands += 1;
    counters.bytes += u64::from(bytes);
    counters.errors += u64::from(failed);
    counters.sum += latency;
    if latency > counters.max {
        counters.max = latency;
    }
    let bucket = bucket(latency);
    if let Some(count) = counters.histogram.get_mut(bucket) {
        *count += 1;
    }
}

/// The position of the highest bit, at most the last bucket. In steps, because BPF has no instruction for it.
#[inline(always)]
fn bucket(latency: u64) -> usize {
    let mut rest = latency;
    let mut position = 0;
    if rest >= 1 << 32 {
        rest >>= 32;
        position += 32;
    }
    if rest >= 1 << 16 {
        rest >>= 16;
        position += 16;
    }
    if rest >= 1 << 8 {
        rest >>= 8;
        position += 8;
    }
    if rest >= 1 << 4 {
        rest >>= 4;
        position += 4;
    }
    if rest >= 1 << 2 {
        rest >>= 2;
        position += 2;
    }
    if rest >= 1 << 1 {
        position += 1;
    }
    if position < BUCKETS { position } else { BUCKETS - 1 }
}

/// Address of a command's CDB: part of the command, before 5.18 pointed to by it.
#[inline(always)]
pub fn cdb(sc: u64) -> u64 {
    match offset!(scsi_cmnd_scp_ptr) {
        ABSENT => read::member(sc, offset!(scsi_cmnd_cmnd)),
        _ => read::pointer(sc, offset!(scsi_cmnd_cmnd)),
    }
}

/// Nanoseconds since a command was queued; 0 where that was not seen.
#[inline(always)]
pub fn age(sc: u64, time: u64) -> u64 {
    match STARTS.get_ptr(sc) {
        // SAFETY: memory of the map.
        Some(start) => match unsafe { (*start).time } {
            0 => 0,
            started => time - started,
        },
        None => 0,
    }
}
