//! TCP segments written down as bytes a fuzzer can change: eight bytes of head, then the payload.
//!
//! | byte | meaning |
//! |---|---|
//! | 0 | bit 0 towards the initiator, bits 1-2 which connection, bits 3-6 SYN FIN RST ACK |
//! | 1 | bytes the snap length cut off behind the payload |
//! | 2-3 | how far the sequence number is from where this direction stands, signed |
//! | 4-5 | the same for the acknowledgement and the other direction |
//! | 6-7 | length of the payload |

use std::net::SocketAddr;

use iscsi_decoders::net::TcpFlags;

use crate::wire::Segment;

/// Sequence numbers start here, to wrap early.
const START: u32 = u32::MAX - 1000;
/// The flags in bits 3 to 6 of the first byte.
const FLAGS: [u8; 4] = [TcpFlags::SYN, TcpFlags::FIN, TcpFlags::RST, TcpFlags::ACK];

/// Connections a script can use: two to the well-known port, one to a port of no meaning, one over IPv6.
const CONNECTIONS: [(&str, &str); 4] = [
    ("10.0.0.1:40000", "10.0.0.2:3260"),
    ("10.0.0.1:40001", "10.0.0.2:3260"),
    ("10.0.0.1:40002", "10.0.0.2:5000"),
    ("[fd00::1]:40000", "[fd00::2]:3260"),
];

fn ends(connection: usize) -> [SocketAddr; 2] {
    let (initiator, target) = CONNECTIONS[connection];
    [initiator, target].map(|address| address.parse().expect("an address of the table"))
}

/// A script's segments, and how many stream bytes they can account for: those carried, those cut off and those their
/// sequence numbers jump over.
pub fn read(mut script: &[u8]) -> (Vec<Segment>, u64) {
    let mut positions = [[START; 2]; CONNECTIONS.len()];
    let mut segments = Vec::new();
    let mut room = 0;
    while let Some((&[bits, missing, s1, s0, a1, a0, l1, l0], rest)) = script.split_first_chunk() {
        let (forward, connection) = (usize::from(bits & 1), usize::from(bits >> 1 & 3));
        let length = usize::from(u16::from_be_bytes([l1, l0])).min(rest.len());
        let (payload, rest) = rest.split_at(length);
        script = rest;
        let set = FLAGS.iter().enumerate().filter(|(bit, _)| bits >> (3 + bit) & 1 == 1);
        let flags = TcpFlags(set.map(|(_, flag)| flag).sum());
        let moved = i16::from_be_bytes([s1, s0]);
        let position = &mut positions[connection];
        let seq = position[forward].wrapping_add_signed(moved.into());
        let ack = position[1 - forward].wrapping_add_signed(i16::from_be_bytes([a1, a0]).into());
        let sent = length as u32 + u32::from(missing) + u32::from(flags.has(TcpFlags::SYN));
        position[forward] = seq.wrapping_add(sent);
        room += u64::from(sent) + u64::from(moved.unsigned_abs());
        let [initiator, target] = ends(connection);
        let (src, dst) = if forward == 0 { (initiator, target) } else { (target, initiator) };
        let (missing, payload) = (missing.into(), payload.to_vec());
        segments.push(Segment { src, dst, seq, ack, flags, missing, payload });
    }
    (segments, room)
}

/// A script that sends what these segments sent, their connections taking turns in the table.
pub fn write(segments: &[Segment]) -> Vec<u8> {
    let mut initiators: Vec<(SocketAddr, SocketAddr)> = Vec::new();
    let mut positions: Vec<[Option<u32>; 2]> = Vec::new();
    let mut script = Vec::new();
    for segment in segments {
        let known = |(a, b): &(SocketAddr, SocketAddr)| {
            [*a, *b] == [segment.src, segment.dst] || [*b, *a] == [segment.src, segment.dst]
        };
        let index = initiators.iter().position(known).unwrap_or_else(|| {
            initiators.push((segment.src, segment.dst));
            positions.push([None; 2]);
            initiators.len() - 1
        });
        let forward = usize::from(initiators[index].0 != segment.src);
        let position = positions[index][forward].get_or_insert(segment.seq);
        let moved = clipped(segment.seq, *position);
        let carried = segment.payload.len().min(u16::MAX.into());
        let syn = u32::from(segment.flags.has(TcpFlags::SYN));
        *position = segment.seq.wrapping_add(carried as u32 + segment.missing + syn);
        let other = positions[index][1 - forward].unwrap_or(segment.ack);
        let set = FLAGS.iter().enumerate().filter(|(_, flag)| segment.flags.has(**flag));
        let flags: u8 = set.map(|(bit, _)| 1 << (3 + bit)).sum();
        let connection = (index % CONNECTIONS.len()) as u8;
        script.extend([forward as u8 | connection << 1 | flags]);
        script.extend([u8::try_from(segment.missing).unwrap_or(u8::MAX)]);
        script.extend(moved.to_be_bytes());
        script.extend(clipped(segment.ack, other).to_be_bytes());
        script.extend((carried as u16).to_be_bytes());
        script.extend(&segment.payload[..carried]);
    }
    script
}

fn clipped(to: u32, from: u32) -> i16 {
    let distance = to.wrapping_sub(from).cast_signed();
    distance.clamp(i16::MIN.into(), i16::MAX.into()) as i16
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{seeds, wire};

    #[test]
    fn a_recorded_conversation_survives_being_written_and_read() {
        let capture = seeds::recorded("captures").into_iter().find(|file| file.len() > 4000);
        let recorded = wire::segments(&capture.expect("a capture of some kilobytes"));
        assert!(recorded.len() > 10);
        let (read, _) = read(&write(&recorded));
        let sent = |segments: &[Segment]| -> Vec<_> {
            segments.iter().map(|s| (s.payload.clone(), s.flags.0 & 0x17, s.missing)).collect()
        };
        assert_eq!(sent(&read), sent(&recorded));
    }

    #[test]
    fn a_script_without_gaps_accounts_for_its_payload_alone() {
        let script =
            [&[0, 0, 0, 0, 0, 0, 0, 3][..], b"abc", &[0, 0, 0, 0, 0, 0, 0, 1], b"d"].concat();
        let (segments, room) = read(&script);
        assert_eq!((segments.len(), room), (2, 4));
        assert_eq!(segments[1].seq, segments[0].seq + 3);
    }
}
