//! Reading kernel memory: every read may fail, and a field this kernel lacks reads as nothing.

use aya_ebpf::helpers::bpf_probe_read_kernel;
use aya_ebpf::helpers::generated::{
    bpf_probe_read_kernel as read_kernel, bpf_probe_read_kernel_str as read_kernel_str,
};
use iscsi_ebpf::offsets::ABSENT;

/// The value of a field.
#[inline(always)]
pub fn field<T>(base: u64, offset: u32) -> Option<T> {
    if base == 0 || offset == ABSENT {
        return None;
    }
    at(base + u64::from(offset))
}

/// The value at an address.
#[inline(always)]
pub fn at<T>(address: u64) -> Option<T> {
    // SAFETY: the helper checks the address.
    unsafe { bpf_probe_read_kernel(address as *const T).ok() }
}

/// The address of a member; 0 where this kernel lacks it.
#[inline(always)]
pub fn member(base: u64, offset: u32) -> u64 {
    if base == 0 || offset == ABSENT { 0 } else { base + u64::from(offset) }
}

/// The struct a member at this address is in (`container_of`); 0 where this kernel lacks the member.
#[inline(always)]
pub fn container(member: u64, offset: u32) -> u64 {
    if member == 0 || offset == ABSENT { 0 } else { member.wrapping_sub(u64::from(offset)) }
}

/// A pointer in a field; 0 where it cannot be read.
#[inline(always)]
pub fn pointer(base: u64, offset: u32) -> u64 {
    field(base, offset).unwrap_or(0)
}

/// Reads `length` bytes.
///
/// # Safety
/// `into` has room for them.
#[inline(always)]
pub unsafe fn bytes(into: *mut u8, length: u32, address: u64) -> bool {
    // SAFETY: the helper checks the address, the caller vouches for the destination.
    unsafe { read_kernel(into.cast(), length, address as *const _) == 0 }
}

/// Reads a text that ends with NUL and says how many bytes it has without it; where there is none, an empty one.
///
/// # Safety
/// `into` has room for `room` bytes.
#[inline(always)]
pub unsafe fn text(into: *mut u8, room: u32, address: u64) -> u32 {
    // SAFETY: the helper checks the address, the caller vouches for the destination.
    unsafe {
        let read = match address {
            0 => 0,
            _ => read_kernel_str(into.cast(), room, address as *const _),
        };
        if read <= 0 {
            *into = 0;
            return 0;
        }
        read as u32 - 1
    }
}
