//! Who a connection is: read once, kept in the map of connections, and told before its first event.

use iscsi_ebpf::connection::{Identity, State, transport};
use iscsi_ebpf::event::Kind;
use iscsi_ebpf::{NAME, NONE};

use crate::emit::{self, Event, Origin};
use crate::globals::{config, enabled, offset};
use crate::maps::{CONNECTIONS, GENERATION, SOCKETS};
use crate::{diagnose, read, socket};

const AF_INET: u16 = 2;
const AF_INET6: u16 = 10;

/// The state of a connection; tells who it is when that is new.
#[inline(always)]
pub fn of(conn: u64) -> Option<&'static mut State> {
    if conn == 0 {
        return None;
    }
    if let Some(state) = find(conn)
        && state.known != 0
    {
        return Some(state);
    }
    tell(conn);
    find(conn)
}

/// The state of a connection that was seen before.
#[inline(always)]
pub fn find(conn: u64) -> Option<&'static mut State> {
    // SAFETY: memory of the map; racing writers only touch counters and clocks.
    CONNECTIONS.get_ptr_mut(conn).map(|state| unsafe { &mut *state })
}

/// Which generation of knowledge this is: what was copied in another one is out of date.
#[inline(always)]
pub fn generation() -> u64 {
    GENERATION.get(0).copied().unwrap_or(0)
}

/// What others copied from a connection's state is out of date.
#[inline(always)]
pub fn renew() {
    if let Some(generation) = GENERATION.get_ptr_mut(0) {
        // SAFETY: memory of the map. When two CPUs add at once one step is lost, yet the number grew.
        unsafe { *generation += 1 };
    }
}

/// Names and addresses are about to change: the next event tells them again.
#[inline(always)]
pub fn forget(conn: u64) {
    if let Some(state) = find(conn) {
        state.known = 0;
    }
}

/// Reads everything anew and tells it. A program of its own, because many call it and it is long.
#[inline(never)]
pub fn tell(conn: u64) -> u64 {
    let Some(event) = emit::scratch::<Event<Identity>>() else {
        return 1;
    };
    // SAFETY: the scratch memory is this CPU's own, and has room for the event.
    let identity = unsafe { &raw mut (*event).body };
    let session = read::pointer(conn, offset!(conn_session));
    let cls_session = read::pointer(session, offset!(session_cls_session));
    let cls_conn = read::pointer(conn, offset!(conn_cls_conn));
    let origin = Origin {
        conn,
        host: read::field(
            read::pointer(session, offset!(session_host)),
            offset!(scsi_host_host_no),
        ),
        sid: read::field(cls_session, offset!(cls_session_sid)),
        cid: read::field(cls_conn, offset!(cls_conn_cid)),
    };
    // SAFETY: every field has the room that is said.
    let (named, transport) = unsafe {
        let target = (&raw mut (*identity).target).cast::<u8>();
        read::text(target, NAME as u32, read::pointer(session, offset!(session_targetname)));
        read::text(
            (&raw mut (*identity).initiator).cast(),
            NAME as u32,
            read::pointer(session, offset!(session_initiatorname)),
        );
        read::text(
            (&raw mut (*identity).iface).cast(),
            64,
            read::pointer(session, offset!(session_ifacename)),
        );
        read::text(
            (&raw mut (*identity).portal).cast(),
            64,
            read::pointer(conn, offset!(conn_persistent_address)),
        );
        let name = (&raw mut (*identity).transport).cast::<u8>();
        name.cast::<[u8; 16]>().write([0; 16]);
        let transport = read::pointer(cls_conn, offset!(cls_conn_transport));
        read::text(name, 16, read::pointer(transport, offset!(transport_name)));
        (*target != 0, name.cast::<[u8; 4]>().read())
    };
    let sock = if transport == transport::TCP { socket::of(conn) } else { 0 };
    // SAFETY: the fields of the scratch memory.
    unsafe {
        let digests = read::field::<u32>(conn, offset!(conn_hdrdgst_en)) & 1
            | (read::field::<u32>(conn, offset!(conn_datadgst_en)) & 1) << 1;
        (*identity).portal_port = read::field(conn, offset!(conn_persistent_port));
        (*identity).digests = digests as u16;
        (*identity).session_state = read::field(session, offset!(session_state));
        (*identity).sock = sock;
        (*identity).cmd_sn = read::field(session, offset!(session_cmdsn));
        (*identity).exp_cmd_sn = read::field(session, offset!(session_exp_cmdsn));
        (*identity).max_cmd_sn = read::field(session, offset!(session_max_cmdsn));
        (*identity).zero = 0;
        addresses(identity, sock);
    }
    // SAFETY: the name was read above.
    let wanted = is_wanted(origin.sid, unsafe { (&raw const (*identity).target).cast() });
    remember(&origin, sock, transport, wanted, named);
    if wanted && enabled(Kind::Identity) {
        // SAFETY: all of the event is written, but for what is behind the texts' ends.
        unsafe {
            emit::output(
                Kind::Identity,
                emit::now(),
                &origin,
                event,
                size_of::<Event<Identity>>() as u32,
            );
        }
    }
    0
}

