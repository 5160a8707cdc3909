//! What iscsid asks of the kernel, and how long it waits for it.

use aya_ebpf::helpers::bpf_get_current_comm;
use aya_ebpf::macros::{kprobe, kretprobe};
use aya_ebpf::programs::{ProbeContext, RetProbeContext};
use iscsi_ebpf::NONE;
use iscsi_ebpf::event::Kind;
use iscsi_ebpf::netlink::Netlink;

use crate::calls::{self, Within};
use crate::emit::{self, Origin};
use crate::globals::{config, enabled, offset};
use crate::read;

/// `struct nlmsghdr`, part of the kernel's interface to programs: the type, and where the payload begins.
const NLMSG_TYPE: u64 = 4;
const NLMSG_PAYLOAD: u64 = 16;
/// `NETLINK_CB(skb).portid`, behind three ids of 32 bits.
const PORT: u32 = 12;
/// `struct iscsi_uevent`, likewise an interface: error, and the union's members.
const IFERROR: u64 = 4;
const SID: u64 = 16;
const CID: u64 = 20;
const PARAMETER: u64 = 24;
const ENDPOINT: u64 = 24;
const FLAG: u64 = 32;
const RETCODE: u64 = 40;

/// `enum iscsi_uevent_e`.
const DESTROY_SESSION: u16 = 12;
const CREATE_CONN: u16 = 13;
const DESTROY_CONN: u16 = 14;
const BIND_CONN: u16 = 15;
const SET_PARAM: u16 = 16;
const START_CONN: u16 = 17;
const STOP_CONN: u16 = 18;
const SEND_PDU: u16 = 19;
const GET_STATS: u16 = 20;
const UNBIND_SESSION: u16 = 27;
const DESTROY_SESSION_ASYNC: u16 = 43;

/// `iscsi_if_rx(skb)`: messages arrived; waits for `rx_queue_mutex` first.
#[kprobe]
fn iscsi_if_rx(ctx: ProbeContext) -> u32 {
    let skb = ctx.arg(0).unwrap_or(0);
    let control = read::member(skb, offset!(sk_buff_cb));
    let port: u32 = read::field(control, PORT);
    calls::enter(Within::Netlink, 0, read::pointer(skb, offset!(sk_buff_data)), port.into());
    0
}

/// `iscsi_if_transport_lookup(tt)`: the first thing done for a message once the mutex is had.
#[kprobe]
fn iscsi_if_transport_lookup(_ctx: ProbeContext) -> u32 {
    if let Some(call) = calls::inside(Within::Netlink, 0)
        && call.third == 0
    {
        call.third = emit::now();
    }
    0
}

/// The socket's descriptor or the endpoint this thread is about to bind a connection to; 0 where it is not known.
#[inline(always)]
pub fn endpoint() -> u64 {
    let Some(call) = calls::inside(Within::Netlink, 0) else {
        return 0;
    };
    match read::at(call.first + NLMSG_TYPE) {
        BIND_CONN => read::at(call.first + NLMSG_PAYLOAD + ENDPOINT),
        _ => 0,
    }
}

#[kretprobe]
fn iscsi_if_rx_return(_ctx: RetProbeContext) -> u32 {
    let Some(call) = calls::leave(Within::Netlink, 0) else {
        return 0;
    };
    let message = call.first;
    let event: u16 = read::at(message + NLMSG_TYPE);
    let payload = message + NLMSG_PAYLOAD;
    let word = |has: bool, at: u64| if has { read::at(payload + at) } else { NONE };
    let has_cid = matches!(
        event,
        CREATE_CONN
            | DESTROY_CONN
            | BIND_CONN
            | SET_PARAM
            | START_CONN
            | STOP_CONN
            | SEND_PDU
            | GET_STATS
    );
    let has_sid =
        has_cid || matches!(event, DESTROY_SESSION | UNBIND_SESSION | DESTROY_SESSION_ASYNC);
    let sid = word(has_sid, SID);
    let only = config!(sid);
    if !enabled(Kind::Netlink) || only != NONE && only != sid {
        return 0;
    }
    // These three answer in the part of the message that goes back.
    let answer = match event {
        BIND_CONN | START_CONN | SEND_PDU => RETCODE,
        _ => IFERROR,
    };
    let failed: i32 = read::at(payload + IFERROR);
    let error = if failed != 0 { failed } else { read::at(payload + answer) };
    let time = emit::now();
    let origin = Origin { sid, ..Origin::NOBODY };
    emit::event(Kind::Netlink, time, &origin, |netlink: *mut Netlink| {
        // SAFETY: `fill` of `event` is handed room for the body.
        unsafe {
            netlink.write(Netlink {
                event: event.into(),
                port: call.second as u32,
                duration: time - call.time,
                wait: if call.third == 0 { 0 } else { call.third - call.time },
                error,
                sid,
                cid: word(has_cid, CID),
                parameter: word(event == SET_PARAM, PARAMETER),
                comm: bpf_get_current_comm().unwrap_or([0; 16]),
                flag: word(event == STOP_CONN, FLAG),
                zero: 0,
            });
        }
    });
    0
}
