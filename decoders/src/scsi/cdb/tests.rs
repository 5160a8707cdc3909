use super::*;
use proptest::prelude::*;

type Fields = Vec<(&'static str, u64)>;

/// The CDB as iSCSI carries it: padded with zeros to 16 bytes.
fn padded(bytes: &[u8]) -> [u8; 16] {
    let mut cdb = [0; 16];
    cdb[..bytes.len()].copy_from_slice(bytes);
    cdb
}

fn decode(device: DeviceType, bytes: &[u8]) -> (&'static str, Fields) {
    let cdb = Cdb::new(bytes, Some(device));
    (cdb.name().unwrap(), cdb.fields().collect())
}

fn fields_of(device: DeviceType, bytes: &[u8]) -> Fields {
    decode(device, &padded(bytes)).1
}

#[test]
fn spc_inquiry_for_the_device_identification_page() {
    let cdb = padded(&[0x12, 0x01, 0x83, 0x01, 0x00, 0x00]);
    let (name, fields) = decode(DeviceType::Disk, &cdb);
    assert_eq!(name, "INQUIRY");
    let expected = [
        ("cmddt", 0),
        ("evpd", 1),
        ("page_code", 0x83),
        ("allocation_length", 256),
        ("control", 0),
    ];
    assert_eq!(fields, expected);
    let cdb = Cdb::new(&cdb, None);
    assert_eq!((cdb.class(), cdb.transfer_bytes(), cdb.lba()), (OpClass::Query, Some(256), None));
}

#[test]
fn spc_mode_sense_splits_page_control_from_page() {
    let fields = fields_of(DeviceType::Disk, &[0x5a, 0x18, 0x9c, 0x02, 0, 0, 0, 0x10, 0x00, 0x04]);
    let expected = [
        ("llbaa", 1),
        ("dbd", 1),
        ("pc", 2),
        ("page_code", 0x1c),
        ("subpage_code", 2),
        ("allocation_length", 4096),
        ("control", 4),
    ];
    assert_eq!(fields, expected);
}

#[test]
fn spc_persistent_reserve_out_has_scope_and_type() {
    // PREEMPT AND ABORT, logical unit scope, write exclusive registrants only.
    let cdb = padded(&[0x5f, 0x05, 0x05, 0, 0, 0, 0, 0, 0x18, 0]);
    let (name, fields) = decode(DeviceType::Disk, &cdb);
    assert_eq!(name, "PERSISTENT RESERVE OUT, PREEMPT AND ABORT");
    let expected = [
        ("service_action", 5),
        ("scope", 0),
        ("type", 5),
        ("parameter_list_length", 24),
        ("control", 0),
    ];
    assert_eq!(fields, expected);
}

#[test]
fn spc_receive_rod_token_information_has_its_list_identifier() {
    let cdb = [0x84, 0x07, 0xde, 0xad, 0xbe, 0xef, 0, 0, 0, 0, 0, 0, 0x02, 0x0c, 0, 0];
    let (name, fields) = decode(DeviceType::Disk, &cdb);
    assert_eq!(name, "RECEIVE ROD TOKEN INFORMATION");
    let expected = [
        ("service_action", 7),
        ("list_identifier", 0xdead_beef),
        ("allocation_length", 524),
        ("control", 0),
    ];
    assert_eq!(fields, expected);
}

#[test]
fn spc_ata_identify_shows_the_ata_registers() {
    // smartctl's IDENTIFY DEVICE through ATA PASS-THROUGH(16).
    let cdb = [0x85, 0x08, 0x0e, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0xec, 0];
    let cdb = Cdb::new(&cdb, None);
    assert_eq!(cdb.name(), Some("ATA PASS-THROUGH(16)"));
    let wanted = ["protocol", "t_dir", "byt_blok", "t_length", "ata_count", "ata_command"];
    let values: Vec<_> = wanted.iter().map(|name| cdb.field(name).unwrap()).collect();
    assert_eq!(values, [4, 1, 1, 2, 1, 0xec]);
}

#[test]
fn sbc_read_10_has_address_length_and_cache_bits() {
    let cdb = padded(&[0x28, 0x18, 0x00, 0x01, 0xe2, 0x40, 0x00, 0x01, 0x00, 0x00]);
    let (name, fields) = decode(DeviceType::Disk, &cdb);
    assert_eq!(name, "READ(10)");
    let expected = [
        ("rdprotect", 0),
        ("dpo", 1),
        ("fua", 1),
        ("rarc", 0),
        ("fua_nv", 0),
        ("lba", 123_456),
        ("group_number", 0),
        ("blocks", 256),
        ("control", 0),
    ];
    assert_eq!(fields, expected);
    let cdb = Cdb::new(&cdb, Some(DeviceType::Disk));
    assert_eq!((cdb.lba(), cdb.blocks(), cdb.class()), (Some(123_456), Some(256), OpClass::Read));
    assert_eq!((cdb.transfer_bytes(), cdb.command_length()), (None, Some(10)));
}

#[test]
fn sbc_six_byte_transfers_of_zero_blocks_are_256() {
    for opcode in [0x08, 0x0a] {
        // The three bits above the 21 of the address were once the LUN and are not part of it.
        let cdb = padded(&[opcode, 0xff, 0xff, 0xfe, 0x00, 0x00]);
        let cdb = Cdb::new(&cdb, None);
        assert_eq!((cdb.lba(), cdb.blocks()), (Some(0x1f_fffe), Some(256)));
        let cdb = padded(&[opcode, 0, 0, 0, 1]);
        assert_eq!(Cdb::new(&cdb, None).blocks(), Some(1));
    }
    // Ten byte forms mean what they say: nothing is transferred.
    assert_eq!(Cdb::new(&padded(&[0x28]), None).blocks(), Some(0));
}

#[test]
fn sbc_write_16_reaches_64_bits() {
    let cdb = [0x8a, 0x69, 0x01, 2, 3, 4, 5, 6, 7, 8, 0, 1, 0, 0, 0xc5, 0];
    let (name, fields) = decode(DeviceType::Disk, &cdb);
    assert_eq!(name, "WRITE(16)");
    let expected = [
        ("wrprotect", 3),
        ("dpo", 0),
        ("fua", 1),
        ("fua_nv", 0),
        ("dld2", 1),
        ("lba", 0x0102_0304_0506_0708),
        ("blocks", 65536),
        ("dld1", 1),
        ("dld0", 1),
        ("group_number", 5),
        ("control", 0),
    ];
    assert_eq!(fields, expected);
}

#[test]
fn sbc_read_32_continues_behind_the_16_bytes_of_the_header() {
    let mut cdb = vec![0x7f, 0, 0, 0, 0, 0, 3, 24, 0x00, 0x09, 0x38, 0x05];
    cdb.extend(0x1_0000_0002_u64.to_be_bytes());
    cdb.extend([0, 0, 0, 2, 0x12, 0x34, 0xff, 0xff, 0, 0, 0, 8]);
    let (name, fields) = decode(DeviceType::Disk, &cdb);
    assert_eq!(name, "READ(32)");
    let expected = [
        ("service_action", 9),
        ("group_number", 3),
        ("additional_cdb_length", 24),
        ("rdprotect", 1),
        ("dpo", 1),
        ("fua", 1),
        ("rarc", 0),
        ("fua_nv", 0),
        ("dld2", 1),
        ("dld1", 0),
        ("dld0", 1),
        ("lba", 0x1_0000_0002),
        ("expected_initial_logical_block_reference_tag", 2),
        ("expected_logical_block_application_tag", 0x1234),
        ("logical_block_application_tag_mask", 0xffff),
        ("blocks", 8),
        ("control", 0),
    ];
    assert_eq!(fields, expected);
    assert_eq!(Cdb::new(&cdb, None).command_length(), Some(32));
    // Without the additional header segment: still READ(32), without address and length.
    let cut = Cdb::new(&cdb[..16], None);
    assert_eq!((cut.name(), cut.lba(), cut.blocks()), (Some("READ(32)"), None, None));
    assert_eq!(cut.field("group_number"), Some(3));
}

#[test]
fn sbc_unmap_and_write_same_with_unmap_are_discards() {
    let unmap = padded(&[0x42, 0x01, 0, 0, 0, 0, 0x02, 0, 24, 0]);
    let (name, fields) = decode(DeviceType::Disk, &unmap);
    assert_eq!(name, "UNMAP");
    let expected =
        [("anchor", 1), ("group_number", 2), ("parameter_list_length", 24), ("control", 0)];
    assert_eq!(fields, expected);
    assert_eq!(Cdb::new(&unmap, None).class(), OpClass::Unmap);

    let mut same = [0x93, 0x08, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0x10, 0, 0, 0];
    assert_eq!(Cdb::new(&same, None).class(), OpClass::Unmap);
    same[1] = 0;
    assert_eq!(Cdb::new(&same, None).class(), OpClass::Write);
}

#[test]
fn sbc_read_capacity_16_is_a_service_action() {
    let cdb = [0x9e, 0x10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x20, 0, 0];
    let (name, fields) = decode(DeviceType::Disk, &cdb);
    assert_eq!(name, "READ CAPACITY(16)");
    let expected = [
        ("service_action", 0x10),
        ("lba", 0),
        ("allocation_length", 32),
        ("pmi", 0),
        ("control", 0),
    ];
    assert_eq!(fields, expected);
}

#[test]
fn sbc_report_zones_has_its_reporting_options() {
    let cdb = [0x95, 0x00, 0, 0, 0, 0, 0, 8, 0, 0, 0, 0, 0x10, 0, 0x91, 0];
    let (name, fields) = decode(DeviceType::ZonedDisk, &cdb);
    assert_eq!(name, "REPORT ZONES");
    let expected = [
        ("service_action", 0),
        ("zone_start_lba", 0x8_0000),
        ("allocation_length", 4096),
        ("partial", 1),
        ("reporting_options", 0x11),
        ("control", 0),
    ];
    assert_eq!(fields, expected);
}

#[test]
fn ssc_read_6_counts_bytes_or_blocks() {
    let fields = fields_of(DeviceType::Tape, &[0x08, 0x02, 0x01, 0x00, 0x00, 0x00]);
    let expected = [("sili", 1), ("fixed", 0), ("transfer_length", 65536), ("control", 0)];
    assert_eq!(fields, expected);
    let fixed = padded(&[0x08, 0x01, 0x00, 0x00, 0x10, 0x00]);
    let (name, fields) = decode(DeviceType::Tape, &fixed);
    assert_eq!(name, "READ(6)");
    assert_eq!(fields, [("sili", 0), ("fixed", 1), ("blocks", 16), ("control", 0)]);
    let cdb = Cdb::new(&fixed, Some(DeviceType::Tape));
    assert_eq!((cdb.blocks(), cdb.transfer_bytes(), cdb.lba()), (Some(16), None, None));
}

#[test]
fn ssc_space_goes_both_ways() {
    // One filemark back, as `mt bsf`.
    let back = padded(&[0x11, 0x01, 0xff, 0xff, 0xff, 0x00]);
    let cdb = Cdb::new(&back, Some(DeviceType::Tape));
    assert_eq!((cdb.name(), cdb.field("code")), (Some("SPACE(6)"), Some(1)));
    assert_eq!((cdb.space_count(), cdb.field("count")), (Some(-1), Some(0xff_ffff)));
    let forth = [0x91, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0];
    assert_eq!(Cdb::new(&forth, Some(DeviceType::Tape)).space_count(), Some(3));
    assert_eq!(Cdb::new(&forth, Some(DeviceType::Disk)).space_count(), None);
}

#[test]
fn ssc_locate_16_names_partition_and_object() {
    let cdb = [0x92, 0x0a, 0x01, 0x02, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    let (name, fields) = decode(DeviceType::Tape, &cdb);
    assert_eq!(name, "LOCATE(16)");
    let expected = [
        ("dest_type", 1),
        ("cp", 1),
        ("immed", 0),
        ("bam", 1),
        ("partition", 2),
        ("logical_object_identifier", 65536),
        ("control", 0),
    ];
    assert_eq!(fields, expected);
}

#[test]
fn smc_move_medium_names_the_three_elements() {
    // Robot 0, from slot 1000 to drive 500.
    let cdb = padded(&[0xa5, 0, 0, 0, 0x03, 0xe8, 0x01, 0xf4, 0, 0, 0x01, 0]);
    let (name, fields) = decode(DeviceType::Changer, &cdb);
    assert_eq!(name, "MOVE MEDIUM");
    let expected = [
        ("medium_transport_address", 0),
        ("source_address", 1000),
        ("destination_address", 500),
        ("invert", 1),
        ("control", 0),
    ];
    assert_eq!(fields, expected);
    assert_eq!(Cdb::new(&cdb, Some(DeviceType::Changer)).class(), OpClass::Medium);
}

#[test]
fn smc_read_element_status_has_every_field() {
    // As mtx sends it: all volume tags of the storage elements.
    let cdb = padded(&[0xb8, 0x12, 0x03, 0xe8, 0x00, 0x28, 0x01, 0x00, 0x10, 0x00, 0, 0]);
    let expected = [
        ("voltag", 1),
        ("element_type_code", 2),
        ("starting_element_address", 1000),
        ("number_of_elements", 40),
        ("curdata", 0),
        ("dvcid", 1),
        ("allocation_length", 4096),
        ("control", 0),
    ];
    assert_eq!(decode(DeviceType::Changer, &cdb), ("READ ELEMENT STATUS", expected.to_vec()));
}

#[test]
fn mmc_read_toc_has_every_field() {
    let cdb = padded(&[0x43, 0x02, 0x01, 0, 0, 0, 0xaa, 0x03, 0x24, 0]);
    let expected = [
        ("msf", 1),
        ("format", 1),
        ("track_session_number", 0xaa),
        ("allocation_length", 804),
        ("control", 0),
    ];
    assert_eq!(decode(DeviceType::CdDvd, &cdb), ("READ TOC/PMA/ATIP", expected.to_vec()));
}

#[test]
fn mmc_read_cd_has_every_field() {
    // Raw sectors of an audio disc: 27 sectors from 1000 with C2 and Q sub-channel.
    let cdb = padded(&[0xbe, 0x04, 0, 0, 0x03, 0xe8, 0, 0, 0x1b, 0xfa, 0x02, 0]);
    let expected = [
        ("expected_sector_type", 1),
        ("dap", 0),
        ("lba", 1000),
        ("blocks", 27),
        ("sync", 1),
        ("header_codes", 3),
        ("user_data", 1),
        ("edc_ecc", 1),
        ("c2_error_information", 1),
        ("sub_channel_selection", 2),
        ("control", 0),
    ];
    assert_eq!(decode(DeviceType::CdDvd, &cdb), ("READ CD", expected.to_vec()));
}

#[test]
fn osd_read_has_partition_object_and_range() {
    let mut cdb = [0; 236];
    cdb[..12].copy_from_slice(&[0x7f, 0, 0, 0, 0, 0, 0, 228, 0x88, 0x85, 0x08, 0x20]);
    cdb[16..24].copy_from_slice(&0x1_0000_u64.to_be_bytes());
    cdb[24..32].copy_from_slice(&0x1_0001_u64.to_be_bytes());
    cdb[32..40].copy_from_slice(&4096_u64.to_be_bytes());
    cdb[40..48].copy_from_slice(&512_u64.to_be_bytes());
    cdb[52..56].copy_from_slice(&0x90_u32.to_be_bytes());
    cdb[80] = 2;
    let (name, fields) = decode(DeviceType::ObjectStorage, &cdb);
    assert_eq!(name, "READ (OSD-2)");
    let expected = [
        ("service_action", 0x8885),
        ("additional_cdb_length", 228),
        ("dpo", 0),
        ("fua", 1),
        ("isolation", 0),
        ("getset_cdbfmt", 2),
        ("timestamps_control", 0),
        ("partition_id", 0x1_0000),
        ("user_object_id", 0x1_0001),
        ("length", 4096),
        ("starting_byte_address", 512),
        ("get_attributes_page", 0x90),
        ("get_attributes_allocation_length", 0),
        ("retrieved_attributes_offset", 0),
        ("set_attribute_page", 0),
        ("set_attribute_number", 0),
        ("set_attribute_length", 0),
        ("set_attribute_offset", 0),
        ("capability_format", 2),
        ("integrity_check_value_algorithm", 0),
        ("key_version", 0),
        ("security_method", 0),
        ("capability_expiration_time", 0),
        ("control", 0),
    ];
    assert_eq!(fields, expected);
    assert_eq!(Cdb::new(&cdb, None).class(), OpClass::Read);
}

#[test]
fn unknown_opcodes_stay_unknown() {
    for opcode in [0x02, 0x60, 0xc1, 0xff] {
        let cdb = [opcode, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];
        let cdb = Cdb::new(&cdb, None);
        assert_eq!((cdb.name(), cdb.class()), (None, OpClass::Other));
        assert_eq!(cdb.fields().count(), 0);
        assert_eq!(cdb.field("control"), None);
        assert_eq!(cdb.to_string(), format!("opcode 0x{opcode:02x}"));
    }
}

#[test]
fn an_unknown_service_action_is_shown_by_number() {
    let cdb = padded(&[0x9e, 0x1f]);
    let cdb = Cdb::new(&cdb, Some(DeviceType::Disk));
    assert_eq!(cdb.to_string(), "SERVICE ACTION IN(16) service action 0x1f");
    assert_eq!(cdb.service_action(), Some(0x1f));
    let cdb = [0x7f, 0, 0, 0, 0, 0, 0, 24, 0x12, 0x34];
    assert_eq!(Cdb::new(&cdb, None).to_string(), "VARIABLE LENGTH CDB service action 0x1234");
    assert_eq!(Cdb::new(&padded(&[0xa0]), None).to_string(), "REPORT LUNS");
}

#[test]
fn flags_are_not_taken_for_a_service_action() {
    let cdb = padded(&[0x28, 0x10]);
    assert_eq!(Cdb::new(&cdb, None).service_action(), None);
}

#[test]
fn a_short_cdb_has_the_fields_it_reaches() {
    let cdb = Cdb::new(&[0x28, 0, 0, 0, 0, 7], None);
    assert_eq!((cdb.name(), cdb.lba(), cdb.blocks()), (Some("READ(10)"), Some(7), None));
    assert_eq!(Cdb::new(&[0x7f, 0], None).to_string(), "VARIABLE LENGTH CDB");
    assert_eq!(Cdb::new(&[], None).name(), None);
}

fn any_device() -> impl Strategy<Value = Option<DeviceType>> {
    proptest::option::of(any::<u8>().prop_map(DeviceType::from_code))
}

proptest! {
    #[test]
    fn any_bytes_are_taken(
        bytes in proptest::collection::vec(any::<u8>(), 0..260),
        device in any_device(),
    ) {
        let cdb = Cdb::new(&bytes, device);
        let _ = (cdb.to_string(), cdb.class(), cdb.space_count(), cdb.transfer_bytes());
        for (name, value) in cdb.fields() {
            // Names can recur only as alternatives of which one applies, so the first is the value.
            prop_assert_eq!(cdb.field(name), Some(value), "{}", name);
        }
    }
}
