//! What happens between a function's entry and its return.

use aya_ebpf::helpers::bpf_get_current_pid_tgid;

use crate::maps::CALLS;
use crate::{diagnose, emit};

/// A function that was entered.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Call {
    /// CLOCK_BOOTTIME of the entry.
    pub time: u64,
    /// What the function's own file puts there, as in the next two.
    pub first: u64,
    pub second: u64,
    pub third: u64,
}

/// Functions followed, of which one may call another.
#[derive(Clone, Copy)]
#[repr(u8)]
pub enum Within {
    Handler = 0,
    Tmf = 16,
    Netlink = 17,
}

/// Notes that this thread entered a function; `more` tells handlers apart.
#[inline(always)]
pub fn enter(within: Within, more: u32, first: u64, second: u64) {
    let call = Call { time: emit::now(), first, second, third: 0 };
    if let Err(error) = CALLS.insert(key(within, more), call, 0) {
        diagnose::call_refused(error);
    }
}

/// The function this thread is in.
#[inline(always)]
pub fn inside(within: Within, more: u32) -> Option<&'static mut Call> {
    // SAFETY: memory of the map that only this thread's probes use.
    CALLS.get_ptr_mut(key(within, more)).map(|call| unsafe { &mut *call })
}

/// The function this thread is in and is about to leave.
#[inline(always)]
pub fn leave(within: Within, more: u32) -> Option<Call> {
    let key = key(within, more);
    // SAFETY: as above; copied before it is removed.
    let call = CALLS.get_ptr(key).map(|call| unsafe { *call })?;
    let _ = CALLS.remove(key);
    Some(call)
}

#[inline(always)]
fn key(within: Within, more: u32) -> u64 {
    let thread = bpf_get_current_pid_tgid() & 0xffff_ffff;
    thread << 8 | u64::from(within as u32 + more)
}