#[inline(always)]
fn remember(origin: &Origin, sock: u64, transport: [u8; 4], wanted: bool, named: bool) {
    renew();
    if sock != 0
        && let Err(error) = SOCKETS.insert(sock, origin.conn, 0)
    {
        diagnose::socket_refused(error);
    }
    let before = find(origin.conn);
    let fresh = State {
        sock,
        last_received: 0,
        last_sent: 0,
        received: 0,
        sent: 0,
        host: origin.host,
        sid: origin.sid,
        cid: origin.cid,
        transport,
        wanted: wanted as u8,
        // Without its name it is too early: iscsid sets names after the connection is made.
        known: named as u8,
        zero: [0; 6],
        counted_received: 0,
        counted_sent: 0,
    };
    match before {
        // An address is used again by another connection.
        Some(state) if state.sid == origin.sid => {
            state.sock = fresh.sock;
            state.transport = fresh.transport;
            state.wanted = fresh.wanted;
            state.known = fresh.known;
        }
        _ => {
            if let Err(error) = CONNECTIONS.insert(origin.conn, fresh, 0) {
                diagnose::connection_refused(error);
            }
        }
    }
}

/// # Safety
/// `identity` points to an identity.
#[inline(always)]
unsafe fn addresses(identity: *mut Identity, sock: u64) {
    // SAFETY: fields of the identity.
    unsafe {
        let family = read::field::<u16>(sock, offset!(sock_family));
        (*identity).family = family;
        (*identity).local_port = read::field(sock, offset!(sock_num));
        (*identity).remote_port = u16::from_be(read::field(sock, offset!(sock_dport)));
        (*identity).local = [0; 16];
        (*identity).remote = [0; 16];
        let (local, remote) = match family {
            AF_INET => (
                short(read::field(sock, offset!(sock_rcv_saddr))),
                short(read::field(sock, offset!(sock_daddr))),
            ),
            AF_INET6 => (
                read::field(sock, offset!(sock_v6_rcv_saddr)),
                read::field(sock, offset!(sock_v6_daddr)),
            ),
            _ => return,
        };
        (*identity).local = local;
        (*identity).remote = remote;
    }
}

#[inline(always)]
fn short(address: [u8; 4]) -> [u8; 16] {
    let mut bytes = [0; 16];
    let [a, b, c, d] = address;
    bytes[0] = a;
    bytes[1] = b;
    bytes[2] = c;
    bytes[3] = d;
    bytes
}

/// Whether a session passes the filter.
///
/// # Safety of the argument
/// `name` has [`NAME`] bytes.
#[inline(always)]
fn is_wanted(sid: u32, name: *const u8) -> bool {
    let only = config!(sid);
    if only != NONE && only != sid {
        return false;
    }
    let length = config!(target_length) as usize;
    if length == 0 {
        return true;
    }
    for index in 0..NAME {
        // SAFETY: both have that many bytes.
        let (have, want) = unsafe { (*name.add(index), config!(target[index])) };
        if index == length {
            return have == 0;
        }
        if have != want {
            return false;
        }
    }
    true
}
