//! iSNS messages out of captured segments and datagrams.

use std::net::SocketAddr;

use rustc_hash::FxHashMap;

use super::{Assembler, Message, PORT, ParseError, parse};
use crate::net::{TcpFlags, TcpSegment, UdpDatagram};
use crate::stream::Stamp;
use crate::stream::reorder::{Chunk, Piece, Reorder};

/// Senders followed at a time; a name server has some hundred clients.
const SENDERS_MAX: usize = 4096;

/// A PDU is at most 64 KiB and an authentication block; more bytes without one are not iSNS.
const PENDING_MAX: usize = 128 << 10;

/// Where a message was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Route {
    /// Sender.
    pub src: SocketAddr,
    /// Receiver.
    pub dst: SocketAddr,
}

/// Follows all iSNS traffic of a capture: whatever has the iSNS port at one end.
#[derive(Debug, Default)]
pub struct Traffic {
    senders: FxHashMap<Route, Sender>,
}

/// One direction of a TCP connection, or one UDP sender.
#[derive(Debug, Default)]
struct Sender {
    reorder: Reorder,
    /// Bytes of a PDU that is not complete.
    pending: Vec<u8>,
    assembler: Assembler,
}

impl Route {
    fn is_isns(&self) -> bool {
        self.src.port() == PORT || self.dst.port() == PORT
    }
}

impl Traffic {
    /// Takes a TCP segment; `out` gets the messages it completes.
    pub fn segment(
        &mut self,
        segment: &TcpSegment<'_>,
        stamp: Stamp,
        out: &mut impl FnMut(&Message<'_>, Route, Stamp),
    ) {
        let route = Route { src: segment.src, dst: segment.dst };
        let Some(sender) = self.sender(route) else { return };
        if segment.flags.has(TcpFlags::SYN) {
            *sender = Sender::default();
            sender.reorder = Reorder::starting_at(segment.seq.wrapping_add(1));
            return;
        }
        let Sender { reorder, pending, assembler } = sender;
        let TcpSegment { seq, payload: bytes, missing, .. } = *segment;
        reorder.push(Chunk { seq, bytes, missing, stamp }, &mut |piece, stamp| match piece {
            Piece::Bytes(bytes) => {
                pending.extend_from_slice(bytes);
                let left = messages(pending, assembler, &mut |message| out(message, route, stamp));
                pending.drain(..pending.len() - left.min(pending.len()));
            }
            // There is no mark to find the next message by: what comes after a gap starts anew.
            Piece::Gap(_) | Piece::Jump => pending.clear(),
        });
    }

    /// Takes a UDP datagram; `out` gets the messages it completes.
    pub fn datagram(
        &mut self,
        datagram: &UdpDatagram<'_>,
        stamp: Stamp,
        out: &mut impl FnMut(&Message<'_>, Route, Stamp),
    ) {
        let route = Route { src: datagram.src, dst: datagram.dst };
        let Some(sender) = self.sender(route) else { return };
        messages(datagram.payload, &mut sender.assembler, &mut |message| {
            out(message, route, stamp);
        });
    }

    fn sender(&mut self, route: Route) -> Option<&mut Sender> {
        let known = self.senders.len() < SENDERS_MAX || self.senders.contains_key(&route);
        (route.is_isns() && known).then(|| self.senders.entry(route).or_default())
    }
}

/// Cuts off what messages `bytes` begins with; answers how many bytes wait for more.
fn messages(
    mut bytes: &[u8],
    assembler: &mut Assembler,
    out: &mut impl FnMut(&Message<'_>),
) -> usize {
    loop {
        match parse(bytes) {
            Ok((pdu, rest)) => {
                // A PDU that belongs to nothing known is lost with its message; the next may be whole.
                if let Ok(Some(message)) = assembler.push(&pdu) {
                    out(&message);
                }
                bytes = rest;
            }
            Err(ParseError::Incomplete { .. }) if bytes.len() < PENDING_MAX => return bytes.len(),
            Err(_) => return 0,
        }
        if bytes.is_empty() {
            return 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::TcpFlags;

    /// A `DevDereg` with one attribute-less payload.
    const MESSAGE: [u8; 12] = [0, 1, 0, 4, 0, 0, 0x8c, 0, 0, 7, 0, 0];

    fn seen(pieces: &[(u32, &[u8])]) -> Vec<u16> {
        let (src, dst) = ("10.0.0.1:40000".parse().unwrap(), "10.0.0.2:3205".parse().unwrap());
        let mut traffic = Traffic::default();
        let mut seen = Vec::new();
        for &(seq, payload) in pieces {
            let flags = TcpFlags(TcpFlags::ACK);
            let segment = TcpSegment {
                src,
                dst,
                seq,
                ack: 0,
                flags,
                window: 0,
                hops: 64,
                payload,
                missing: 0,
            };
            traffic.segment(&segment, Stamp::default(), &mut |message, _, _| {
                seen.push(message.header.transaction_id);
            });
        }
        seen
    }

    #[test]
    fn a_message_over_several_segments_and_several_in_one_both_come_out() {
        let (head, tail) = MESSAGE.split_at(5);
        assert_eq!(seen(&[(1, head), (6, tail)]), [7]);
        assert_eq!(seen(&[(1, &[MESSAGE, MESSAGE].concat())]), [7, 7]);
    }

    #[test]
    fn segments_out_of_order_are_put_in_order() {
        let (head, tail) = MESSAGE.split_at(5);
        assert_eq!(seen(&[(1, &MESSAGE), (18, tail), (13, head)]), [7, 7]);
    }

    #[test]
    fn other_protocols_on_the_port_give_nothing() {
        assert_eq!(seen(&[(1, b"GET / HTTP/1.1\r\n\r\n"), (19, &MESSAGE)]), [7]);
    }
}
