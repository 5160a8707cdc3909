//! All TCP traffic of a capture: which of it is iSCSI, and who is the initiator.

use std::net::{IpAddr, SocketAddr};

use rustc_hash::{FxHashMap, FxHashSet};

use super::connection::Connection;
use super::{ConnectionId, Ends, Sink, Stamp};
use crate::net::{TcpFlags, TcpSegment};
use crate::pdu::{Bhs, Direction, Opcode, is_plausible};

/// Ports on which targets listen: iscsi-target and the older system port iscsi (RFC 7143, section 14).
const WELL_KNOWN_PORTS: [u16; 2] = [3260, 860];

/// Connections to other ports whose beginning is remembered; a busy machine opens more between a SYN and its first
/// data only under attack.
const BEGINNINGS_MAX: usize = 4096;

/// Two sockets in a fixed order, packed for hashing: a capture looks one up for every packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct FlowKey {
    low: (u128, u16),
    high: (u128, u16),
}

fn packed(socket: SocketAddr) -> (u128, u16) {
    let address = match socket.ip() {
        IpAddr::V4(v4) => v4.to_ipv6_mapped().to_bits(),
        IpAddr::V6(v6) => v6.to_bits(),
    };
    (address, socket.port())
}

impl FlowKey {
    fn of(segment: &TcpSegment<'_>) -> Self {
        let (a, b) = (packed(segment.src), packed(segment.dst));
        if a <= b { Self { low: a, high: b } } else { Self { low: b, high: a } }
    }
}

/// What was seen besides iSCSI.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// TCP segments taken.
    pub segments: u64,
    /// Segments with a payload that is no iSCSI.
    pub foreign_segments: u64,
    /// Connections to an iSCSI port on which no PDU was found.
    pub foreign_connections: u64,
}

/// Finds iSCSI connections in TCP traffic and decodes them.
///
/// A connection counts as iSCSI when a plausible PDU header is found on it: anywhere in the stream if one end is
/// a target port, else at the start of a segment. Target ports are 3260, 860, those given to
/// [`Self::add_port`], and those named by `TargetAddress` in redirects and SendTargets answers.
#[derive(Debug)]
pub struct Streams {
    ports: FxHashSet<u16>,
    flows: FxHashMap<FlowKey, usize>,
    /// Where connections to other ports began, until they turn out to be iSCSI or are forgotten.
    beginnings: FxHashMap<FlowKey, u32>,
    connections: Vec<Connection>,
    /// The flow of the previous segment: traffic comes in runs.
    last: Option<(FlowKey, usize)>,
    next_id: u32,
    stats: Stats,
}

impl Default for Streams {
    fn default() -> Self {
        Self {
            ports: WELL_KNOWN_PORTS.into_iter().collect(),
            flows: FxHashMap::default(),
            beginnings: FxHashMap::default(),
            connections: Vec::new(),
            last: None,
            next_id: 0,
            stats: Stats::default(),
        }
    }
}

impl Streams {
    /// Treats `port` as a target's.
    pub fn add_port(&mut self, port: u16) {
        self.ports.insert(port);
    }

    /// Gives out the number of a connection that comes without segments: its PDUs are in the capture as such.
    pub fn number_connection(&mut self) -> ConnectionId {
        self.next_id += 1;
        ConnectionId(self.next_id)
    }

    /// Between whom a segment travels and which way, if it is one that [`Self::segment`] would follow.
    pub fn route(&self, segment: &TcpSegment<'_>) -> Option<(Ends, Direction)> {
        let known = self.flows.get(&FlowKey::of(segment)).and_then(|&at| self.connections.get(at));
        let ends = match known {
            Some(connection) => connection.ends(),
            None => self.ends_of(segment)?,
        };
        let to_target = segment.src == ends.initiator;
        Some((ends, if to_target { Direction::ToTarget } else { Direction::ToInitiator }))
    }

