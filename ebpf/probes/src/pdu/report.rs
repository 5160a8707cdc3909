//! One PDU as an event.

use iscsi_ebpf::connection::State;
use iscsi_ebpf::event::Kind;
use iscsi_ebpf::flight::Slot;
use iscsi_ebpf::pdu::{AHS_MAX, DATA_MAX, Pdu};

use crate::emit::{self, Event, Long, Origin};
use crate::globals::{config, enabled};
use crate::{read, task};

/// A PDU beyond its header.
pub struct Rest {
    /// [`Pdu::flags`].
    pub flags: u32,
    /// Where additional headers lie; 0 where they cannot be had.
    pub ahs: u64,
    /// Where the data segment lies; 0 where it is not sent with the header.
    pub data: u64,
}

/// Sends the header that was recorded, if it is asked for.
#[inline(always)]
pub fn report(kind: Kind, conn: u64, state: &State, slot: &Slot, rest: &Rest) {
    if state.wanted == 0 || !enabled(kind) || !task::passes(conn, slot) {
        return;
    }
    let origin = Origin::of(conn, state);
    let [_, _, _, _, words, ..] = slot.bhs;
    let ahs = if rest.ahs == 0 { 0 } else { (u32::from(words) * 4).min(AHS_MAX as u32) };
    let data = if rest.data == 0 { 0 } else { limit(slot.data_length) };
    if ahs == 0 && data == 0 {
        emit::event(kind, slot.time, &origin, |pdu: *mut Pdu| {
            // SAFETY: `fill` of `event` is handed room for the body.
            unsafe { pdu.write(head(slot, rest.flags, 0, 0)) };
        });
        return;
    }
    let Some(long) = emit::scratch::<Long<Pdu, { AHS_MAX + DATA_MAX }>>() else {
        return;
    };
    // SAFETY: scratch memory of this CPU; `rest` has room for the most of both parts.
    unsafe {
        let mut room = (&raw mut (*long).rest).cast::<u8>();
        let ahs = if ahs != 0 && read::bytes(room, ahs, rest.ahs) { ahs } else { 0 };
        room = room.add(ahs as usize);
        let data = if data != 0 && read::bytes(room, data, rest.data) { data } else { 0 };
        (*long).event.body = head(slot, rest.flags, ahs, data);
        let size = size_of::<Event<Pdu>>() as u32 + ahs + data;
        emit::output(kind, slot.time, &origin, long, size);
    }
}

/// How much of a data segment of this length is sent.
#[inline(always)]
pub fn limit(length: u32) -> u32 {
    length.min(config!(data_max)).min(DATA_MAX as u32)
}

#[inline(always)]
fn head(slot: &Slot, flags: u32, ahs_captured: u32, data_captured: u32) -> Pdu {
    Pdu { bhs: slot.bhs, flags, data_length: slot.data_length, ahs_captured, data_captured }
}
