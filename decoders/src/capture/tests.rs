use super::samples::{
    Order, Seen, Trickle, block, enhanced, interface, pcap_header, pcap_record, read_all, section,
};
use super::{CaptureError, Compression, CompressionFault, Damage, Part, Reader};
use crate::Timestamp;
use flate2::write::GzEncoder;
use std::io::{self, Read, Write};

const ORDERS: [Order; 2] = [Order::Little, Order::Big];
const MICROS: u32 = 0xa1b2_c3d4;

fn seen(number: u64, nanos: i64, link_type: u32, data: &[u8]) -> Seen {
    let wire_len = data.len() as u32 + 2;
    Seen { number, time: Timestamp(nanos), link_type, data: data.to_vec(), wire_len }
}

/// File header and records of a pcap with three packets.
fn pcap_pieces() -> Vec<Vec<u8>> {
    vec![
        pcap_header(Order::Little, MICROS, 1),
        pcap_record(Order::Little, 10, 1, b"first"),
        pcap_record(Order::Little, 11, 2, b"the second"),
        pcap_record(Order::Little, 12, 3, b""),
    ]
}

fn small_pcap() -> Vec<u8> {
    pcap_pieces().concat()
}

/// Blocks of a pcapng with two packets.
fn pcapng_pieces() -> Vec<Vec<u8>> {
    let order = Order::Little;
    vec![
        section(order),
        interface(order, 1, 0, &[]),
        enhanced(order, 0, 10_000_001, b"first"),
        block(order, 5, &[0; 12]),
        enhanced(order, 0, 11_000_002, b"the second"),
    ]
}

fn small_pcapng() -> Vec<u8> {
    pcapng_pieces().concat()
}

/// For each piece, where it ends in the file and how many packets there are up to there.
fn ends(pieces: &[Vec<u8>]) -> Vec<(usize, usize)> {
    (1..=pieces.len())
        .map(|count| pieces[..count].concat())
        .map(|file| (file.len(), read_all(&file[..]).0.len()))
        .collect()
}

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

fn zstd(content: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(content, ruzstd::encoding::CompressionLevel::Fastest)
}

/// Many packets of little entropy, so that compressed blocks of every kind occur.
fn long_pcap() -> Vec<u8> {
    let mut file = pcap_header(Order::Little, MICROS, 1);
    for number in 0..3000_u32 {
        let data: Vec<u8> = (0..number % 90).flat_map(|at| (at * number).to_le_bytes()).collect();
        file.extend(pcap_record(Order::Little, number, 0, &data));
    }
    file
}

/// `part` must be the beginning of `whole`.
fn assert_prefix(part: &[Seen], whole: &[Seen], context: &str) {
    assert_eq!(part, &whole[..part.len()], "{context}");
}

#[test]
fn pcap_is_read_in_both_byte_orders_and_precisions() {
    for order in ORDERS {
        for (magic, nanos) in [(MICROS, 7000), (0xa1b2_3c4d, 7)] {
            let mut file = pcap_header(order, magic, 113);
            file.extend(pcap_record(order, 1_700_000_000, 7, b"abc"));
            let expected = seen(1, 1_700_000_000_000_000_000 + nanos, 113, b"abc");
            let (packets, error) = read_all(&file[..]);
            assert_eq!((packets, error.is_none()), (vec![expected], true), "{order:?} {magic:x}");
        }
    }
}

#[test]
fn the_fcs_bits_of_a_pcap_header_are_not_part_of_the_link_type() {
    let mut file = pcap_header(Order::Little, MICROS, 0x4400_0001);
    file.extend(pcap_record(Order::Little, 1, 0, b"x"));
    assert_eq!(read_all(&file[..]).0[0].link_type, 1);
}

#[test]
fn kuznetzovs_longer_record_headers_are_skipped() {
    let mut file = pcap_header(Order::Little, 0xa1b2_cd34, 1);
    for (seconds, data) in [(1, b"abc"), (2, b"def")] {
        let record = pcap_record(Order::Little, seconds, 0, data);
        file.extend(&record[..16]);
        file.extend([9; 8]);
        file.extend(&record[16..]);
    }
    let expected = vec![seen(1, 1_000_000_000, 1, b"abc"), seen(2, 2_000_000_000, 1, b"def")];
    assert_eq!(read_all(&file[..]).0, expected);
}

