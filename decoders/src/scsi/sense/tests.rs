use super::*;
use proptest::prelude::*;

/// MEDIUM ERROR, UNRECOVERED READ ERROR at LBA 0x1234 after 0x198 retries; the sample of sg3_utils.
const FIXED: [u8; 18] = [
    0xf0, 0x00, 0x03, 0x00, 0x00, 0x12, 0x34, 0x0a, 0x00, 0x00, 0x00, 0x00, 0x11, 0x00, 0x77, 0x80,
    0x01, 0x98,
];

/// RECOVERED ERROR 03h/02h with a descriptor of every common type.
const DESCRIPTORS: [u8; 56] = [
    0x72, 0x01, 0x03, 0x02, 0x80, 0x00, 0x00, 0x30, // header, SDAT_OVFL
    0x00, 0x0a, 0x80, 0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0xbb, // information
    0x01, 0x0a, 0x00, 0x00, 0x33, 0x44, 0x55, 0x66, 0x77, 0xbb, 0xcc,
    0xff, // command specific
    0x02, 0x06, 0x00, 0x00, 0x80, 0x01, 0x01, 0x00, // sense key specific
    0x03, 0x02, 0x00, 0x45, // field replaceable unit
    0x0a, 0x06, 0x02, 0x01, 0x02, 0x00, 0x32, 0x01, // another progress indication
    0x05, 0x02, 0x00, 0x20, // block commands, ILI
];

#[test]
fn fixed_sense_gives_every_field() {
    let sense = Sense::parse(&FIXED).unwrap();
    assert_eq!((sense.format(), sense.response_code()), (SenseFormat::Fixed, 0x70));
    assert!(!sense.deferred());
    assert_eq!((sense.key(), sense.asc(), sense.ascq()), (Some(3), Some(0x11), Some(0)));
    assert_eq!(sense.code(), Some(0x1100));
    assert_eq!(sense.information(), Some(0x1234));
    assert_eq!(sense.command_specific(), Some(0));
    assert_eq!(sense.field_replaceable_unit(), Some(0x77));
    assert_eq!(sense.sense_key_specific(), Some(SenseKeySpecific::ActualRetryCount(0x198)));
    assert!(!sense.filemark() && !sense.eom() && !sense.ili() && !sense.overflow());
    assert_eq!(sense.descriptors().count(), 0);
}

#[test]
fn descriptor_sense_gives_every_field() {
    let sense = Sense::parse(&DESCRIPTORS).unwrap();
    assert_eq!((sense.format(), sense.key()), (SenseFormat::Descriptor, Some(1)));
    assert_eq!(sense.code(), Some(0x0302));
    assert_eq!(sense.information(), Some(0x1122_3344_5566_77bb));
    assert_eq!(sense.command_specific(), Some(0x3344_5566_77bb_ccff));
    assert_eq!(sense.sense_key_specific(), Some(SenseKeySpecific::ActualRetryCount(257)));
    assert_eq!(sense.field_replaceable_unit(), Some(0x45));
    assert!(sense.ili() && sense.overflow());
    assert!(!sense.filemark() && !sense.eom());
    let kinds: Vec<_> = sense.descriptors().map(|each| (each.kind(), each.bytes().len())).collect();
    assert_eq!(kinds, [(0, 12), (1, 12), (2, 8), (3, 4), (10, 8), (5, 4)]);
    assert!(sense.descriptors().all(|each| each.name().is_some()));
}

#[test]
fn information_without_its_valid_bit_is_absent() {
    let mut fixed = FIXED;
    fixed[0] = 0x70;
    assert_eq!(Sense::parse(&fixed).unwrap().information(), None);
    let mut descriptors = DESCRIPTORS;
    descriptors[10] = 0;
    assert_eq!(Sense::parse(&descriptors).unwrap().information(), None);
}

