//! PDUs handed to the transport, their header complete.

use aya_ebpf::macros::kprobe;
use aya_ebpf::programs::ProbeContext;
use iscsi_ebpf::event::Kind;
use iscsi_ebpf::pdu::BHS;

use super::report::{Rest, report};
use crate::emit;
use crate::globals::offset;
use crate::{diagnose, flight, identity, read};

macro_rules! sent {
    ($($(#[$doc:meta])* $function:ident)*) => {$(
        $(#[$doc])*
        #[kprobe]
        fn $function(ctx: ProbeContext) -> u32 {
            let task = ctx.arg(0).unwrap_or(0);
            sent(task, read::pointer(task, offset!(task_hdr)));
            0
        }
    )*};
}

sent! {
    /// `iscsi_sw_tcp_pdu_init(task, offset, count)`: once for each PDU of iscsi_tcp.
    iscsi_sw_tcp_pdu_init
    /// `cxgbi_conn_init_pdu(task, offset, count)`: likewise for cxgb3i and cxgb4i.
    cxgbi_conn_init_pdu
    /// `iscsi_iser_task_xmit(task)`.
    iscsi_iser_task_xmit
    /// `beiscsi_task_xmit(task)`.
    beiscsi_task_xmit
    /// `bnx2i_task_xmit(task)`.
    bnx2i_task_xmit
    /// `qedi_task_xmit(task)`.
    qedi_task_xmit
    /// `qla4xxx_task_xmit(task)`: everything but SCSI commands, which its firmware makes.
    qla4xxx_task_xmit
}

/// `iser_send_data_out(conn, task, hdr)`: iSER's unsolicited Data-Out have a header of their own.
#[kprobe]
fn iser_send_data_out(ctx: ProbeContext) -> u32 {
    sent(ctx.arg(1).unwrap_or(0), ctx.arg(2).unwrap_or(0));
    0
}

#[inline(always)]
fn sent(task: u64, header: u64) {
    let conn = read::pointer(task, offset!(task_conn));
    let Some(state) = identity::of(conn) else {
        diagnose::no_connection(task);
        return emit::left_out(Kind::PduSent);
    };
    let Some(slot) = flight::record(conn, state, true, emit::now(), header) else {
        return;
    };
    // With a SCSI command the data is the user's, and in a scatter list.
    let data = match read::pointer(task, offset!(task_sc)) {
        0 if slot.data_length != 0 => read::pointer(task, offset!(task_data)),
        _ => 0,
    };
    report(Kind::PduSent, conn, state, slot, &Rest { flags: 0, ahs: header + BHS as u64, data });
}