#[test]
fn a_length_on_the_wire_below_the_captured_one_is_raised_to_it() {
    let mut file = pcap_header(Order::Little, MICROS, 1);
    let mut record = pcap_record(Order::Little, 1, 0, b"abcdef");
    record[12..16].copy_from_slice(&3_u32.to_le_bytes());
    file.extend(record);
    assert_eq!(read_all(&file[..]).0[0].wire_len, 6);
}

#[test]
fn pcapng_sections_of_both_byte_orders_follow_each_other_with_interfaces_of_their_own() {
    let mut file = Vec::new();
    for (order, link_type) in [(Order::Big, 113), (Order::Little, 1), (Order::Big, 276)] {
        file.extend(section(order));
        file.extend(interface(order, link_type, 0, &[]));
        file.extend(interface(order, 101, 0, &[(9, vec![9]), (14, order.u64(5).to_vec())]));
        file.extend(enhanced(order, 0, 3, b"micro"));
        file.extend(enhanced(order, 1, 3, b"nano with offset"));
    }
    let offset = 5_000_000_003;
    let expected = vec![
        seen(1, 3000, 113, b"micro"),
        seen(2, offset, 101, b"nano with offset"),
        seen(3, 3000, 1, b"micro"),
        seen(4, offset, 101, b"nano with offset"),
        seen(5, 3000, 276, b"micro"),
        seen(6, offset, 101, b"nano with offset"),
    ];
    let (packets, error) = read_all(&file[..]);
    assert!(error.is_none(), "{error:?}");
    assert_eq!(packets, expected);
}

#[test]
fn enhanced_packets_with_options_keep_their_data() {
    let order = Order::Big;
    let mut file = section(order);
    file.extend(interface(order, 1, 0, &[(2, b"eth0".to_vec())]));
    let plain = enhanced(order, 0, 1, b"abcde");
    let mut body = plain[8..plain.len() - 4].to_vec();
    body.extend([0, 2, 0, 4, 0, 0, 0, 1, 0, 0, 0, 0]);
    file.extend(block(order, 6, &body));
    assert_eq!(read_all(&file[..]).0, vec![seen(1, 1000, 1, b"abcde")]);
}

#[test]
fn simple_packets_are_cut_at_the_interfaces_snap_length() {
    for order in ORDERS {
        for (snap_len, data) in [(0, &b"abcdef"[..]), (4, b"abcd"), (9, b"abcdef")] {
            let mut file = section(order);
            file.extend(interface(order, 1, snap_len, &[]));
            file.extend(block(order, 3, &[&order.u32(6), data].concat()));
            let (packets, error) = read_all(&file[..]);
            assert!(error.is_none(), "{error:?}");
            assert_eq!(packets[0].data, data);
            assert_eq!((packets[0].wire_len, packets[0].time), (6, Timestamp(0)));
        }
    }
}

#[test]
fn obsolete_packet_blocks_are_read() {
    for order in ORDERS {
        let mut file = section(order);
        file.extend(interface(order, 1, 0, &[]));
        file.extend(interface(order, 113, 0, &[]));
        let mut body = [order.u16(1), order.u16(0xffff)].concat();
        for word in [0, 4, 3, 5] {
            body.extend(order.u32(word));
        }
        body.extend(b"abc");
        file.extend(block(order, 2, &body));
        assert_eq!(read_all(&file[..]).0, vec![seen(1, 4000, 113, b"abc")]);
    }
}

#[test]
fn frame_numbers_count_journal_custom_and_sysdig_blocks_as_wireshark_does() {
    let order = Order::Little;
    let mut file = section(order);
    file.extend(interface(order, 1, 0, &[]));
    for kind in [9, 0x0bad, 0x4000_0bad, 0x204, 0x216, 0x221] {
        file.extend(block(order, kind, b"\0\0\0\0abcd"));
    }
    for not_counted in [4, 5, 10, 0x7777, 0x8000_0001] {
        file.extend(block(order, not_counted, b"\0\0\0\0abcd"));
    }
    file.extend(enhanced(order, 0, 1, b"abc"));
    assert_eq!(read_all(&file[..]).0[0].number, 7);
}

