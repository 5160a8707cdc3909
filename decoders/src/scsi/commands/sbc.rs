//! Disks: SBC-5 and ZBC-2, with the obsolete commands of SBC, SBC-2 and SBC-3 and those of optical
//! memory devices (SBC clause 7).

use super::OpClass::{
    Control, Flush, Format, Medium, Other, Position, Query, Read, Unmap, Verify, Write, Zone,
};
use super::layout::*;
use super::{CommandDef, action, cmd};

/// Cache and protection bits of READ, in byte 1.
const READ: Group = &[
    bits("rdprotect", 1, 7, 3),
    bit("dpo", 1, 4),
    bit("fua", 1, 3),
    bit("rarc", 1, 2),
    bit("fua_nv", 1, 1),
];
const WRITE: Group = &[bits("wrprotect", 1, 7, 3), bit("dpo", 1, 4), bit("fua", 1, 3)];
const ORWRITE: Group = &[bits("orprotect", 1, 7, 3), bit("dpo", 1, 4), bit("fua", 1, 3)];
/// Obsolete since SBC-4; commands younger than that never had it.
const FUA_NV: Group = &[bit("fua_nv", 1, 1)];
const VERIFY: Group = &[bits("vrprotect", 1, 7, 3), bit("dpo", 1, 4), bits("bytchk", 1, 2, 2)];
const WRITE_AND_VERIFY: Group =
    &[bits("wrprotect", 1, 7, 3), bit("dpo", 1, 4), bits("bytchk", 1, 2, 2)];
const WRITE_SAME: Group = &[
    bits("wrprotect", 1, 7, 3),
    bit("anchor", 1, 4),
    bit("unmap", 1, 3),
    bit("pbdata", 1, 2),
    bit("lbdata", 1, 1),
];
const NDOB: Group = &[bit("ndob", 1, 0)];
const DISABLE_WRITE: Group = &[bit("disable_write", 1, 2)];
const DPO_FUA: Group = &[bit("dpo", 1, 4), bit("fua", 1, 3)];
const XORPINFO: Group = &[bit("xorpinfo", 1, 0)];

/// Duration limits (SBC-4 5.17): the three bits of the descriptor's number lie apart.
const DLD_2: Group = &[bit("dld2", 1, 0)];
const DLD_1_0: Group = &[bit("dld1", 14, 7), bit("dld0", 14, 6)];

const GROUP_6: Group = &[bits("group_number", 6, 5, 6)];
const GROUP_10: Group = &[bits("group_number", 10, 5, 6)];
const GROUP_14: Group = &[bits("group_number", 14, 5, 6)];

/// The six byte forms: 21 bits of address; 0 blocks are 256 (SBC-3 5.7).
const LBA_6: Group = &[bits("lba", 1, 4, 21)];
const BLOCKS_6: Group = &[byte("blocks", 4).zero_means(256)];

const SYNC_NV: Group = &[bit("sync_nv", 1, 2)];
const LOCK: Group = &[bit("lock", 1, 1)];
const DEFECTS_2: Group =
    &[bit("req_plist", 2, 4), bit("req_glist", 2, 3), bits("defect_list_format", 2, 2, 3)];
const DEFECTS_1: Group = &[
    bit("req_plist", 1, 4),
    bit("req_glist", 1, 3),
    bits("defect_list_format", 1, 2, 3),
    be("address_descriptor_index", 2, 5),
];
const WRITE_LONG: Group = &[bit("cor_dis", 1, 7), bit("wr_uncor", 1, 6), bit("pblock", 1, 5)];
const SANITIZE: Group = &[bit("immed", 1, 7), bit("znr", 1, 6), bit("ause", 1, 5)];
const STREAM_10_11: Group = &[be("stream_identifier", 10, 11)];

/// ZBC OUT on one zone or a run of zones (ZBC-2 5).
const ZONES_OUT: Group = &[be("zone_id", 2, 9), be("zone_count", 12, 13), bit("all", 14, 0)];
/// ZONE ACTIVATE and ZONE QUERY (ZBC-2 5.9, 5.10).
const ZONE_DOMAIN: Group = &[
    bit("all", 1, 7),
    be("zone_id", 2, 9),
    be("number_of_zones", 10, 11),
    be("allocation_length", 12, 13),
    byte("other_zone_domain_id", 14),
];
const ZONE_REPORTING: Group = &[bits("reporting_options", 14, 5, 6)];