#[test]
fn illegal_request_points_at_the_field() {
    // INVALID FIELD IN CDB, byte 8 bit 3 of the CDB.
    let sense = [0x70, 0, 5, 0, 0, 0, 0, 10, 0, 0, 0, 0, 0x24, 0, 0, 0xcb, 0, 8];
    let pointer = SenseKeySpecific::FieldPointer { in_cdb: true, bit: Some(3), byte: 8 };
    assert_eq!(Sense::parse(&sense).unwrap().sense_key_specific(), Some(pointer));
    // INVALID FIELD IN PARAMETER LIST, byte 258, no bit named.
    let sense = [0x72, 5, 0x26, 0, 0, 0, 0, 8, 2, 6, 0, 0, 0x80, 1, 2, 0];
    let pointer = SenseKeySpecific::FieldPointer { in_cdb: false, bit: None, byte: 258 };
    assert_eq!(Sense::parse(&sense).unwrap().sense_key_specific(), Some(pointer));
}

#[test]
fn other_sense_keys_have_their_own_specifics() {
    let specific = |key| SenseKeySpecific::decode(key, [0xa9, 0x40, 0x00]);
    assert_eq!(specific(0x2), Some(SenseKeySpecific::Progress(0x4000)));
    assert_eq!(specific(0x6), Some(SenseKeySpecific::UnitAttentionOverflow(true)));
    let segment =
        SenseKeySpecific::SegmentPointer { in_descriptor: true, bit: Some(1), byte: 0x4000 };
    assert_eq!(specific(0xa), Some(segment));
    assert_eq!(specific(0xb), Some(SenseKeySpecific::Other([0xa9, 0x40, 0])));
    assert_eq!(SenseKeySpecific::decode(0x2, [0x29, 0x40, 0]), None);
}

#[test]
fn tape_flags_are_read_in_both_formats() {
    // NO SENSE, FILEMARK DETECTED; EOM and ILI.
    for (flags, expected) in
        [(0x80, (true, false, false)), (0x40, (false, true, false)), (0x20, (false, false, true))]
    {
        let fixed = [0x70, 0, flags, 0, 0, 0, 0, 10, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0];
        let descriptor = [0x72, 0, 0, 1, 0, 0, 0, 4, 4, 2, 0, flags];
        for bytes in [&fixed[..], &descriptor[..]] {
            let sense = Sense::parse(bytes).unwrap();
            assert_eq!((sense.filemark(), sense.eom(), sense.ili()), expected);
        }
    }
}

#[test]
fn deferred_errors_are_told_apart() {
    assert!(Sense::parse(&[0x71, 0, 3]).unwrap().deferred());
    assert!(Sense::parse(&[0x73, 3, 0x0c, 0]).unwrap().deferred());
    assert!(!Sense::parse(&[0x72, 3, 0x0c, 0]).unwrap().deferred());
}

#[test]
fn ata_registers_are_put_together() {
    let sense = [
        0x72, 0x01, 0x00, 0x1d, 0, 0, 0, 14, // ATA PASS-THROUGH INFORMATION AVAILABLE
        0x09, 12, 0x01, 0x04, 0x12, 0x34, 0x03, 0x00, 0x04, 0x01, 0x05, 0x02, 0xe0, 0x51,
    ];
    let sense = Sense::parse(&sense).unwrap();
    let ata = sense.descriptors().find_map(|each| each.ata_status());
    let expected = AtaStatus {
        extend: true,
        error: 0x04,
        count: 0x1234,
        lba: 0x0504_0302_0100,
        device: 0xe0,
        status: 0x51,
    };
    assert_eq!(ata, Some(expected));
}

#[test]
fn ata_upper_registers_are_stale_without_extend() {
    let descriptor =
        [0x09, 12, 0x00, 0, 0x12, 0x34, 0x03, 0x00, 0x04, 0x01, 0x05, 0x02, 0xe0, 0x50];
    let (descriptor, _) = SenseDescriptor::split_first(&descriptor).unwrap();
    let ata = descriptor.ata_status().unwrap();
    assert_eq!((ata.count, ata.lba), (0x34, 0x02_0100));
}

#[test]
fn forwarded_sense_is_sense_again() {
    let sense = [
        0x72, 0x0a, 0x0d, 0x02, 0, 0, 0, 12, // COPY ABORTED, COPY TARGET DEVICE NOT REACHABLE
        0x0c, 0x0a, 0x01, 0x02, 0x72, 0x06, 0x29, 0x00, 0, 0, 0, 0,
    ];
    let sense = Sense::parse(&sense).unwrap();
    let inner = sense.descriptors().find_map(|each| each.forwarded()).unwrap();
    assert_eq!((inner.key(), inner.code()), (Some(6), Some(0x2900)));
}