#[test]
fn a_block_larger_than_the_buffer_is_read() {
    let order = Order::Little;
    let large = vec![0x5a; 3 << 20];
    let mut file = section(order);
    file.extend(interface(order, 1, 0, &[]));
    file.extend(enhanced(order, 0, 1, b"before"));
    file.extend(block(order, 0x7777, &large));
    file.extend(enhanced(order, 0, 2, &large));
    file.extend(enhanced(order, 0, 3, b"after"));
    let (packets, error) = read_all(&file[..]);
    assert!(error.is_none(), "{error:?}");
    assert_eq!(packets.len(), 3);
    assert!(packets[1].data == large && packets[2].data == b"after");
}

#[test]
fn bytes_that_trickle_in_give_the_same_packets() {
    for file in [small_pcap(), small_pcapng(), gzip(&small_pcap()), zstd(&small_pcapng())] {
        let (at_once, _) = read_all(&file[..]);
        let (slowly, error) = read_all(Trickle(&file));
        assert!(error.is_none(), "{error:?}");
        assert_eq!(slowly, at_once);
        assert!(!slowly.is_empty());
    }
}

#[test]
fn a_file_cut_at_any_byte_gives_the_packets_before_and_then_one_error() {
    for pieces in [pcap_pieces(), pcapng_pieces()] {
        let file = pieces.concat();
        let ends = ends(&pieces);
        let (whole, _) = read_all(&file[..]);
        for length in 0..file.len() {
            let (packets, error) = read_all(&file[..length]);
            let before = ends.iter().rev().find(|(end, _)| *end <= length);
            assert_eq!(packets, &whole[..before.map_or(0, |(_, count)| *count)], "cut to {length}");
            match error {
                None => assert_eq!(before.map(|(end, _)| *end), Some(length)),
                Some(CaptureError::Empty) => assert_eq!(length, 0),
                Some(CaptureError::NotACapture { .. }) => assert!((1..4).contains(&length)),
                Some(CaptureError::Truncated { at, .. }) => {
                    assert_eq!(at.packet, packets.len() as u64 + 1);
                    assert_eq!(at.offset, before.map_or(0, |(end, _)| *end as u64));
                }
                Some(other) => panic!("cut to {length}: {other}"),
            }
        }
    }
}

#[test]
fn the_truncation_error_names_packet_byte_and_likely_cause() {
    let file = small_pcap();
    let (_, error) = read_all(&file[..24 + 16 + 5 + 20]);
    assert_eq!(
        error.unwrap().to_string(),
        "the file ends in the middle of packet 2 (byte 45): the capture was cut off, \
         e.g. tcpdump was killed or the disk was full"
    );
    let (_, error) = read_all(&small_pcapng()[..40]);
    let Some(CaptureError::Truncated { part: Part::Block(1), at }) = error else {
        panic!("{error:?}");
    };
    assert_eq!((at.packet, at.offset), (1, 28));
}

#[test]
fn a_nonsensical_record_header_stops_reading_at_that_packet() {
    let mut file = small_pcap();
    file.extend([0xee; 64]);
    let (packets, error) = read_all(&file[..]);
    assert_eq!(packets.len(), 3);
    let text = error.unwrap().to_string();
    assert!(text.contains("damaged at packet 4 (byte 87)"), "{text}");
    assert!(text.contains("4008636142 bytes") && text.contains("262144"), "{text}");
}

#[test]
fn a_record_too_long_is_noticed_without_reading_it() {
    let mut file = small_pcap();
    file.extend(pcap_record(Order::Little, 1, 1, &vec![0; 262_145]));
    let error = read_all(&file[..]).1;
    let limit = 262_144;
    assert!(matches!(
        error,
        Some(CaptureError::Damaged {
            damage: Damage::RecordTooLong { length: 262_145, limit: found }, ..
        }) if found == limit
    ));
}

#[test]
fn zeros_are_not_taken_for_packets() {
    let mut file = small_pcap();
    file.extend([0; 4096]);
    let (packets, error) = read_all(&file[..]);
    assert_eq!(packets.len(), 3);
    assert!(matches!(error, Some(CaptureError::Damaged { damage: Damage::ZeroHeader, .. })));
}

