//! Reading kernel memory. What cannot be read is 0: the helper clears what it could not fill, so no read needs a
//! branch, and the verifier has one path to follow instead of two for each.

use core::mem::MaybeUninit;

use aya_ebpf::helpers::generated::{
    bpf_probe_read_kernel as read_kernel, bpf_probe_read_kernel_str as read_kernel_str,
};
use iscsi_ebpf::offsets::ABSENT;

/// Types for which all bits 0 are a value.
///
/// # Safety
/// They must be.
pub unsafe trait Plain: Copy {}

// SAFETY: numbers, and arrays of them.
unsafe impl Plain for u8 {}
// SAFETY: as above.
unsafe impl Plain for u16 {}
// SAFETY: as above.
unsafe impl Plain for u32 {}
// SAFETY: as above.
unsafe impl Plain for i32 {}
// SAFETY: as above.
unsafe impl Plain for u64 {}
// SAFETY: as above.
unsafe impl<const N: usize> Plain for [u8; N] {}

/// The value of a field; 0 where this kernel lacks it.
#[inline(always)]
pub fn field<T: Plain>(base: u64, offset: u32) -> T {
    if offset == ABSENT {
        // SAFETY: `T` is `Plain`.
        return unsafe { MaybeUninit::zeroed().assume_init() };
    }
    at(base + u64::from(offset))
}

/// The value at an address.
#[inline(always)]
pub fn at<T: Plain>(address: u64) -> T {
    let mut value = MaybeUninit::<T>::uninit();
    // SAFETY: the helper checks the address and writes all of `value` in any case.
    unsafe {
        read_kernel(value.as_mut_ptr().cast(), size_of::<T>() as u32, address as *const _);
        value.assume_init()
    }
}

/// A pointer in a field.
#[inline(always)]
pub fn pointer(base: u64, offset: u32) -> u64 {
    field(base, offset)
}

/// The address of a member; one that cannot be read where this kernel lacks it.
#[inline(always)]
pub fn member(base: u64, offset: u32) -> u64 {
    if offset == ABSENT { 0 } else { base + u64::from(offset) }
}

/// The struct a member at this address is in (`container_of`).
#[inline(always)]
pub fn container(member: u64, offset: u32) -> u64 {
    if offset == ABSENT { 0 } else { member.wrapping_sub(u64::from(offset)) }
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

/// Reads a text that ends with NUL; an empty one where there is none. Says how many bytes it took with its NUL, or
/// that it failed with a negative number.
///
/// # Safety
/// `into` has room for `room` bytes.
#[inline(always)]
pub unsafe fn text(into: *mut u8, room: u32, address: u64) -> i64 {
    // SAFETY: the helper checks the address, the caller vouches for the destination.
    unsafe { read_kernel_str(into.cast(), room, address as *const _) }
}
