//! Commands of every device type: SPC-6, with the obsolete ones of SPC-2 and SPC-3, and ATA PASS-THROUGH
//! (SAT-4).

use super::OpClass::{Control, Copy, Medium, Other, Query, Reserve};
use super::layout::*;
use super::{CommandDef, action, cmd};

const MODE_SELECT: Group = &[bit("pf", 1, 4), bit("rtd", 1, 1), bit("sp", 1, 0)];
const DBD: Group = &[bit("dbd", 1, 3)];
const LLBAA: Group = &[bit("llbaa", 1, 4)];
/// Page control and page of MODE SENSE, LOG SENSE and LOG SELECT.
const PAGE: Group = &[bits("pc", 2, 7, 2), bits("page_code", 2, 5, 6), byte("subpage_code", 3)];
const PAGE_CODE: Group = &[byte("page_code", 2)];

/// RESERVE and RELEASE (SPC-2 7.21, 7.16).
const RESERVE_6: Group = &[
    bit("third_party", 1, 4),
    bits("third_party_device_id", 1, 3, 3),
    bit("extent", 1, 0),
    byte("reservation_identification", 2),
];
const RESERVE_10: Group = &[
    bit("third_party", 1, 4),
    bit("long_id", 1, 1),
    bit("extent", 1, 0),
    byte("reservation_identification", 2),
    byte("third_party_device_id", 3),
];
const RESERVATION: Group = &[bits("scope", 2, 7, 4), bits("type", 2, 3, 4)];

const BUFFER_MODE: Group = &[bits("mode_specific", 1, 7, 3), bits("mode", 1, 4, 5)];
const BUFFER_3: Group = &[byte("buffer_id", 2), be("buffer_offset", 3, 5)];
const BUFFER_8: Group = &[be("buffer_offset", 2, 9)];
const BUFFER_ID_14: Group = &[byte("buffer_id", 14)];

const LIST_ID_2: Group = &[byte("list_identifier", 2)];
const LIST_ID_2_5: Group = &[be("list_identifier", 2, 5)];
const LIST_ID_6_9: Group = &[be("list_identifier", 6, 9)];
const GROUP_14: Group = &[bits("group_number", 14, 5, 6)];

/// How the ATA command moves data (SAT-4 12.2.2).
const ATA_TRANSFER: Group = &[
    bits("multiple_count", 1, 7, 3),
    bits("protocol", 1, 4, 4),
    bit("extend", 1, 0),
    bits("off_line", 2, 7, 2),
    bit("ck_cond", 2, 5),
    bit("t_type", 2, 4),
    bit("t_dir", 2, 3),
    bit("byt_blok", 2, 2),
    bits("t_length", 2, 1, 2),
];
const ATA_TRANSFER_32: Group = &[
    bits("multiple_count", 10, 7, 3),
    bits("protocol", 10, 4, 4),
    bit("extend", 10, 0),
    bits("off_line", 11, 7, 2),
    bit("ck_cond", 11, 5),
    bit("t_type", 11, 4),
    bit("t_dir", 11, 3),
    bit("byt_blok", 11, 2),
    bits("t_length", 11, 1, 2),
];
const ATA_12: Group = &[
    byte("ata_features", 3),
    byte("ata_count", 4),
    byte("ata_lba_7_0", 5),
    byte("ata_lba_15_8", 6),
    byte("ata_lba_23_16", 7),
    byte("ata_device", 8),
    byte("ata_command", 9),
];
/// The ATA LBA lies scattered over the register pairs of a 48-bit command.
const ATA_16: Group = &[
    be("ata_features", 3, 4),
    be("ata_count", 5, 6),
    byte("ata_lba_31_24", 7),
    byte("ata_lba_7_0", 8),
    byte("ata_lba_39_32", 9),
    byte("ata_lba_15_8", 10),
    byte("ata_lba_47_40", 11),
    byte("ata_lba_23_16", 12),
    byte("ata_device", 13),
    byte("ata_command", 14),
];
const ATA_32: Group = &[
    be("ata_lba", 14, 19),
    be("ata_features", 20, 21),
    be("ata_count", 22, 23),
    byte("ata_device", 24),
    byte("ata_command", 25),
    byte("ata_icc", 27),
    be("ata_auxiliary", 28, 31),
];

