//! Data segments that are complete only after their header was reported.

use iscsi_ebpf::connection::State;
use iscsi_ebpf::event::Kind;
use iscsi_ebpf::pdu::{DATA_MAX, Data};

use super::report::limit;
use crate::emit::{self, Event, Long, Origin};
use crate::globals::enabled;
use crate::{diagnose, read, task};

/// Sends the data segment of the PDU whose header is at `header`.
#[inline(always)]
pub fn report(conn: u64, state: &State, header: u64, data: u64, length: u32) {
    if state.wanted == 0 || !enabled(Kind::PduData) {
        return;
    }
    let start: [u8; 20] = read::at(header);
    let [opcode, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, a, b, c, d] = start;
    if !task::passed(conn, opcode, [a, b, c, d]) {
        return;
    }
    let Some(long) = emit::scratch::<Long<Data, DATA_MAX>>() else {
        return;
    };
    let captured = limit(length);
    // SAFETY: scratch memory of this CPU; `rest` has room for the most there may be.
    unsafe {
        let room = (&raw mut (*long).rest).cast();
        let captured = if captured == 0 || read::bytes(room, captured, data) {
            captured
        } else {
            diagnose::no_data(state.sid);
            0
        };
        (*long).event.body = Data { itt: [a, b, c, d], opcode: opcode.into(), length, captured };
        let size = size_of::<Event<Data>>() as u32 + captured;
        emit::output(Kind::PduData, emit::now(), &Origin::of(conn, state), long, size);
    }
}
