//! The text of the `iscsi:*` tracepoints, which only a classic tracepoint has rendered.

use aya_ebpf::EbpfContext as _;
use aya_ebpf::macros::tracepoint;
use aya_ebpf::programs::TracePointContext;
use iscsi_ebpf::NONE;
use iscsi_ebpf::event::Kind;
use iscsi_ebpf::text::{MESSAGE_MAX, Text, Tracepoint};

use crate::emit::{self, Event, Long, Origin};
use crate::globals::{TEXT, config, enabled, value};
use crate::{diagnose, read};

macro_rules! tracepoints {
    ($($name:ident: $variant:ident;)*) => {$(
        #[tracepoint]
        fn $name(ctx: TracePointContext) -> u32 {
            report(&ctx, Tracepoint::$variant);
            0
        }
    )*};
}

tracepoints! {
    iscsi_dbg_conn: Conn;
    iscsi_dbg_session: Session;
    iscsi_dbg_eh: Eh;
    iscsi_dbg_tcp: Tcp;
    iscsi_dbg_sw_tcp: SwTcp;
    iscsi_dbg_trans_session: TransSession;
    iscsi_dbg_trans_conn: TransConn;
}

#[inline(always)]
fn report(ctx: &TracePointContext, tracepoint: Tracepoint) {
    if !enabled(Kind::Text) {
        return;
    }
    let record = ctx.as_ptr() as u64;
    let Some(long) = emit::scratch::<Long<Text, MESSAGE_MAX>>() else {
        return;
    };
    // SAFETY: scratch memory of this CPU; the parts have the room that is said.
    unsafe {
        let text = &raw mut (*long).event.body;
        let device = (&raw mut (*text).device).cast::<u8>();
        device.cast::<[u8; 64]>().write([0; 64]);
        read::text(device, 64, place(record, value(&TEXT.device)));
        let sid = sid_of(device);
        let only = config!(sid);
        if only != NONE && only != sid {
            return;
        }
        let read = read::text(
            (&raw mut (*long).rest).cast(),
            MESSAGE_MAX as u32,
            place(record, value(&TEXT.message)),
        );
        if read <= 0 {
            diagnose::no_text(tracepoint as u32);
        }
        // Without the NUL. The bound is there for the verifier.
        let length = if read > 0 && read <= MESSAGE_MAX as i64 { read as u32 - 1 } else { 0 };
        (*text).tracepoint = tracepoint as u32;
        (*text).length = length;
        let size = size_of::<Event<Text>>() as u32 + length;
        let origin = Origin { sid, ..Origin::NOBODY };
        emit::output(Kind::Text, emit::now(), &origin, long, size);
    }
}

/// Where a `__data_loc` word points: the low half is the offset from the record's begin.
#[inline(always)]
fn place(record: u64, word: u32) -> u64 {
    let location: u32 = read::field(record, word);
    record + u64::from(location & 0xffff)
}

/// The session id in `session3` or `connection3:0`.
///
/// # Safety
/// `name` has 64 bytes.
#[inline(always)]
unsafe fn sid_of(name: *const u8) -> u32 {
    // SAFETY: within the 64 bytes.
    let at = |index: usize| unsafe { *name.add(index) };
    let begin = match at(0) {
        b's' => "session".len(),
        b'c' => "connection".len(),
        _ => return NONE,
    };
    let mut sid = 0u32;
    for index in 0..10 {
        let digit = at(begin + index).wrapping_sub(b'0');
        if digit > 9 {
            return if index == 0 { NONE } else { sid };
        }
        sid = sid.wrapping_mul(10).wrapping_add(digit.into());
    }
    sid
}
