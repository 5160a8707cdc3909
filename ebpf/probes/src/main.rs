//! The probes: what runs in the kernel. `cargo xtask bpf` builds them into `ebpf/iscsi-probes.o`.
//!
//! One file per subject; the programs in it are named after the function or tracepoint they are attached to. All of
//! them pass the verifier of Linux 5.10: no atomic operation that returns a value, no dynptr, loops of fixed length.
#![no_std]
#![no_main]

mod calls;
mod command;
mod connection;
mod diagnose;
mod eh;
mod emit;
mod error;
mod flight;
mod globals;
mod identity;
mod maps;
mod module;
mod netlink;
mod pdu;
mod read;
mod session;
mod socket;
mod tally;
mod task;
mod tcp;
mod text;
mod timer;
mod tmf;

#[panic_handler]
fn panic(_info: &core::panic::PanicInfo<'_>) -> ! {
    loop {}
}

/// The kernel lends the helpers for tracing to programs under the GPL only.
#[unsafe(link_section = "license")]
#[unsafe(no_mangle)]
static LICENSE: [u8; 13] = *b"Dual MIT/GPL\0";