#[test]
fn direct_access_descriptor_holds_four_in_one() {
    let mut sense = vec![0x72, 0x03, 0x11, 0x00, 0, 0, 0, 32];
    sense.extend([0x0d, 0x1e, 0xa0, 0, 0x80, 0, 5, 0x33]);
    sense.extend(0x1000_u64.to_be_bytes());
    sense.extend(0x2000_u64.to_be_bytes());
    sense.extend([0; 8]);
    let sense = Sense::parse(&sense).unwrap();
    assert_eq!((sense.information(), sense.command_specific()), (Some(0x1000), Some(0x2000)));
    assert_eq!(sense.field_replaceable_unit(), Some(0x33));
    assert_eq!(sense.sense_key_specific(), Some(SenseKeySpecific::ActualRetryCount(5)));
    assert!(sense.ili());
}

#[test]
fn truncated_sense_gives_what_is_there() {
    let sense = Sense::parse(&FIXED[..13]).unwrap();
    assert_eq!(
        (sense.key(), sense.asc(), sense.ascq(), sense.code()),
        (Some(3), Some(0x11), None, None)
    );
    assert_eq!((sense.information(), sense.sense_key_specific()), (Some(0x1234), None));
    let sense = Sense::parse(&DESCRIPTORS[..15]).unwrap();
    assert_eq!((sense.code(), sense.information()), (Some(0x0302), None));
    assert_eq!(sense.descriptors().map(|each| each.bytes().len()).collect::<Vec<_>>(), [7]);
    assert_eq!(Sense::parse(&[0x70]).unwrap().key(), None);
}

#[test]
fn bytes_beyond_the_declared_length_are_not_sense() {
    let mut sense = FIXED;
    sense[7] = 6; // ends before the FRU code
    let sense = Sense::parse(&sense).unwrap();
    assert_eq!((sense.code(), sense.field_replaceable_unit()), (Some(0x1100), None));
    assert_eq!(sense.bytes().len(), 14);
}

#[test]
fn what_is_not_sense_data_is_refused() {
    for bytes in [&[][..], &[0], &[0x7f, 1, 2, 3], &[0x74, 0, 0]] {
        assert_eq!(Sense::parse(bytes), None);
    }
}

#[test]
fn a_response_data_segment_loses_its_length_prefix() {
    let mut segment = vec![0, 18];
    segment.extend(FIXED);
    segment.extend([0xaa, 0xbb]); // response data
    let sense = sense_from_response(&segment).unwrap();
    assert_eq!((sense.code(), sense.bytes()), (Some(0x1100), &FIXED[..]));
    // Cut by the snap length.
    let sense = sense_from_response(&segment[..6]).unwrap();
    assert_eq!((sense.key(), sense.asc()), (Some(3), None));
    // SenseLength 0: response data only.
    assert_eq!(sense_from_response(&[0, 0, 0x70, 0, 5]), None);
    assert_eq!(sense_from_response(&[0]), None);
}

proptest! {
    #[test]
    fn any_bytes_are_taken(
        response_code in 0x6fu8..0x75,
        rest in proptest::collection::vec(any::<u8>(), 0..300),
    ) {
        let bytes: Vec<u8> = std::iter::once(response_code).chain(rest).collect();
        if let Some(sense) = Sense::parse(&bytes) {
            let listed: usize = sense.descriptors().map(|each| each.bytes().len()).sum();
            // Descriptors tile what follows the header, whatever their lengths say.
            if sense.format() == SenseFormat::Descriptor {
                prop_assert_eq!(listed, sense.bytes().len().saturating_sub(8));
            }
            for each in sense.descriptors() {
                let _ = (each.name(), each.ata_status(), each.forwarded());
            }
            prop_assert!(sense.key().is_none_or(|key| key < 16));
            let _ = (sense.information(), sense.command_specific(), sense.sense_key_specific());
        }
    }

    #[test]
    fn any_response_segment_is_taken(segment in proptest::collection::vec(any::<u8>(), 0..64)) {
        if let Some(sense) = sense_from_response(&segment) {
            prop_assert!(sense.bytes().len() <= segment.len() - 2);
        }
    }
}
