//! What is not iSCSI decodes to nothing, whatever the port.

use proptest::prelude::*;

use super::session::noise;
use super::wire::{Seen, Segment, Wire, decode, ends};
use crate::pdu::Direction;

fn exchanged(handshake: bool, speech: &[(Direction, Vec<u8>)]) -> Vec<Segment> {
    let mut wire = if handshake { Wire::opened(ends()) } else { Wire::joined(ends()) };
    for (direction, bytes) in speech {
        for segment in bytes.chunks(1448) {
            wire.send(*direction, segment.to_vec());
        }
    }
    wire.segments
}

fn assert_nothing(seen: &Seen) {
    assert_eq!(seen.pdus, []);
    assert_eq!(seen.opened, []);
    assert_eq!(seen.closed, []);
    assert_eq!(seen.skipped, [0, 0]);
    assert_eq!(seen.stats.foreign_connections, 1);
}

fn assert_foreign(speech: &[(Direction, Vec<u8>)]) {
    for handshake in [true, false] {
        assert_nothing(&decode(&exchanged(handshake, speech)));
    }
}

#[test]
fn http_is_not_iscsi() {
    let body = |length: usize| "<p>iSCSI uses port 3260.</p>\r\n".repeat(length);
    let mut speech = Vec::new();
    for page in 0..20 {
        let ask =
            format!("GET /{page}.html HTTP/1.1\r\nHost: storage.example\r\nAccept: */*\r\n\r\n");
        let answer =
            format!("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n{}", body(page * 40));
        speech.push((Direction::ToTarget, ask.into_bytes()));
        speech.push((Direction::ToInitiator, answer.into_bytes()));
    }
    assert_foreign(&speech);
}

#[test]
fn tls_is_not_iscsi() {
    let record = |kind: u8, seed: u64, length: usize| {
        let mut bytes = vec![kind, 3, 3];
        bytes.extend((length as u16).to_be_bytes());
        bytes.extend(noise(seed, length));
        bytes
    };
    let mut speech = vec![
        (Direction::ToTarget, record(22, 1, 508)),
        (Direction::ToInitiator, record(22, 2, 4000)),
        (Direction::ToTarget, record(20, 3, 1)),
    ];
    for round in 0..50 {
        speech.push((Direction::ToTarget, record(23, 100 + round, 300)));
        speech.push((Direction::ToInitiator, record(23, 200 + round, 16_384)));
    }
    assert_foreign(&speech);
}

#[test]
fn ssh_banners_and_runs_of_one_byte_are_not_iscsi() {
    assert_foreign(&[
        (Direction::ToInitiator, b"SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n".to_vec()),
        (Direction::ToTarget, b"SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n".to_vec()),
        (Direction::ToInitiator, noise(9, 1200)),
    ]);
    for byte in 0..=255 {
        assert_foreign(&[
            (Direction::ToTarget, vec![byte; 3000]),
            (Direction::ToInitiator, vec![byte; 3000]),
        ]);
    }
}

#[test]
fn sixteen_megabytes_of_noise_are_not_iscsi() {
    let speech: Vec<_> = (0..16)
        .map(|round| (Direction::BOTH[round as usize % 2], noise(1000 + round, 1 << 20)))
        .collect();
    assert_nothing(&decode(&exchanged(false, &speech)));
}

#[test]
fn counters_in_a_sea_of_zeros_are_not_iscsi() {
    // As disks and databases are full of: one byte in ten is not zero.
    for round in 0..16 {
        let mut bytes = noise(2000 + round, 1 << 20);
        for (byte, chance) in bytes.iter_mut().zip(noise(3000 + round, 1 << 20)) {
            *byte *= u8::from(chance < 26);
        }
        let speech = [(Direction::BOTH[round as usize % 2], bytes)];
        assert_nothing(&decode(&exchanged(round % 3 == 0, &speech)));
    }
}

proptest! {
    #[test]
    fn random_bytes_are_not_iscsi(there in prop::collection::vec(any::<u8>(), 0..4000), back in prop::collection::vec(any::<u8>(), 0..4000), handshake: bool) {
        let speech = [(Direction::ToTarget, there), (Direction::ToInitiator, back)];
        let seen = decode(&exchanged(handshake, &speech));
        prop_assert_eq!(seen.pdus, []);
    }
}
