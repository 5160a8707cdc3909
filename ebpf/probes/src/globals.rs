//! Read-only globals the loader fills in before the programs are verified, so that the kernel sees constants.

use iscsi_ebpf::NAME;
use iscsi_ebpf::config::Config;
use iscsi_ebpf::event::Kind;
use iscsi_ebpf::offsets::Offsets;
use iscsi_ebpf::text::Words;

#[unsafe(no_mangle)]
static LAYOUT: u32 = iscsi_ebpf::LAYOUT;

#[unsafe(no_mangle)]
pub static OFFSETS: Offsets = Offsets::UNKNOWN;

#[unsafe(no_mangle)]
pub static TEXT: Words = Words { device: 8, message: 12 };

#[unsafe(no_mangle)]
pub static CONFIG: Config = Config {
    kinds: 0,
    sid: iscsi_ebpf::NONE,
    lun: u64::MAX,
    min_latency: 0,
    data_max: 0,
    classes: 0,
    count: 0,
    tally: 0,
    wake_bytes: 0,
    target_length: 0,
    target: [0; NAME],
    class_of: [0; 256],
};

/// Reads part of a global: volatile, because the compiler would take the values above for the last word.
#[inline(always)]
pub fn value<T: Copy>(part: &T) -> T {
    // SAFETY: a reference is valid to read from.
    unsafe { core::ptr::read_volatile(part) }
}

/// The value of a field of [`CONFIG`].
macro_rules! config {
    ($($field:tt)+) => { $crate::globals::value(&$crate::globals::CONFIG.$($field)+) };
}
pub(crate) use config;

/// The offset of a field in this kernel, [`iscsi_ebpf::offsets::ABSENT`] where it has none.
macro_rules! offset {
    ($field:ident) => {
        $crate::globals::value(&$crate::globals::OFFSETS.$field)
    };
}
pub(crate) use offset;

/// Whether events of this kind are asked for.
#[inline(always)]
pub fn enabled(kind: Kind) -> bool {
    config!(kinds) & (1 << kind as u32) != 0
}