/// Medium auxiliary memory (SPC-5 6.17).
const ATTRIBUTE_PLACE: Group =
    &[be("element_address", 2, 3), byte("logical_volume_number", 5), byte("partition_number", 7)];
const ATTRIBUTE_FIRST: Group = &[be("first_attribute_identifier", 8, 9)];
const ATTRIBUTE_CACHE: Group = &[bit("cache", 14, 0)];

const SECURITY_PROTOCOL: Group =
    &[byte("security_protocol", 1), be("security_protocol_specific", 2, 3), bit("inc_512", 4, 7)];
const INFORMATION_TYPE: Group = &[bits("information_type", 10, 7, 7)];
const SUPPORTED_OPCODES: Group = &[
    bit("rctd", 2, 7),
    bits("reporting_options", 2, 2, 3),
    byte("requested_operation_code", 3),
    be("requested_service_action", 4, 5),
];

pub(super) static COMMANDS: &[CommandDef] = &[
    cmd(0x00, "TEST UNIT READY", Query, &[]),
    cmd(0x03, "REQUEST SENSE", Query, &[&[bit("desc", 1, 0)], ALLOCATION_4]),
    cmd(
        0x12,
        "INQUIRY",
        Query,
        &[&[bit("cmddt", 1, 1), bit("evpd", 1, 0)], PAGE_CODE, ALLOCATION_3_4],
    ),
    cmd(0x15, "MODE SELECT(6)", Control, &[MODE_SELECT, PARAMETERS_4]),
    cmd(0x16, "RESERVE(6)", Reserve, &[RESERVE_6, PARAMETERS_3_4]),
    cmd(0x17, "RELEASE(6)", Reserve, &[RESERVE_6]),
    cmd(0x18, "COPY", Copy, &[&[bit("pad", 1, 0), be("parameter_list_length", 2, 4)]]),
    cmd(0x1a, "MODE SENSE(6)", Query, &[DBD, PAGE, ALLOCATION_4]),
    cmd(
        0x1c,
        "RECEIVE DIAGNOSTIC RESULTS",
        Query,
        &[&[bit("pcv", 1, 0)], PAGE_CODE, ALLOCATION_3_4],
    ),
    cmd(
        0x1d,
        "SEND DIAGNOSTIC",
        Control,
        &[
            &[
                bits("self_test_code", 1, 7, 3),
                bit("pf", 1, 4),
                bit("selftest", 1, 2),
                bit("devoffl", 1, 1),
                bit("unitoffl", 1, 0),
            ],
            PARAMETERS_3_4,
        ],
    ),
    cmd(0x1e, "PREVENT ALLOW MEDIUM REMOVAL", Medium, &[&[bits("prevent", 4, 1, 2)]]),
    cmd(0x39, "COMPARE", Other, &[&[bit("pad", 1, 0), be("parameter_list_length", 3, 5)]]),
    cmd(
        0x3a,
        "COPY AND VERIFY",
        Copy,
        &[&[bit("bytchk", 1, 1), bit("pad", 1, 0), be("parameter_list_length", 3, 5)]],
    ),
    cmd(0x3b, "WRITE BUFFER(10)", Control, &[BUFFER_MODE, BUFFER_3, PARAMETERS_6_8]),
    cmd(0x3c, "READ BUFFER(10)", Query, &[BUFFER_MODE, BUFFER_3, ALLOCATION_6_8]),
    cmd(0x40, "CHANGE DEFINITION", Control, &[]),
    cmd(0x4c, "LOG SELECT", Control, &[&[bit("pcr", 1, 1), bit("sp", 1, 0)], PAGE, PARAMETERS_7_8]),
    cmd(
        0x4d,
        "LOG SENSE",
        Query,
        &[
            &[bit("ppc", 1, 1), bit("sp", 1, 0)],
            PAGE,
            &[be("parameter_pointer", 5, 6)],
            ALLOCATION_7_8,
        ],
    ),
    cmd(0x55, "MODE SELECT(10)", Control, &[MODE_SELECT, PARAMETERS_7_8]),
    cmd(0x56, "RESERVE(10)", Reserve, &[RESERVE_10, PARAMETERS_7_8]),
    cmd(0x57, "RELEASE(10)", Reserve, &[RESERVE_10, PARAMETERS_7_8]),
    cmd(0x5a, "MODE SENSE(10)", Query, &[LLBAA, DBD, PAGE, ALLOCATION_7_8]),
    cmd(0x5e, "PERSISTENT RESERVE IN", Reserve, &[SERVICE_ACTION, ALLOCATION_7_8]),
    action(0x5e, 0x00, "PERSISTENT RESERVE IN, READ KEYS", Reserve, &[ALLOCATION_7_8]),
    action(0x5e, 0x01, "PERSISTENT RESERVE IN, READ RESERVATION", Reserve, &[ALLOCATION_7_8]),
    action(0x5e, 0x02, "PERSISTENT RESERVE IN, REPORT CAPABILITIES", Reserve, &[ALLOCATION_7_8]),
    action(0x5e, 0x03, "PERSISTENT RESERVE IN, READ FULL STATUS", Reserve, &[ALLOCATION_7_8]),
    cmd(0x5f, "PERSISTENT RESERVE OUT", Reserve, &[SERVICE_ACTION, RESERVATION, PARAMETERS_5_8]),
    action(0x5f, 0x00, "PERSISTENT RESERVE OUT, REGISTER", Reserve, &[RESERVATION, PARAMETERS_5_8]),
    action(0x5f, 0x01, "PERSISTENT RESERVE OUT, RESERVE", Reserve, &[RESERVATION, PARAMETERS_5_8]),
    action(0x5f, 0x02, "PERSISTENT RESERVE OUT, RELEASE", Reserve, &[RESERVATION, PARAMETERS_5_8]),
    action(0x5f, 0x03, "PERSISTENT RESERVE OUT, CLEAR", Reserve, &[RESERVATION, PARAMETERS_5_8]),
    action(0x5f, 0x04, "PERSISTENT RESERVE OUT, PREEMPT", Reserve, &[RESERVATION, PARAMETERS_5_8]),
    action(
        0x5f,
        0x05,
        "PERSISTENT RESERVE OUT, PREEMPT AND ABORT",
        Reserve,
        &[RESERVATION, PARAMETERS_5_8],
    ),
    action(
        0x5f,
        0x06,
        "PERSISTENT RESERVE OUT, REGISTER AND IGNORE EXISTING KEY",
        Reserve,
        &[RESERVATION, PARAMETERS_5_8],
    ),
    action(
        0x5f,
        0x07,
        "PERSISTENT RESERVE OUT, REGISTER AND MOVE",
        Reserve,
        &[RESERVATION, PARAMETERS_5_8],
    ),
    action(
        0x5f,
        0x08,
        "PERSISTENT RESERVE OUT, REPLACE LOST RESERVATION",
        Reserve,
        &[RESERVATION, PARAMETERS_5_8],
    ),
    cmd(0x7e, "EXTENDED CDB", Other, &[]),
    cmd(
        0x7f,
        "VARIABLE LENGTH CDB",
        Other,
        &[&[byte("additional_cdb_length", 7), be("service_action", 8, 9)]],
    ),
    action(0x7f, 0x1800, "RECEIVE CREDENTIAL", Query, &[&[be("allocation_length", 10, 11)]]),
    action(0x7f, 0x1ff0, "ATA PASS-THROUGH(32)", Other, &[ATA_TRANSFER_32, ATA_32]),
    cmd(0x83, "THIRD-PARTY COPY OUT", Copy, &[SERVICE_ACTION, PARAMETERS_10_13]),
    action(0x83, 0x00, "EXTENDED COPY(LID1)", Copy, &[PARAMETERS_10_13]),
    action(0x83, 0x01, "EXTENDED COPY(LID4)", Copy, &[PARAMETERS_10_13]),
    action(0x83, 0x10, "POPULATE TOKEN", Copy, &[LIST_ID_6_9, PARAMETERS_10_13, GROUP_14]),
    action(0x83, 0x11, "WRITE USING TOKEN", Copy, &[LIST_ID_6_9, PARAMETERS_10_13, GROUP_14]),
    action(0x83, 0x1c, "COPY OPERATION ABORT", Copy, &[LIST_ID_2_5]),
    cmd(0x84, "THIRD-PARTY COPY IN", Query, &[SERVICE_ACTION, ALLOCATION_10_13]),
    action(0x84, 0x00, "RECEIVE COPY STATUS(LID1)", Query, &[LIST_ID_2, ALLOCATION_10_13]),
    action(0x84, 0x01, "RECEIVE COPY DATA(LID1)", Query, &[LIST_ID_2, ALLOCATION_10_13]),
    action(0x84, 0x03, "RECEIVE COPY OPERATING PARAMETERS", Query, &[ALLOCATION_10_13]),
    action(0x84, 0x04, "RECEIVE COPY FAILURE DETAILS(LID1)", Query, &[LIST_ID_2, ALLOCATION_10_13]),
    action(0x84, 0x05, "RECEIVE COPY STATUS(LID4)", Query, &[LIST_ID_2_5, ALLOCATION_10_13]),
    action(0x84, 0x06, "RECEIVE COPY DATA(LID4)", Query, &[LIST_ID_2_5, ALLOCATION_10_13]),
    action(0x84, 0x07, "RECEIVE ROD TOKEN INFORMATION", Query, &[LIST_ID_2_5, ALLOCATION_10_13]),
    action(0x84, 0x08, "REPORT ALL ROD TOKENS", Query, &[ALLOCATION_10_13]),
    cmd(0x85, "ATA PASS-THROUGH(16)", Other, &[ATA_TRANSFER, ATA_16]),
    cmd(0x86, "ACCESS CONTROL IN", Query, &[SERVICE_ACTION]),
    cmd(0x87, "ACCESS CONTROL OUT", Control, &[SERVICE_ACTION]),
    cmd(0x8c, "READ ATTRIBUTE", Query, &[SERVICE_ACTION, ALLOCATION_10_13]),
    action(
        0x8c,
        0x00,
        "READ ATTRIBUTE, ATTRIBUTE VALUES",
        Query,
        &[ATTRIBUTE_PLACE, ATTRIBUTE_FIRST, ALLOCATION_10_13, ATTRIBUTE_CACHE],
    ),
    action(
        0x8c,
        0x01,
        "READ ATTRIBUTE, ATTRIBUTE LIST",
        Query,
        &[ATTRIBUTE_PLACE, ATTRIBUTE_FIRST, ALLOCATION_10_13, ATTRIBUTE_CACHE],
    ),
    action(
        0x8c,
        0x02,
        "READ ATTRIBUTE, LOGICAL VOLUME LIST",
        Query,
        &[ATTRIBUTE_PLACE, ALLOCATION_10_13, ATTRIBUTE_CACHE],
    ),
    action(
        0x8c,
        0x03,
        "READ ATTRIBUTE, PARTITION LIST",
        Query,
        &[ATTRIBUTE_PLACE, ALLOCATION_10_13, ATTRIBUTE_CACHE],
    ),
    action(
        0x8c,
        0x05,
        "READ ATTRIBUTE, SUPPORTED ATTRIBUTES",
        Query,
        &[ATTRIBUTE_PLACE, ATTRIBUTE_FIRST, ALLOCATION_10_13, ATTRIBUTE_CACHE],
    ),
    cmd(
        0x8d,
        "WRITE ATTRIBUTE",
        Control,
        &[&[bit("wtc", 1, 0)], ATTRIBUTE_PLACE, PARAMETERS_10_13],
    ),
    cmd(0x96, "WRITE BUFFER(16)", Control, &[BUFFER_MODE]),
    cmd(0x9b, "READ BUFFER(16)", Query, &[BUFFER_MODE, BUFFER_8, ALLOCATION_10_13, BUFFER_ID_14]),
    cmd(0x9d, "SERVICE ACTION BIDIRECTIONAL", Other, &[SERVICE_ACTION]),
    cmd(0x9e, "SERVICE ACTION IN(16)", Other, &[SERVICE_ACTION]),
    action(0x9e, 0x0f, "RECEIVE BINDING REPORT", Query, &[]),
    cmd(0x9f, "SERVICE ACTION OUT(16)", Other, &[SERVICE_ACTION]),
    action(0x9f, 0x0b, "TEST BIND", Control, &[]),
    action(0x9f, 0x0c, "PREPARE BINDING REPORT", Control, &[]),
    action(0x9f, 0x0d, "SET AFFILIATION", Control, &[]),
    action(0x9f, 0x0e, "BIND", Control, &[]),
    action(0x9f, 0x0f, "UNBIND", Control, &[]),
    cmd(0xa0, "REPORT LUNS", Query, &[&[byte("select_report", 2)], ALLOCATION_6_9]),
    cmd(0xa1, "ATA PASS-THROUGH(12)", Other, &[ATA_TRANSFER, ATA_12]),
    cmd(0xa2, "SECURITY PROTOCOL IN", Query, &[SECURITY_PROTOCOL, ALLOCATION_6_9]),
    cmd(0xa3, "MAINTENANCE IN", Query, &[SERVICE_ACTION, ALLOCATION_6_9]),
    action(
        0xa3,
        0x05,
        "REPORT IDENTIFYING INFORMATION",
        Query,
        &[ALLOCATION_6_9, INFORMATION_TYPE],
    ),
    action(
        0xa3,
        0x0a,
        "REPORT TARGET PORT GROUPS",
        Query,
        &[&[bits("parameter_data_format", 1, 7, 3)], ALLOCATION_6_9],
    ),
    action(0xa3, 0x0b, "REPORT ALIASES", Query, &[ALLOCATION_6_9]),
    action(
        0xa3,
        0x0c,
        "REPORT SUPPORTED OPERATION CODES",
        Query,
        &[SUPPORTED_OPCODES, ALLOCATION_6_9],
    ),
    action(
        0xa3,
        0x0d,
        "REPORT SUPPORTED TASK MANAGEMENT FUNCTIONS",
        Query,
        &[&[bit("repd", 2, 7)], ALLOCATION_6_9],
    ),
    action(
        0xa3,
        0x0e,
        "REPORT PRIORITY",
        Query,
        &[&[bits("priority_reported", 2, 7, 2)], ALLOCATION_6_9],
    ),
    action(0xa3, 0x0f, "REPORT TIMESTAMP", Query, &[ALLOCATION_6_9]),
    action(0xa3, 0x10, "MANAGEMENT PROTOCOL IN", Query, &[ALLOCATION_6_9]),
    cmd(0xa4, "MAINTENANCE OUT", Control, &[SERVICE_ACTION, PARAMETERS_6_9]),
    action(0xa4, 0x06, "SET IDENTIFYING INFORMATION", Control, &[PARAMETERS_6_9, INFORMATION_TYPE]),
    action(0xa4, 0x0a, "SET TARGET PORT GROUPS", Control, &[PARAMETERS_6_9]),
    action(0xa4, 0x0b, "CHANGE ALIASES", Control, &[PARAMETERS_6_9]),
    action(0xa4, 0x0c, "REMOVE I_T NEXUS", Control, &[PARAMETERS_6_9]),
    action(
        0xa4,
        0x0e,
        "SET PRIORITY",
        Control,
        &[&[bits("priority_to_set", 2, 7, 2)], PARAMETERS_6_9],
    ),
    action(0xa4, 0x0f, "SET TIMESTAMP", Control, &[PARAMETERS_6_9]),
    action(0xa4, 0x10, "MANAGEMENT PROTOCOL OUT", Control, &[PARAMETERS_6_9]),
    cmd(0xa9, "SERVICE ACTION OUT(12)", Other, &[SERVICE_ACTION]),
    cmd(0xab, "SERVICE ACTION IN(12)", Other, &[SERVICE_ACTION]),
    action(0xab, 0x01, "READ MEDIA SERIAL NUMBER", Query, &[ALLOCATION_6_9]),
    cmd(
        0xb5,
        "SECURITY PROTOCOL OUT",
        Control,
        &[SECURITY_PROTOCOL, &[be("transfer_length", 6, 9)]],
    ),
];
