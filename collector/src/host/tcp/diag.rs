//! Asks the kernel for sockets.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::io;

use netlink_packet_core::{
    NLM_F_DUMP, NLM_F_REQUEST, NetlinkHeader, NetlinkMessage, NetlinkPayload,
};
use netlink_packet_sock_diag::SockDiagMessage;
use netlink_packet_sock_diag::constants::{AF_INET, AF_INET6, IPPROTO_TCP};
use netlink_packet_sock_diag::inet::nlas::Nla;
use netlink_packet_sock_diag::inet::{
    ExtensionFlags, InetRequest, InetResponse, SocketId, StateFlags,
};
use netlink_sys::protocols::NETLINK_SOCK_DIAG;
use netlink_sys::{Socket, SocketAddr};

use super::{Ends, Tcp, info};

/// Looks up sockets in the network namespace of this process. One listing per address family and target port serves
/// all connections to it; the kernel filters by port.
///
/// # Errors
/// The kernel does not answer, e.g. because `tcp_diag` is neither built in nor can be loaded.
pub fn look_up(wanted: &[Ends]) -> io::Result<HashMap<Ends, Tcp>> {
    let listings: BTreeSet<(u8, u16)> = wanted
        .iter()
        .map(|ends| (if ends.target.is_ipv4() { AF_INET } else { AF_INET6 }, ends.target_port))
        .collect();
    let wanted: HashSet<Ends> = wanted.iter().copied().collect();
    let mut found = HashMap::new();
    for (family, port) in listings {
        list(family, port, &mut |response| {
            let id = &response.header.socket_id;
            let ends = Ends {
                target: id.destination_address,
                target_port: id.destination_port,
                local_port: id.source_port,
            };
            if wanted.contains(&ends) {
                found.insert(ends, socket(&response));
            }
        })?;
    }
    Ok(found)
}

/// Hands every TCP socket towards this port on.
fn list(family: u8, port: u16, take: &mut dyn FnMut(InetResponse)) -> io::Result<()> {
    let mut socket = Socket::new(NETLINK_SOCK_DIAG)?;
    socket.bind_auto()?;
    socket.connect(&SocketAddr::new(0, 0))?;
    socket.send(&request(family, port), 0)?;
    loop {
        let (datagram, _) = socket.recv_from_full()?;
        let mut rest = datagram.as_slice();
        if rest.is_empty() {
            return Ok(());
        }
        while !rest.is_empty() {
            let message =
                NetlinkMessage::<SockDiagMessage>::deserialize(rest).map_err(io::Error::other)?;
            match message.payload {
                NetlinkPayload::InnerMessage(SockDiagMessage::InetResponse(response)) => {
                    take(*response)
                }
                NetlinkPayload::Done(_) => return Ok(()),
                NetlinkPayload::Error(error) if error.code.is_some() => return Err(error.to_io()),
                _ => {}
            }
            // Messages begin at multiples of four bytes; one of no length would never end.
            let length = usize::try_from(message.header.length).map_err(io::Error::other)?.max(1);
            rest = rest.get(length.next_multiple_of(4)..).unwrap_or_default();
        }
    }
}

fn request(family: u8, port: u16) -> Vec<u8> {
    let any = if family == AF_INET { SocketId::new_v4() } else { SocketId::new_v6() };
    let mut header = NetlinkHeader::default();
    header.flags = NLM_F_REQUEST | NLM_F_DUMP;
    let mut message = NetlinkMessage::new(
        header,
        NetlinkPayload::from(SockDiagMessage::InetRequest(InetRequest {
            family,
            protocol: IPPROTO_TCP,
            extensions: ExtensionFlags::INFO | ExtensionFlags::CONG | ExtensionFlags::SKMEMINFO,
            states: StateFlags::all() - StateFlags::LISTEN - StateFlags::TIME_WAIT,
            socket_id: SocketId { destination_port: port, ..any },
        })),
    );
    message.finalize();
    let mut bytes = vec![0; message.buffer_len()];
    message.serialize(&mut bytes);
    bytes
}

fn socket(response: &InetResponse) -> Tcp {
    let header = &response.header;
    let mut tcp = Tcp {
        state: state(header.state),
        local_address: Some(header.socket_id.source_address),
        receive_queue_bytes: header.recv_queue,
        send_queue_bytes: header.send_queue,
        ..Tcp::default()
    };
    for attribute in &response.nlas {
        match attribute {
            Nla::TcpInfo(bytes) => info::fill(&mut tcp, bytes),
            Nla::Congestion(name) => tcp.congestion = Some(name.clone()),
            Nla::MemInfo(memory) => {
                // The reserve is a signed number in the kernel and may be overdrawn for a moment.
                let reserved = i32::try_from(memory.cache).map_or(0, i32::unsigned_abs);
                let parts = [
                    memory.receive_queue,
                    memory.send_queue,
                    reserved,
                    memory.backlog_queue_length,
                ];
                tcp.memory_bytes = Some(parts.into_iter().map(u64::from).sum());
                tcp.drops = Some(memory.drops);
            }
            _ => {}
        }
    }
    tcp
}

/// Kernel: `include/net/tcp_states.h`, named as `ss` does.
fn state(number: u8) -> &'static str {
    match number {
        1 => "established",
        2 => "syn-sent",
        3 => "syn-recv",
        4 => "fin-wait-1",
        5 => "fin-wait-2",
        6 => "time-wait",
        7 => "close",
        8 => "close-wait",
        9 => "last-ack",
        10 => "listen",
        11 => "closing",
        _ => "unknown",
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::net::{TcpListener, TcpStream};

    use super::*;

    #[test]
    fn a_real_socket_is_found_by_its_ends_with_what_waits_in_it() {
        for address in ["127.0.0.1:0", "[::1]:0"] {
            let listener = TcpListener::bind(address).unwrap();
            let portal = listener.local_addr().unwrap();
            let mut stream = TcpStream::connect(portal).unwrap();
            let (mut peer, _) = listener.accept().unwrap();
            peer.write_all(b"not an iSCSI PDU").unwrap();
            stream.write_all(b"ping").unwrap();
            // On loopback what was written has arrived when write returns, unless the sender was put off.
            stream.peek(&mut [0; 16]).unwrap();
            let ends = Ends {
                target: portal.ip(),
                target_port: portal.port(),
                local_port: stream.local_addr().unwrap().port(),
            };
            let other = Ends { local_port: ends.local_port.wrapping_add(1), ..ends };
            let found = look_up(&[ends, other]).unwrap();
            assert_eq!(found.len(), 1, "{found:?}");
            let tcp = &found[&ends];
            assert_eq!(tcp.state, "established");
            assert_eq!(tcp.receive_queue_bytes, 16, "{tcp:?}");
            assert_eq!(tcp.local_address, Some(stream.local_addr().unwrap().ip()));
            assert!(tcp.rtt_us.is_some() && tcp.congestion_window_segments > Some(0), "{tcp:?}");
            assert!(tcp.memory_bytes > Some(0) && tcp.congestion.is_some(), "{tcp:?}");
        }
    }
}