    /// Takes one captured segment; `sink` gets what it completes.
    pub fn segment(&mut self, segment: &TcpSegment<'_>, stamp: Stamp, sink: &mut impl Sink) {
        self.stats.segments += 1;
        let key = FlowKey::of(segment);
        let known = match self.last {
            Some((last, index)) if last == key => Some(index),
            _ => self.flows.get(&key).copied(),
        };
        let index = match known {
            Some(index) => index,
            None => match self.ends_of(segment) {
                Some(ends) => self.insert(key, ends, segment),
                None => {
                    self.remember_beginning(key, segment);
                    self.stats.foreign_segments += u64::from(!segment.payload.is_empty());
                    return;
                }
            },
        };
        self.last = Some((key, index));
        let Some(connection) = self.connections.get_mut(index) else { return };
        let ends = connection.ends();
        let direction = if segment.src == ends.initiator {
            Direction::ToTarget
        } else {
            Direction::ToInitiator
        };
        if connection.is_reused_by(direction, segment) {
            connection.end(&mut self.next_id, sink);
            self.stats.foreign_connections += u64::from(!connection.is_iscsi());
            *connection = Connection::new(ends);
        }
        connection.segment(direction, segment, stamp, &mut self.next_id, sink);
        self.ports.extend(connection.learnt_ports.drain(..));
    }

    /// The end of the capture: hands on what is still held back.
    pub fn finish(&mut self, sink: &mut impl Sink) -> Stats {
        for connection in &mut self.connections {
            connection.end(&mut self.next_id, sink);
            self.stats.foreign_connections += u64::from(!connection.is_iscsi());
        }
        self.flows.clear();
        self.connections.clear();
        self.last = None;
        self.stats
    }

    fn insert(&mut self, key: FlowKey, ends: Ends, segment: &TcpSegment<'_>) -> usize {
        let index = self.connections.len();
        let is_first = self.beginnings.remove(&key) == Some(segment.seq);
        let is_login = segment.src == ends.initiator && is_first_login(segment, is_first);
        self.connections.push(if is_login {
            Connection::at_login(ends, segment)
        } else {
            Connection::new(ends)
        });
        self.flows.insert(key, index);
        index
    }

    /// A SYN tells where the first data will be; whether that is a login only the data does.
    fn remember_beginning(&mut self, key: FlowKey, segment: &TcpSegment<'_>) {
        if segment.flags.has(TcpFlags::SYN) && !segment.flags.has(TcpFlags::ACK) {
            if self.beginnings.len() >= BEGINNINGS_MAX {
                self.beginnings.clear();
            }
            self.beginnings.insert(key, segment.seq.wrapping_add(1));
        }
    }

    /// Who is the initiator, if this segment belongs to a connection worth following.
    fn ends_of(&self, segment: &TcpSegment<'_>) -> Option<Ends> {
        let TcpSegment { src, dst, flags, .. } = *segment;
        let from_src = Ends { initiator: src, target: dst };
        let from_dst = Ends { initiator: dst, target: src };
        match (self.ports.contains(&src.port()), self.ports.contains(&dst.port())) {
            (false, true) => Some(from_src),
            (true, false) => Some(from_dst),
            (true, true) if flags.has(TcpFlags::SYN) => {
                Some(if flags.has(TcpFlags::ACK) { from_dst } else { from_src })
            }
            _ => {
                let header = Bhs::parse(segment.payload).filter(is_plausible)?;
                Some(match header.opcode().direction() {
                    Direction::ToTarget => from_src,
                    Direction::ToInitiator => from_dst,
                })
            }
        }
    }
}

/// Whether the segment starts with the Login Request that opens a connection: it is the first after the handshake, or
/// names the initiator, which only that one does (RFC 7143, section 6.3.1). Linux sends its header on its own.
fn is_first_login(segment: &TcpSegment<'_>, is_first: bool) -> bool {
    const NAME: &[u8] = b"InitiatorName=";
    Bhs::parse(segment.payload).is_some_and(|header| {
        header.opcode() == Opcode::LOGIN_REQUEST
            && is_plausible(&header)
            && (is_first || segment.payload.windows(NAME.len()).any(|text| text == NAME))
    })
}
