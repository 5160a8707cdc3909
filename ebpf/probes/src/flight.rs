//! The flight recorder: the header goes there first, wanted or not.

use iscsi_ebpf::connection::State;
use iscsi_ebpf::event::Kind;
use iscsi_ebpf::flight::{Slot, slot};
use iscsi_ebpf::pdu::BHS;

use crate::maps::FLIGHT;
use crate::{diagnose, emit, read, tally};

/// Records the header at `header` and hands it back.
#[inline(always)]
pub fn record(
    conn: u64,
    state: &mut State,
    sent: bool,
    time: u64,
    header: u64,
) -> Option<&'static Slot> {
    let count = next(state, sent, time);
    let slot = FLIGHT.get_ptr_mut(slot(state.sid, sent, count))?;
    // SAFETY: the slot is memory of the map, with room for the header; only this direction's writer is here.
    unsafe {
        if !read::bytes((&raw mut (*slot).bhs).cast(), BHS as u32, header) {
            diagnose::no_header(state.sid);
            emit::left_out(if sent { Kind::PduSent } else { Kind::PduReceived });
            return None;
        }
        finish(slot, conn, sent, time);
        tally::pdu(conn, state, sent, count == 0, (*slot).bhs[0], (*slot).bhs[1]);
        Some(&*slot)
    }
}

/// Records a header that was put together here.
#[inline(always)]
pub fn record_made(
    conn: u64,
    state: &mut State,
    time: u64,
    bhs: &[u8; BHS],
) -> Option<&'static Slot> {
    let count = next(state, false, time);
    let slot = FLIGHT.get_ptr_mut(slot(state.sid, false, count))?;
    // SAFETY: as above.
    unsafe {
        (*slot).bhs = *bhs;
        finish(slot, conn, false, time);
        Some(&*slot)
    }
}

#[inline(always)]
fn next(state: &mut State, sent: bool, time: u64) -> u64 {
    let (last, count) = match sent {
        true => (&mut state.last_sent, &mut state.sent),
        false => (&mut state.last_received, &mut state.received),
    };
    *last = time;
    let now = *count;
    *count = now + 1;
    now
}

/// # Safety
/// `slot` points to a slot whose header is written.
#[inline(always)]
unsafe fn finish(slot: *mut Slot, conn: u64, sent: bool, time: u64) {
    // SAFETY: as the caller says.
    unsafe {
        let [.., high, middle, low] = *(&raw const (*slot).bhs).cast::<[u8; 8]>();
        (*slot).data_length = u32::from(high) << 16 | u32::from(middle) << 8 | u32::from(low);
        (*slot).conn = conn;
        (*slot).sent = sent as u32;
        (*slot).time = time;
    }
}