#[test]
fn damaged_pcapng_blocks_are_told_apart() {
    let order = Order::Little;
    let start = [section(order), interface(order, 1, 0, &[])].concat();
    let damage_of = |bytes: &[u8]| match read_all(&[&start, bytes].concat()[..]).1 {
        Some(CaptureError::Damaged { damage, at }) => {
            assert_eq!(at.offset, start.len() as u64);
            damage
        }
        other => panic!("{other:?}"),
    };
    let packet = enhanced(order, 0, 1, b"abcd");
    let altered = |at: usize, value: u32| {
        let mut bytes = packet.clone();
        bytes[at..at + 4].copy_from_slice(&value.to_le_bytes());
        bytes
    };
    let limit = 16 << 20;
    assert_eq!(
        damage_of(&altered(4, 0xffff_fff0)),
        Damage::BlockLength { kind: 6, length: 0xffff_fff0, limit }
    );
    assert_eq!(damage_of(&altered(4, 8)), Damage::BlockLength { kind: 6, length: 8, limit });
    assert_eq!(damage_of(&altered(4, 33)), Damage::BlockLength { kind: 6, length: 33, limit });
    let trailer = packet.len() - 4;
    assert_eq!(
        damage_of(&altered(trailer, 40)),
        Damage::BlockTrailer { kind: 6, first: 36, second: 40 }
    );
    assert_eq!(damage_of(&altered(8, 1)), Damage::Interface { interface: 1, described: 1 });
    assert_eq!(damage_of(&altered(20, 5)), Damage::BlockContent { kind: 6 });
    assert_eq!(damage_of(&altered(20, u32::MAX)), Damage::BlockContent { kind: 6 });
    assert_eq!(damage_of(&block(order, 6, &[0; 16])), Damage::BlockContent { kind: 6 });
    assert_eq!(damage_of(&block(order, 1, &[0; 4])), Damage::BlockContent { kind: 1 });
    let mut bad_order = section(order);
    bad_order[8] = 0;
    assert_eq!(damage_of(&bad_order), Damage::ByteOrder { magic: 0x1a2b_3c00 });
}

#[test]
fn any_damaged_byte_leaves_the_packets_before_it_untouched() {
    for pieces in [pcap_pieces(), pcapng_pieces()] {
        let file = pieces.concat();
        let ends = ends(&pieces);
        let (whole, _) = read_all(&file[..]);
        for at in 0..file.len() {
            let before =
                ends.iter().rev().find(|(end, _)| *end <= at).map_or(0, |(_, count)| *count);
            for value in [0, 0xff, file[at] ^ 1, file[at] ^ 0x80] {
                let mut damaged = file.clone();
                damaged[at] = value;
                let (packets, _) = read_all(&damaged[..]);
                assert_eq!(packets.get(..before), whole.get(..before), "byte {at}");
            }
        }
    }
}

#[test]
fn pcap_of_another_major_version_is_refused() {
    let mut file = small_pcap();
    file[4] = 9;
    let error = read_all(&file[..]).1.unwrap();
    assert!(error.to_string().contains("version 9.4"), "{error}");
}

#[test]
fn an_empty_file_and_other_formats_have_errors_of_their_own() {
    assert!(matches!(read_all(&b""[..]).1, Some(CaptureError::Empty)));
    assert!(matches!(read_all(&gzip(b"")[..]).1, Some(CaptureError::Empty)));
    let text = read_all(&b"BZh91AY&SY"[..]).1.unwrap().to_string();
    assert!(text.starts_with("not a capture: starts with 42 5a 68"), "{text}");
    assert!(text.contains("bzip2 -dc") && text.contains("pcap and pcapng"), "{text}");
    let text = read_all(&gzip(b"PK\x03\x04 some archive")[..]).1.unwrap().to_string();
    assert!(text.contains("the content of the gzip file starts with 50 4b"), "{text}");
}

#[test]
fn gzip_and_zstd_in_several_pieces_give_what_the_plain_file_gives() {
    for plain in [small_pcap(), small_pcapng(), long_pcap()] {
        let (expected, _) = read_all(&plain[..]);
        let (head, tail) = plain.split_at(plain.len() / 2);
        let skippable = [&[0x5a, 0x2a, 0x4d, 0x18, 3, 0, 0, 0][..], b"abc"].concat();
        for file in [
            gzip(&plain),
            [gzip(head), gzip(tail)].concat(),
            [gzip(head), vec![0; 700], gzip(tail), vec![0; 512]].concat(),
            zstd(&plain),
            [zstd(head), skippable.clone(), zstd(tail)].concat(),
            [skippable.clone(), zstd(&plain), skippable].concat(),
        ] {
            let (packets, error) = read_all(&file[..]);
            assert!(error.is_none(), "{error:?}");
            assert!(packets == expected);
        }
    }
}

