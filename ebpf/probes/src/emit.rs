//! Events into the ring buffer, and what did not fit counted.

use core::mem::MaybeUninit;

use aya_ebpf::helpers::bpf_get_current_pid_tgid;
use aya_ebpf::helpers::generated::{
    bpf_get_smp_processor_id, bpf_ktime_get_boot_ns, bpf_ringbuf_output,
};
use iscsi_ebpf::NONE;
use iscsi_ebpf::connection::State;
use iscsi_ebpf::event::{Header, Kind, LEFT_OUT, SKIPPED};
use iscsi_ebpf::pdu::{AHS_MAX, DATA_MAX, Pdu};

use crate::globals::{config, enabled};
use crate::maps::{EVENTS, LOST, SCRATCH};

const RB_NO_WAKEUP: u64 = 1;
const RB_FORCE_WAKEUP: u64 = 2;
const RB_AVAIL_DATA: u64 = 0;

/// An event as it lies in the ring buffer.
#[repr(C)]
pub struct Event<T> {
    pub header: Header,
    pub body: T,
}

/// An event with something of variable length behind it.
#[repr(C)]
pub struct Long<T, const ROOM: usize> {
    pub event: Event<T>,
    pub rest: [u8; ROOM],
}

/// Memory for the longest event.
#[repr(C, align(8))]
pub struct Scratch([u8; size_of::<Long<Pdu, { AHS_MAX + DATA_MAX }>>()]);

/// Whom an event is about.
#[derive(Clone, Copy)]
pub struct Origin {
    pub conn: u64,
    pub host: u32,
    pub sid: u32,
    pub cid: u32,
}

impl Origin {
    pub const NOBODY: Self = Self { conn: 0, host: NONE, sid: NONE, cid: NONE };

    #[inline(always)]
    pub fn of(conn: u64, state: &State) -> Self {
        Self { conn, host: state.host, sid: state.sid, cid: state.cid }
    }
}

/// The clock of all events.
#[inline(always)]
pub fn now() -> u64 {
    // SAFETY: reads a clock.
    unsafe { bpf_ktime_get_boot_ns() }
}

/// Sends an event whose body `fill` writes, all of it.
#[inline(always)]
pub fn event<T: 'static>(kind: Kind, time: u64, origin: &Origin, fill: impl FnOnce(*mut T)) {
    let Some(mut entry) = EVENTS.reserve::<Event<T>>(0) else {
        lost(kind as u32);
        return;
    };
    let entry_ref: &mut MaybeUninit<Event<T>> = &mut entry;
    let event = entry_ref.as_mut_ptr();
    // SAFETY: the entry has room for the event.
    unsafe {
        (&raw mut (*event).header).write(header(kind, time, origin, size_of::<Event<T>>() as u32));
        fill(&raw mut (*event).body);
    }
    entry.submit(wake(kind));
}

/// Sends the first `size` bytes of an event made in [`SCRATCH`], whose header it writes.
///
/// # Safety
/// The event begins with a [`Header`] and has `size` bytes.
#[inline(always)]
pub unsafe fn output<T>(kind: Kind, time: u64, origin: &Origin, event: *mut T, size: u32) {
    // SAFETY: as the caller says.
    let result = unsafe {
        event.cast::<Header>().write(header(kind, time, origin, size));
        bpf_ringbuf_output(
            (&raw const EVENTS).cast_mut().cast(),
            event.cast(),
            u64::from(size),
            wake(kind),
        )
    };
    if result != 0 {
        lost(kind as u32);
    }
}

/// This CPU's scratch memory.
#[inline(always)]
pub fn scratch<T>() -> Option<*mut T> {
    const { assert!(size_of::<T>() <= size_of::<Scratch>()) };
    SCRATCH.get_ptr_mut(0).map(<*mut Scratch>::cast)
}

/// Counts an event that could not be sent.
#[inline(always)]
pub fn lost(index: u32) {
    add(index, 1);
}

/// Counts events whose probe did not run.
#[inline(always)]
pub fn skipped(kind: Kind, events: u32) {
    add(SKIPPED + kind as u32, events);
}

/// Counts an event that is left out, should it be asked for; whether it would have passed a filter is not known.
#[inline(always)]
pub fn left_out(kind: Kind) {
    if enabled(kind) {
        add(LEFT_OUT + kind as u32, 1);
    }
}

#[inline(always)]
fn add(index: u32, events: u32) {
    if let Some(count) = LOST.get_ptr_mut(index) {
        // SAFETY: this CPU's own counter.
        unsafe { *count += u64::from(events) };
    }
}

#[inline(always)]
fn header(kind: Kind, time: u64, origin: &Origin, size: u32) -> Header {
    Header {
        time,
        conn: origin.conn,
        size,
        kind: kind as u8,
        zero: 0,
        // SAFETY: asks for a number.
        cpu: unsafe { bpf_get_smp_processor_id() } as u16,
        host: origin.host,
        sid: origin.sid,
        cid: origin.cid,
        pid: bpf_get_current_pid_tgid() as u32,
    }
}

/// Waking the reader for every event would cost more than the event: it is woken when enough has come together,
/// and looks by itself now and then. A module that comes waits for nothing: it has no probes yet.
#[inline(always)]
fn wake(kind: Kind) -> u64 {
    let enough = config!(wake_bytes);
    if matches!(kind, Kind::Module) {
        RB_FORCE_WAKEUP
    } else if enough == 0 {
        0
    } else if EVENTS.query(RB_AVAIL_DATA) >= u64::from(enough) {
        RB_FORCE_WAKEUP
    } else {
        RB_NO_WAKEUP
    }
}