const ELEMENT_10_13: Group = &[be("element_identifier", 10, 13)];
const REQUESTED_CAPACITY: Group = &[be("requested_capacity", 2, 9)];

/// The 32-byte forms (SBC-4 5): group number, then flags in bytes 10 and 11, address, tags, length.
const GROUP_32: Group = &[bits("group_number", 6, 5, 6), byte("additional_cdb_length", 7)];
const READ_32: Group = &[
    bits("rdprotect", 10, 7, 3),
    bit("dpo", 10, 4),
    bit("fua", 10, 3),
    bit("rarc", 10, 2),
    bit("fua_nv", 10, 1),
];
const WRITE_32: Group = &[bits("wrprotect", 10, 7, 3), bit("dpo", 10, 4), bit("fua", 10, 3)];
const FUA_NV_32: Group = &[bit("fua_nv", 10, 1)];
const VERIFY_32: Group =
    &[bits("vrprotect", 10, 7, 3), bit("dpo", 10, 4), bits("bytchk", 10, 2, 2)];
const WRITE_AND_VERIFY_32: Group =
    &[bits("wrprotect", 10, 7, 3), bit("dpo", 10, 4), bits("bytchk", 10, 2, 2)];
const WRITE_SAME_32: Group = &[
    bits("wrprotect", 10, 7, 3),
    bit("anchor", 10, 4),
    bit("unmap", 10, 3),
    bit("pbdata", 10, 2),
    bit("lbdata", 10, 1),
    bit("ndob", 10, 0),
];
const DPO_FUA_32: Group = &[bit("dpo", 10, 4), bit("fua", 10, 3)];
const DISABLE_WRITE_32: Group = &[bit("disable_write", 10, 2)];
const XORPINFO_32: Group = &[bit("xorpinfo", 10, 0)];
const DLD_32: Group = &[bit("dld2", 11, 2), bit("dld1", 11, 1), bit("dld0", 11, 0)];
const LBA_32: Group = &[be("lba", 12, 19)];
const TAGS_32: Group = &[
    be("expected_initial_logical_block_reference_tag", 20, 23),
    be("expected_logical_block_application_tag", 24, 25),
    be("logical_block_application_tag_mask", 26, 27),
];
const BLOCKS_32: Group = &[be("blocks", 28, 31)];

