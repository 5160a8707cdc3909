//! Headers received. libiscsi_tcp has a function that sees all of them; of the other transports libiscsi sees
//! what they hand up, rebuilt from completion queue entries except for iSER's.

use aya_ebpf::macros::kprobe;
use aya_ebpf::programs::ProbeContext;
use iscsi_ebpf::connection::{State, transport};
use iscsi_ebpf::event::Kind;
use iscsi_ebpf::pdu::{BHS, DATA_FOLLOWS, REBUILT};

use super::data;
use super::report::{Rest, report};
use crate::emit;
use crate::globals::offset;
use crate::{diagnose, flight, identity, read};

const SCSI_RESPONSE: u8 = 0x21;
const DATA_IN: u8 = 0x25;
const FINAL: u8 = 0x80;

/// `iscsi_tcp_hdr_recv_done(tcp_conn, segment)`: a header is complete.
#[kprobe]
fn iscsi_tcp_hdr_recv_done(ctx: ProbeContext) -> u32 {
    let tcp_conn = ctx.arg(0).unwrap_or(0);
    let segment = ctx.arg(1).unwrap_or(0);
    // With header digests it runs once more when the digest is there.
    if read::field::<u32>(segment, offset!(segment_digest_len)) != 0 {
        return 0;
    }
    let conn = read::pointer(tcp_conn, offset!(tcp_conn_iscsi_conn));
    let Some(state) = identity::of(conn) else {
        diagnose::no_connection(tcp_conn);
        emit::left_out(Kind::PduReceived);
        return 0;
    };
    let header = read::member(tcp_conn, offset!(tcp_conn_hdr_buf));
    let Some(slot) = flight::record(conn, state, false, emit::now(), header) else {
        return 0;
    };
    let [opcode, ..] = slot.bhs;
    let follows = slot.data_length != 0 && opcode & 0x3f != DATA_IN;
    // Additional headers are not there yet, and the kernel takes them for data when they come.
    let flags = if follows { DATA_FOLLOWS } else { 0 };
    report(Kind::PduReceived, conn, state, slot, &Rest { flags, ahs: 0, data: 0 });
    0
}

/// `__iscsi_complete_pdu(conn, hdr, data, datalen)`: a PDU that is not for the transport itself.
#[kprobe]
fn __iscsi_complete_pdu(ctx: ProbeContext) -> u32 {
    let conn = ctx.arg(0).unwrap_or(0);
    let header = ctx.arg(1).unwrap_or(0);
    let data = ctx.arg(2).unwrap_or(0);
    let length: i32 = ctx.arg(3).unwrap_or(0);
    let Some(state) = identity::of(conn) else {
        diagnose::no_connection(conn);
        emit::left_out(Kind::PduReceived);
        return 0;
    };
    if was_seen(state) {
        // The header was reported by `iscsi_tcp_hdr_recv_done`, without its data.
        if data != 0 && length > 0 {
            data::report(conn, state, header, data, length as u32);
        }
        return 0;
    }
    let Some(slot) = flight::record(conn, state, false, emit::now(), header) else {
        return 0;
    };
    let flags = if state.transport == transport::ISER { 0 } else { REBUILT };
    let data = if length > 0 { data } else { 0 };
    report(Kind::PduReceived, conn, state, slot, &Rest { flags, ahs: 0, data });
    0
}

/// `iscsi_complete_scsi_task(task, exp_cmdsn, max_cmdsn)`: be2iscsi completes commands without a PDU.
#[kprobe]
fn iscsi_complete_scsi_task(ctx: ProbeContext) -> u32 {
    let task = ctx.arg(0).unwrap_or(0);
    let exp_cmd_sn: u32 = ctx.arg(1).unwrap_or(0);
    let max_cmd_sn: u32 = ctx.arg(2).unwrap_or(0);
    let conn = read::pointer(task, offset!(task_conn));
    let Some(state) = identity::of(conn) else {
        diagnose::no_connection(task);
        emit::left_out(Kind::PduReceived);
        return 0;
    };
    let sc = read::pointer(task, offset!(task_sc));
    let result: u32 = read::field(sc, offset!(scsi_cmnd_result));
    let itt: [u8; 4] = read::field(task, offset!(task_hdr_itt));
    let mut bhs = [0; BHS];
    bhs[0] = SCSI_RESPONSE;
    bhs[1] = FINAL;
    bhs[3] = result as u8;
    bhs[16..20].copy_from_slice(&itt);
    bhs[28..32].copy_from_slice(&exp_cmd_sn.to_be_bytes());
    bhs[32..36].copy_from_slice(&max_cmd_sn.to_be_bytes());
    let Some(slot) = flight::record_made(conn, state, emit::now(), &bhs) else {
        return 0;
    };
    report(Kind::PduReceived, conn, state, slot, &Rest { flags: REBUILT, ahs: 0, data: 0 });
    0
}

/// Whether the transport's headers pass through libiscsi_tcp.
#[inline(always)]
fn was_seen(state: &State) -> bool {
    state.transport == transport::TCP || state.transport == transport::CXGB
}
