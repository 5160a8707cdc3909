//! One PDU as an event.

use iscsi_ebpf::connection::State;
use iscsi_ebpf::event::Kind;
use iscsi_ebpf::flight::Slot;
use iscsi_ebpf::pdu::{AHS_MAX, DATA_MAX, Pdu};

use crate::emit::{self, Event, Long, Origin};
use crate::globals::{config, enabled};
use crate::{diagnose, read, task};

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
    let Some(long) = emit::scratch::<Long<Pdu, { AHS_MAX + DATA_MAX }>>() else {
        return;
    };
    let [_, _, _, _, words, ..] = slot.bhs;
    let ahs = if rest.ahs == 0 { 0 } else { (u32::from(words) * 4).min(AHS_MAX as u32) };
    let mut data = if rest.data == 0 { 0 } else { limit(slot.data_length) };
    // SAFETY: scratch memory of this CPU; `rest` has room for the most of both parts.
    unsafe {
        let room = (&raw mut (*long).rest).cast::<u8>();
        // Nearly always nothing, which the helper takes in its stride. They lie behind the header that was read.
        read::bytes(room, ahs, rest.ahs);
        if data != 0 && !read::bytes(room.add(ahs as usize), data, rest.data) {
            diagnose::no_data(state.sid);
            data = 0;
        }
        (*long).event.body = Pdu {
            bhs: slot.bhs,
            flags: rest.flags,
            data_length: slot.data_length,
            ahs_captured: ahs,
            data_captured: data,
        };
        let size = size_of::<Event<Pdu>>() as u32 + ahs + data;
        emit::output(kind, slot.time, &Origin::of(conn, state), long, size);
    }
}

/// How much of a data segment of this length is sent.
#[inline(always)]
pub fn limit(length: u32) -> u32 {
    length.min(config!(data_max)).min(DATA_MAX as u32)
}