#[test]
fn gzip_headers_with_every_optional_field_are_skipped() {
    let plain = small_pcap();
    let mut encoder = flate2::GzBuilder::new()
        .filename("a.pcap")
        .comment("recorded at night")
        .extra(vec![1, 2, 3, 0, 5])
        .write(Vec::new(), flate2::Compression::fast());
    encoder.write_all(&plain).unwrap();
    let (packets, error) = read_all(&encoder.finish().unwrap()[..]);
    assert!(error.is_none(), "{error:?}");
    assert_eq!(packets, read_all(&plain[..]).0);
}

#[test]
fn cut_compressed_files_give_all_that_can_be_decompressed() {
    let plain = long_pcap();
    let (whole, _) = read_all(&plain[..]);
    for (file, compression) in
        [(gzip(&plain), Compression::Gzip), (zstd(&plain), Compression::Zstd)]
    {
        let mut most = 0;
        for length in (4..file.len()).step_by(file.len() / 60).chain([file.len() - 1]) {
            let (packets, error) = read_all(&file[..length]);
            assert_prefix(&packets, &whole, &format!("{compression} cut to {length}"));
            let Some(CaptureError::Compressed { fault, compression: found, at, .. }) = error else {
                panic!("{compression} cut to {length}: {error:?}");
            };
            assert_eq!((found, fault), (compression, CompressionFault::Cut));
            assert_eq!(at.packet, packets.len() as u64 + 1);
            most = most.max(packets.len());
        }
        assert_eq!(most, whole.len(), "cut inside the trailer, all packets are there");
    }
    // Half of the compressed bytes hold packets: they must not be lost with the other half.
    let file = gzip(&plain);
    assert!(read_all(&file[..file.len() / 2]).0.len() > whole.len() / 4);
    let file = [zstd(&plain[..plain.len() / 2]), zstd(&plain[plain.len() / 2..])].concat();
    assert!(read_all(&file[..file.len() * 3 / 4]).0.len() > whole.len() / 4);
}

#[test]
fn damaged_compressed_files_never_panic_and_end_in_an_error() {
    let plain = small_pcap();
    for file in [gzip(&plain), zstd(&plain), zstd(&long_pcap())] {
        let step = file.len() / 200 + 1;
        for at in (0..file.len()).step_by(step) {
            for flip in [1, 0x10, 0xff] {
                let mut damaged = file.clone();
                damaged[at] ^= flip;
                read_all(&damaged[..]);
            }
        }
    }
    let mut damaged = gzip(&plain);
    let sum = damaged.len() - 8;
    damaged[sum] ^= 1;
    let (packets, error) = read_all(&damaged[..]);
    assert_eq!(packets.len(), 3, "the checksum comes after the packets");
    assert!(matches!(
        error,
        Some(CaptureError::Compressed { fault: CompressionFault::Checksum, .. })
    ));
    let followed = [gzip(&plain), b"junk".to_vec()].concat();
    let (packets, error) = read_all(&followed[..]);
    assert_eq!(packets.len(), 3);
    assert!(error.unwrap().to_string().contains("followed by bytes that are not gzip"));
}

#[test]
fn an_error_of_the_operating_system_comes_after_the_packets_before_it() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("the cable is out"))
        }
    }
    for file in [small_pcap(), gzip(&small_pcap()), zstd(&small_pcap())] {
        let (packets, error) = read_all(file[..file.len() - 9].chain(Broken));
        assert!(packets.len() <= 2);
        let text = error.unwrap().to_string();
        assert!(text.contains("the cable is out"), "{text}");
    }
    assert!(matches!(read_all(Broken).1, Some(CaptureError::Io { .. })));
}

#[test]
fn bytes_read_counts_the_files_own_bytes() {
    for file in [small_pcap(), gzip(&long_pcap()), zstd(&long_pcap())] {
        let mut reader = Reader::new(&file[..]).unwrap();
        while reader.next_packet().unwrap().is_some() {}
        assert_eq!(reader.bytes_read(), file.len() as u64);
    }
}