pub(super) static COMMANDS: &[CommandDef] = &[
    cmd(0x01, "REZERO UNIT", Position, &[]),
    cmd(
        0x04,
        "FORMAT UNIT",
        Format,
        &[&[
            bits("fmtpinfo", 1, 7, 2),
            bit("longlist", 1, 5),
            bit("fmtdata", 1, 4),
            bit("cmplst", 1, 3),
            bits("defect_list_format", 1, 2, 3),
            bits("ffmt", 4, 1, 2),
        ]],
    ),
    cmd(0x07, "REASSIGN BLOCKS", Control, &[&[bit("longlba", 1, 1), bit("longlist", 1, 0)]]),
    cmd(0x08, "READ(6)", Read, &[LBA_6, BLOCKS_6]),
    cmd(0x0a, "WRITE(6)", Write, &[LBA_6, BLOCKS_6]),
    cmd(0x0b, "SEEK(6)", Position, &[LBA_6]),
    cmd(
        0x1b,
        "START STOP UNIT",
        Medium,
        &[
            IMMED_0,
            &[
                bits("power_condition_modifier", 3, 3, 4),
                bits("power_condition", 4, 7, 4),
                bit("no_flush", 4, 2),
                bit("loej", 4, 1),
                bit("start", 4, 0),
            ],
        ],
    ),
    cmd(0x25, "READ CAPACITY(10)", Query, &[LBA_2_5, &[bit("pmi", 8, 0)]]),
    cmd(0x28, "READ(10)", Read, &[READ, LBA_2_5, GROUP_6, BLOCKS_7_8]),
    cmd(0x29, "READ GENERATION", Query, &[LBA_2_5, &[byte("allocation_length", 8)]]),
    cmd(0x2a, "WRITE(10)", Write, &[WRITE, FUA_NV, LBA_2_5, GROUP_6, BLOCKS_7_8]),
    cmd(0x2b, "SEEK(10)", Position, &[LBA_2_5]),
    cmd(0x2c, "ERASE(10)", Format, &[&[bit("era", 1, 2)], LBA_2_5, BLOCKS_7_8]),
    cmd(0x2d, "READ UPDATED BLOCK(10)", Read, &[DPO_FUA, LBA_2_5]),
    cmd(0x2e, "WRITE AND VERIFY(10)", Write, &[WRITE_AND_VERIFY, LBA_2_5, GROUP_6, BLOCKS_7_8]),
    cmd(0x2f, "VERIFY(10)", Verify, &[VERIFY, LBA_2_5, GROUP_6, BLOCKS_7_8]),
    cmd(0x30, "SEARCH DATA HIGH(10)", Other, &[LBA_2_5, BLOCKS_7_8]),
    cmd(0x31, "SEARCH DATA EQUAL(10)", Other, &[LBA_2_5, BLOCKS_7_8]),
    cmd(0x32, "SEARCH DATA LOW(10)", Other, &[LBA_2_5, BLOCKS_7_8]),
    cmd(
        0x33,
        "SET LIMITS(10)",
        Control,
        &[&[bit("rdinh", 1, 1), bit("wrinh", 1, 0)], LBA_2_5, BLOCKS_7_8],
    ),
    cmd(0x34, "PRE-FETCH(10)", Read, &[IMMED_1, LBA_2_5, GROUP_6, BLOCKS_7_8]),
    cmd(0x35, "SYNCHRONIZE CACHE(10)", Flush, &[SYNC_NV, IMMED_1, LBA_2_5, GROUP_6, BLOCKS_7_8]),
    cmd(0x36, "LOCK UNLOCK CACHE(10)", Control, &[LOCK, LBA_2_5, BLOCKS_7_8]),
    cmd(0x37, "READ DEFECT DATA(10)", Query, &[DEFECTS_2, ALLOCATION_7_8]),
    cmd(
        0x38,
        "FORMAT WITH PRESET",
        Format,
        &[&[bit("immed", 1, 7), bit("fmtmaxlba", 1, 6), be("preset_identifier", 2, 5)]],
    ),
    cmd(0x3d, "UPDATE BLOCK", Write, &[LBA_2_5]),
    cmd(
        0x3e,
        "READ LONG(10)",
        Read,
        &[
            &[bit("pblock", 1, 2), bit("correct", 1, 1)],
            LBA_2_5,
            &[be("byte_transfer_length", 7, 8)],
        ],
    ),
    cmd(0x3f, "WRITE LONG(10)", Write, &[WRITE_LONG, LBA_2_5, &[be("byte_transfer_length", 7, 8)]]),
    cmd(0x41, "WRITE SAME(10)", Write, &[WRITE_SAME, LBA_2_5, GROUP_6, BLOCKS_7_8]),
    cmd(0x42, "UNMAP", Unmap, &[&[bit("anchor", 1, 0)], GROUP_6, PARAMETERS_7_8]),
    cmd(0x48, "SANITIZE", Format, &[SANITIZE, SERVICE_ACTION, PARAMETERS_7_8]),
    action(0x48, 0x01, "SANITIZE, OVERWRITE", Format, &[SANITIZE, PARAMETERS_7_8]),
    action(0x48, 0x02, "SANITIZE, BLOCK ERASE", Format, &[SANITIZE, PARAMETERS_7_8]),
    action(0x48, 0x03, "SANITIZE, CRYPTOGRAPHIC ERASE", Format, &[SANITIZE, PARAMETERS_7_8]),
    action(0x48, 0x1f, "SANITIZE, EXIT FAILURE MODE", Format, &[SANITIZE, PARAMETERS_7_8]),
    cmd(0x50, "XDWRITE(10)", Write, &[WRITE, DISABLE_WRITE, FUA_NV, LBA_2_5, GROUP_6, BLOCKS_7_8]),
    cmd(0x51, "XPWRITE(10)", Write, &[DPO_FUA, FUA_NV, XORPINFO, LBA_2_5, GROUP_6, BLOCKS_7_8]),
    cmd(0x52, "XDREAD(10)", Read, &[XORPINFO, LBA_2_5, GROUP_6, BLOCKS_7_8]),
    cmd(
        0x53,
        "XDWRITEREAD(10)",
        Write,
        &[WRITE, DISABLE_WRITE, FUA_NV, XORPINFO, LBA_2_5, GROUP_6, BLOCKS_7_8],
    ),
    action(0x7f, 0x0001, "REBUILD(32)", Write, &[GROUP_32, LBA_32, BLOCKS_32]),
    action(0x7f, 0x0002, "REGENERATE(32)", Write, &[GROUP_32, LBA_32, BLOCKS_32]),
    action(0x7f, 0x0003, "XDREAD(32)", Read, &[GROUP_32, XORPINFO_32, LBA_32, BLOCKS_32]),
    action(
        0x7f,
        0x0004,
        "XDWRITE(32)",
        Write,
        &[GROUP_32, WRITE_32, DISABLE_WRITE_32, FUA_NV_32, LBA_32, BLOCKS_32],
    ),
    action(0x7f, 0x0005, "XDWRITE EXTENDED(32)", Write, &[GROUP_32, LBA_32, BLOCKS_32]),
    action(
        0x7f,
        0x0006,
        "XPWRITE(32)",
        Write,
        &[GROUP_32, DPO_FUA_32, FUA_NV_32, XORPINFO_32, LBA_32, BLOCKS_32],
    ),
    action(
        0x7f,
        0x0007,
        "XDWRITEREAD(32)",
        Write,
        &[GROUP_32, WRITE_32, DISABLE_WRITE_32, FUA_NV_32, XORPINFO_32, LBA_32, BLOCKS_32],
    ),
    action(0x7f, 0x0008, "XDWRITE EXTENDED(64)", Write, &[GROUP_32]),
    action(
        0x7f,
        0x0009,
        "READ(32)",
        Read,
        &[GROUP_32, READ_32, DLD_32, LBA_32, TAGS_32, BLOCKS_32],
    ),
    action(0x7f, 0x000a, "VERIFY(32)", Verify, &[GROUP_32, VERIFY_32, LBA_32, TAGS_32, BLOCKS_32]),
    action(
        0x7f,
        0x000b,
        "WRITE(32)",
        Write,
        &[GROUP_32, WRITE_32, FUA_NV_32, DLD_32, LBA_32, TAGS_32, BLOCKS_32],
    ),
    action(
        0x7f,
        0x000c,
        "WRITE AND VERIFY(32)",
        Write,
        &[GROUP_32, WRITE_AND_VERIFY_32, LBA_32, TAGS_32, BLOCKS_32],
    ),
    action(
        0x7f,
        0x000d,
        "WRITE SAME(32)",
        Write,
        &[GROUP_32, WRITE_SAME_32, LBA_32, TAGS_32, BLOCKS_32],
    ),
    action(
        0x7f,
        0x000e,
        "ORWRITE(32)",
        Write,
        &[
            &[bits("bmop", 2, 2, 3), bits("previous_generation_processing", 3, 3, 4)],
            GROUP_32,
            &[bits("orprotect", 10, 7, 3), bit("dpo", 10, 4), bit("fua", 10, 3)],
            LBA_32,
            &[be("expected_orwgeneration", 20, 23), be("new_orwgeneration", 24, 27)],
            BLOCKS_32,
        ],
    ),
    action(
        0x7f,
        0x000f,
        "WRITE ATOMIC(32)",
        Write,
        &[&[be("atomic_boundary", 4, 5)], GROUP_32, WRITE_32, LBA_32, TAGS_32, BLOCKS_32],
    ),
    action(
        0x7f,
        0x0010,
        "WRITE STREAM(32)",
        Write,
        &[&[be("stream_identifier", 4, 5)], GROUP_32, WRITE_32, LBA_32, TAGS_32, BLOCKS_32],
    ),
    action(
        0x7f,
        0x0011,
        "WRITE SCATTERED(32)",
        Write,
        &[
            GROUP_32,
            WRITE_32,
            DLD_32,
            &[
                be("logical_block_data_offset", 12, 13),
                be("number_of_lba_range_descriptors", 16, 17),
            ],
            BLOCKS_32,
        ],
    ),
    action(
        0x7f,
        0x0012,
        "GET LBA STATUS(32)",
        Query,
        &[
            &[byte("additional_cdb_length", 7), byte("report_type", 10)],
            LBA_32,
            &[
                be("scan_length", 20, 23),
                be("element_identifier", 24, 27),
                be("allocation_length", 28, 31),
            ],
        ],
    ),
    cmd(
        0x80,
        "XDWRITE EXTENDED(16)",
        Write,
        &[LBA_2_5, &[be("secondary_lba", 6, 9)], BLOCKS_10_13, &[byte("secondary_address", 14)]],
    ),
    cmd(0x81, "REBUILD(16)", Write, &[LBA_2_5, BLOCKS_6_9, PARAMETERS_10_13]),
    cmd(0x82, "REGENERATE(16)", Write, &[LBA_2_5, BLOCKS_6_9, PARAMETERS_10_13]),
    cmd(0x88, "READ(16)", Read, &[READ, DLD_2, LBA_2_9, BLOCKS_10_13, DLD_1_0, GROUP_14]),
    cmd(
        0x89,
        "COMPARE AND WRITE",
        Write,
        &[WRITE, FUA_NV, LBA_2_9, &[byte("blocks", 13)], GROUP_14],
    ),
    cmd(
        0x8a,
        "WRITE(16)",
        Write,
        &[WRITE, FUA_NV, DLD_2, LBA_2_9, BLOCKS_10_13, DLD_1_0, GROUP_14],
    ),
    cmd(0x8b, "ORWRITE(16)", Write, &[ORWRITE, FUA_NV, LBA_2_9, BLOCKS_10_13, GROUP_14]),
    cmd(0x8e, "WRITE AND VERIFY(16)", Write, &[WRITE_AND_VERIFY, LBA_2_9, BLOCKS_10_13, GROUP_14]),
    cmd(0x8f, "VERIFY(16)", Verify, &[VERIFY, LBA_2_9, BLOCKS_10_13, GROUP_14]),
    cmd(0x90, "PRE-FETCH(16)", Read, &[IMMED_1, LBA_2_9, BLOCKS_10_13, GROUP_14]),
    cmd(0x91, "SYNCHRONIZE CACHE(16)", Flush, &[SYNC_NV, IMMED_1, LBA_2_9, BLOCKS_10_13, GROUP_14]),
    cmd(0x92, "LOCK UNLOCK CACHE(16)", Control, &[LOCK, LBA_2_9, BLOCKS_10_13]),
    cmd(0x93, "WRITE SAME(16)", Write, &[WRITE_SAME, NDOB, LBA_2_9, BLOCKS_10_13, GROUP_14]),
    cmd(0x94, "ZBC OUT", Zone, &[SERVICE_ACTION]),
    action(0x94, 0x01, "CLOSE ZONE", Zone, &[ZONES_OUT]),
    action(0x94, 0x02, "FINISH ZONE", Zone, &[ZONES_OUT]),
    action(0x94, 0x03, "OPEN ZONE", Zone, &[ZONES_OUT]),
    action(0x94, 0x04, "RESET WRITE POINTER", Zone, &[ZONES_OUT]),
    action(0x94, 0x0a, "RESET ALL WRITE POINTERS PREPARE", Zone, &[]),
    action(0x94, 0x10, "SEQUENTIALIZE ZONE", Zone, &[ZONES_OUT]),
    cmd(0x95, "ZBC IN", Zone, &[SERVICE_ACTION]),
    action(
        0x95,
        0x00,
        "REPORT ZONES",
        Zone,
        &[
            &[be("zone_start_lba", 2, 9)],
            ALLOCATION_10_13,
            &[bit("partial", 14, 7)],
            ZONE_REPORTING,
        ],
    ),
    action(
        0x95,
        0x06,
        "REPORT REALMS",
        Zone,
        &[&[be("realm_locator", 2, 9)], ALLOCATION_10_13, ZONE_REPORTING],
    ),
    action(
        0x95,
        0x07,
        "REPORT ZONE DOMAINS",
        Zone,
        &[&[be("zone_domain_locator", 2, 9)], ALLOCATION_10_13, ZONE_REPORTING],
    ),
    action(0x95, 0x08, "ZONE ACTIVATE(16)", Zone, &[ZONE_DOMAIN]),
    action(0x95, 0x09, "ZONE QUERY(16)", Zone, &[ZONE_DOMAIN]),
    cmd(0x9a, "WRITE STREAM(16)", Write, &[WRITE, LBA_2_9, STREAM_10_11, BLOCKS_12_13, GROUP_14]),
    cmd(
        0x9c,
        "WRITE ATOMIC(16)",
        Write,
        &[WRITE, LBA_2_9, &[be("atomic_boundary", 10, 11)], BLOCKS_12_13, GROUP_14],
    ),
    action(
        0x9e,
        0x10,
        "READ CAPACITY(16)",
        Query,
        &[LBA_2_9, ALLOCATION_10_13, &[bit("pmi", 14, 0)]],
    ),
    action(
        0x9e,
        0x11,
        "READ LONG(16)",
        Read,
        &[
            LBA_2_9,
            &[be("byte_transfer_length", 12, 13), bit("pblock", 14, 1), bit("correct", 14, 0)],
        ],
    ),
    action(
        0x9e,
        0x12,
        "GET LBA STATUS(16)",
        Query,
        &[LBA_2_9, ALLOCATION_10_13, &[byte("report_type", 14)]],
    ),
    action(
        0x9e,
        0x13,
        "REPORT REFERRALS",
        Query,
        &[LBA_2_9, ALLOCATION_10_13, &[bit("one_seg", 14, 0)]],
    ),
    action(
        0x9e,
        0x14,
        "STREAM CONTROL",
        Control,
        &[&[bits("str_ctl", 1, 6, 2), be("stream_identifier", 4, 5)], ALLOCATION_10_13],
    ),
    action(
        0x9e,
        0x15,
        "BACKGROUND CONTROL",
        Control,
        &[&[bits("bo_ctl", 2, 7, 2), byte("bo_time", 3)]],
    ),
    action(
        0x9e,
        0x16,
        "GET STREAM STATUS",
        Query,
        &[&[be("starting_stream_identifier", 4, 5)], ALLOCATION_10_13],
    ),
    action(
        0x9e,
        0x17,
        "GET PHYSICAL ELEMENT STATUS",
        Query,
        &[
            &[be("starting_element", 6, 9)],
            ALLOCATION_10_13,
            &[bits("filter", 14, 7, 2), bits("report_type", 14, 3, 4)],
        ],
    ),
    action(
        0x9e,
        0x18,
        "REMOVE ELEMENT AND TRUNCATE",
        Control,
        &[REQUESTED_CAPACITY, ELEMENT_10_13],
    ),
    action(0x9e, 0x19, "RESTORE ELEMENTS AND REBUILD", Control, &[]),
    action(0x9e, 0x1a, "REMOVE ELEMENT AND MODIFY ZONES", Control, &[ELEMENT_10_13]),
    action(
        0x9f,
        0x11,
        "WRITE LONG(16)",
        Write,
        &[WRITE_LONG, LBA_2_9, &[be("byte_transfer_length", 12, 13)]],
    ),
    action(
        0x9f,
        0x12,
        "WRITE SCATTERED(16)",
        Write,
        &[
            &[
                bits("wrprotect", 2, 7, 3),
                bit("dpo", 2, 4),
                bit("fua", 2, 3),
                bit("dld2", 2, 0),
                be("logical_block_data_offset", 4, 5),
                be("number_of_lba_range_descriptors", 8, 9),
            ],
            BLOCKS_10_13,
            DLD_1_0,
            GROUP_14,
        ],
    ),
    action(0xa3, 0x1d, "REPORT PROVISIONING INITIALIZATION PATTERN", Query, &[ALLOCATION_6_9]),
    cmd(0xa8, "READ(12)", Read, &[READ, LBA_2_5, BLOCKS_6_9, GROUP_10]),
    cmd(0xaa, "WRITE(12)", Write, &[WRITE, FUA_NV, LBA_2_5, BLOCKS_6_9, GROUP_10]),
    cmd(0xac, "ERASE(12)", Format, &[&[bit("era", 1, 2)], LBA_2_5, BLOCKS_6_9]),
    cmd(0xae, "WRITE AND VERIFY(12)", Write, &[WRITE_AND_VERIFY, LBA_2_5, BLOCKS_6_9, GROUP_10]),
    cmd(0xaf, "VERIFY(12)", Verify, &[VERIFY, LBA_2_5, BLOCKS_6_9, GROUP_10]),
    cmd(0xb0, "SEARCH DATA HIGH(12)", Other, &[LBA_2_5, BLOCKS_6_9]),
    cmd(0xb1, "SEARCH DATA EQUAL(12)", Other, &[LBA_2_5, BLOCKS_6_9]),
    cmd(0xb2, "SEARCH DATA LOW(12)", Other, &[LBA_2_5, BLOCKS_6_9]),
    cmd(
        0xb3,
        "SET LIMITS(12)",
        Control,
        &[&[bit("rdinh", 1, 1), bit("wrinh", 1, 0)], LBA_2_5, BLOCKS_6_9],
    ),
    cmd(0xb7, "READ DEFECT DATA(12)", Query, &[DEFECTS_1, ALLOCATION_6_9]),
];
