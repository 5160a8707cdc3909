//! Tapes: SSC-5, both address modes, and the automation commands of ADC-4.

use super::OpClass::{Control, Flush, Format, Medium, Position, Query, Read, Verify, Write};
use super::layout::*;
use super::{CommandDef, action, cmd};

const SILI: Group = &[bit("sili", 1, 1)];
const BYTORD: Group = &[bit("bytord", 1, 2)];
/// With FIXED the transfer length counts blocks of the length set by MODE SELECT, else bytes.
const FIXED_2_4: Group = &[
    bit("fixed", 1, 0),
    be("blocks", 2, 4).when(1, 0x01, 0x01),
    be("transfer_length", 2, 4).when(1, 0x01, 0x00),
];
const FIXED_12_14: Group = &[
    bit("fixed", 1, 0),
    be("blocks", 12, 14).when(1, 0x01, 0x01),
    be("transfer_length", 12, 14).when(1, 0x01, 0x00),
];
const VERIFY: Group = &[
    bit("vte", 1, 5),
    bit("vlbpm", 1, 4),
    bit("vbf", 1, 3),
    bit("immed", 1, 2),
    bit("bytcmp", 1, 1),
];
/// First and last command in sequence, explicit address mode (SSC-5 4.2.22).
const SEQUENCE: Group = &[bit("fcs", 1, 3), bit("lcs", 1, 2)];
/// Where an explicitly addressed command works.
const PLACE: Group = &[byte("partition", 3), be("logical_object_identifier", 4, 11)];
const FILEMARKS: Group = &[bit("wsmk", 1, 1), bit("immed", 1, 0)];
const ERASE: Group = &[bit("immed", 1, 1), bit("long", 1, 0)];
const CODE: Group = &[bits("code", 1, 3, 4)];

pub(super) static COMMANDS: &[CommandDef] = &[
    cmd(0x01, "REWIND", Position, &[IMMED_0]),
    cmd(
        0x04,
        "FORMAT MEDIUM",
        Format,
        &[&[bit("verify", 1, 1)], IMMED_0, &[bits("format", 2, 3, 4), be("transfer_length", 3, 4)]],
    ),
    cmd(0x05, "READ BLOCK LIMITS", Query, &[&[bit("mloi", 1, 0)]]),
    cmd(0x08, "READ(6)", Read, &[SILI, FIXED_2_4]),
    cmd(0x0a, "WRITE(6)", Write, &[FIXED_2_4]),
    cmd(0x0b, "SET CAPACITY", Control, &[IMMED_0, &[be("capacity_proportion_value", 3, 4)]]),
    cmd(0x0f, "READ REVERSE(6)", Read, &[BYTORD, SILI, FIXED_2_4]),
    cmd(0x10, "WRITE FILEMARKS(6)", Flush, &[FILEMARKS, &[be("filemark_count", 2, 4)]]),
    cmd(0x11, "SPACE(6)", Position, &[CODE, &[be("count", 2, 4)]]),
    cmd(0x13, "VERIFY(6)", Verify, &[VERIFY, FIXED_2_4]),
    cmd(0x14, "RECOVER BUFFERED DATA", Read, &[SILI, FIXED_2_4]),
    cmd(0x19, "ERASE(6)", Format, &[ERASE]),
    cmd(
        0x1b,
        "LOAD UNLOAD",
        Medium,
        &[IMMED_0, &[bit("hold", 4, 3), bit("eot", 4, 2), bit("reten", 4, 1), bit("load", 4, 0)]],
    ),
    cmd(
        0x2b,
        "LOCATE(10)",
        Position,
        &[
            &[bit("bt", 1, 2), bit("cp", 1, 1)],
            IMMED_0,
            &[be("logical_object_identifier", 3, 6), byte("partition", 8)],
        ],
    ),
    cmd(0x34, "READ POSITION", Query, &[SERVICE_ACTION, ALLOCATION_7_8]),
    action(0x34, 0x00, "READ POSITION, SHORT FORM", Query, &[ALLOCATION_7_8]),
    action(0x34, 0x01, "READ POSITION, SHORT FORM VENDOR SPECIFIC", Query, &[ALLOCATION_7_8]),
    action(0x34, 0x06, "READ POSITION, LONG FORM", Query, &[ALLOCATION_7_8]),
    action(0x34, 0x08, "READ POSITION, EXTENDED FORM", Query, &[ALLOCATION_7_8]),
    cmd(
        0x44,
        "REPORT DENSITY SUPPORT",
        Query,
        &[&[bit("medium_type", 1, 1), bit("media", 1, 0)], ALLOCATION_7_8],
    ),
    cmd(
        0x80,
        "WRITE FILEMARKS(16)",
        Flush,
        &[SEQUENCE, FILEMARKS, PLACE, &[be("filemark_count", 12, 14)]],
    ),
    cmd(0x81, "READ REVERSE(16)", Read, &[BYTORD, SILI, PLACE, FIXED_12_14]),
    cmd(0x82, "ALLOW OVERWRITE", Control, &[&[bits("allow_overwrite", 2, 3, 4)], PLACE]),
    action(0x83, 0x16, "SET TAPE STREAM MIRRORING", Control, &[]),
    action(0x84, 0x16, "REPORT TAPE STREAM MIRRORING", Query, &[ALLOCATION_10_13]),
    cmd(0x88, "READ(16)", Read, &[SILI, PLACE, FIXED_12_14]),
    cmd(0x8a, "WRITE(16)", Write, &[SEQUENCE, PLACE, FIXED_12_14]),
    cmd(0x8f, "VERIFY(16)", Verify, &[VERIFY, PLACE, FIXED_12_14]),
    cmd(
        0x91,
        "SPACE(16)",
        Position,
        &[CODE, &[be("count", 4, 11)], &[be("parameter_list_length", 12, 13)]],
    ),
    cmd(
        0x92,
        "LOCATE(16)",
        Position,
        &[&[bits("dest_type", 1, 5, 3), bit("cp", 1, 1)], IMMED_0, &[bit("bam", 2, 0)], PLACE],
    ),
    cmd(0x93, "ERASE(16)", Format, &[SEQUENCE, ERASE, PLACE]),
    action(0x9f, 0x1f, "NOTIFY DATA TRANSFER DEVICE(16)", Control, &[]),
    action(0xa3, 0x1d, "RECEIVE RECOMMENDED ACCESS ORDER", Query, &[ALLOCATION_6_9]),
    action(0xa3, 0x1e, "READ DYNAMIC RUNTIME ATTRIBUTE", Query, &[ALLOCATION_6_9]),
    action(0xa4, 0x1d, "GENERATE RECOMMENDED ACCESS ORDER", Control, &[PARAMETERS_6_9]),
    action(0xa4, 0x1e, "WRITE DYNAMIC RUNTIME ATTRIBUTE", Control, &[PARAMETERS_6_9]),
    action(0xa9, 0x1f, "SET MEDIUM ATTRIBUTE", Control, &[]),
];
