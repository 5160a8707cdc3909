use super::fragment::Reassembly;
use super::ip::{self, IpPacket, protocol};
use super::span::Span;
use super::{Skipped, Stats, Transport, ipv6, link, tcp, tunnel, udp};
use crate::capture::Packet;

/// Most IP headers inside each other; real networks have up to three or four.
const DEPTH_LIMIT: usize = 8;

/// Takes packets apart, down to TCP or UDP, through tunnels and fragments.
#[derive(Debug, Default)]
pub struct Dissector {
    reassembly: Reassembly,
    stats: Stats,
}

/// How far a single packet leads.
enum Found<'a> {
    Transport(Transport<'a>),
    /// A part of a datagram, to be put together with the others.
    Part(IpPacket<'a>),
}

impl Dissector {
    /// A dissector that has seen no packet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The innermost TCP segment or UDP datagram of `packet`.
    ///
    /// Borrowed from the packet, or from this dissector when the packet completes a fragmented datagram.
    ///
    /// # Errors
    /// When there is none, with the reason, which is also counted in [`Self::stats`].
    pub fn dissect<'a>(&'a mut self, packet: &Packet<'a>) -> Result<Transport<'a>, Skipped> {
        let Self { reassembly, stats } = self;
        stats.packets += 1;
        let cut = packet.wire_len.saturating_sub(packet.data.len() as u32);
        let frame = Span { bytes: packet.data, cut };
        let found = match descend(link::ip(packet.link_type, frame).and_then(ip::parse)) {
            Ok(Found::Part(part)) => {
                let whole = reassembly.add(&part, packet.time);
                stats.reassembled += u64::from(whole.is_ok());
                descend(whole)
            }
            found => found,
        };
        match found {
            Ok(Found::Transport(transport)) => {
                match transport {
                    Transport::Tcp(_) => stats.tcp += 1,
                    Transport::Udp(_) => stats.udp += 1,
                }
                Ok(transport)
            }
            // Fragments of a tunnelled packet inside a fragmented one are not followed.
            Ok(Found::Part(_)) => {
                stats.count(Skipped::TooDeep);
                Err(Skipped::TooDeep)
            }
            Err(skipped) => {
                stats.count(skipped);
                Err(skipped)
            }
        }
    }

    /// What became of the packets so far.
    pub fn stats(&self) -> Stats {
        Stats { incomplete_datagrams: self.reassembly.incomplete(), ..self.stats }
    }
}

/// Follows a packet through extension headers and tunnels.
#[inline]
fn descend(packet: Result<IpPacket<'_>, Skipped>) -> Result<Found<'_>, Skipped> {
    let mut packet = packet?;
    let mut depth = 1;
    loop {
        if packet.fragment.is_some() {
            return Ok(Found::Part(packet));
        }
        let inside = match packet.protocol {
            protocol::TCP => {
                return tcp::parse(&packet).map(|tcp| Found::Transport(Transport::Tcp(tcp)));
            }
            protocol::UDP => {
                let datagram = udp::parse(&packet)?;
                match tunnel::vxlan(&datagram) {
                    Some(frame) => link::ethernet(frame)?,
                    None => return Ok(Found::Transport(Transport::Udp(datagram))),
                }
            }
            protocol::GRE => tunnel::gre(packet.payload)?,
            protocol::IPV4 | protocol::IPV6 => packet.payload,
            _ => {
                packet = ipv6::extension(packet)?;
                continue;
            }
        };
        depth += 1;
        if depth > DEPTH_LIMIT {
            return Err(Skipped::TooDeep);
        }
        packet = ip::parse(inside)?;
    }
}
