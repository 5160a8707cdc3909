//! Kernel modules coming and going: with them the functions that are probed.

use aya_ebpf::macros::raw_tracepoint;
use aya_ebpf::programs::RawTracePointContext;
use iscsi_ebpf::event::Kind;
use iscsi_ebpf::text::Module;

use crate::emit::{self, Origin};
use crate::globals::{enabled, offset};
use crate::read;

/// `module_load(mod)`: its functions are there, its init has not run.
#[raw_tracepoint(tracepoint = "module_load")]
fn module_load(ctx: RawTracePointContext) -> i32 {
    report(ctx.arg(0), true)
}

/// `module_free(mod)`.
#[raw_tracepoint(tracepoint = "module_free")]
fn module_free(ctx: RawTracePointContext) -> i32 {
    report(ctx.arg(0), false)
}

#[inline(always)]
fn report(module: u64, loaded: bool) -> i32 {
    if !enabled(Kind::Module) {
        return 0;
    }
    emit::event(Kind::Module, emit::now(), &Origin::NOBODY, |event: *mut Module| {
        // SAFETY: `fill` of `event` is handed room for the body.
        unsafe {
            (*event).loaded = loaded as u32;
            (*event).zero = 0;
            (*event).name = [0; 64];
            read::text(
                (&raw mut (*event).name).cast(),
                64,
                read::member(module, offset!(module_name)),
            );
        }
    });
    0
}
