//! CD, DVD and BD drives: MMC-6, with the audio and structure commands of its predecessors.

use super::OpClass::{
    Control, Flush, Format, Medium, Position, Query, Read, Reserve, Verify, Write,
};
use super::layout::*;
use super::{CommandDef, cmd};

const DPO_FUA: Group = &[bit("dpo", 1, 4), bit("fua", 1, 3)];
const MSF: Group = &[bit("msf", 1, 1)];
const STREAMING: Group = &[bit("streaming", 10, 7)];
/// What kind of sectors READ CD and READ CD MSF expect.
const SECTORS: Group = &[bits("expected_sector_type", 1, 4, 3), bit("dap", 1, 1)];
/// What READ CD and READ CD MSF return of each sector.
const CHANNELS: Group = &[
    bit("sync", 9, 7),
    bits("header_codes", 9, 6, 2),
    bit("user_data", 9, 4),
    bit("edc_ecc", 9, 3),
    bits("c2_error_information", 9, 2, 2),
    bits("sub_channel_selection", 10, 2, 3),
];
/// A span of minutes, seconds and frames, two times three bytes.
const MSF_SPAN: Group = &[be("starting_msf", 3, 5), be("ending_msf", 6, 8)];
const KEY: Group = &[bits("agid", 10, 7, 2), bits("key_format", 10, 5, 6)];
const KEY_CLASS: Group = &[byte("key_class", 7)];
const TRACK_4_5: Group = &[be("logical_track_number", 4, 5)];
const FORMAT_7: Group = &[byte("format", 7)];
const MEDIA_TYPE: Group = &[bits("media_type", 1, 3, 4)];

pub(super) static COMMANDS: &[CommandDef] = &[
    cmd(
        0x04,
        "FORMAT UNIT",
        Format,
        &[&[bit("fmtdata", 1, 4), bit("cmplist", 1, 3), bits("format_code", 1, 2, 3)]],
    ),
    cmd(
        0x1b,
        "START STOP UNIT",
        Medium,
        &[
            IMMED_0,
            &[
                bits("format_layer_number", 3, 1, 2),
                bits("power_condition", 4, 7, 4),
                bit("fl", 4, 2),
                bit("loej", 4, 1),
                bit("start", 4, 0),
            ],
        ],
    ),
    cmd(0x23, "READ FORMAT CAPACITIES", Query, &[ALLOCATION_7_8]),
    cmd(0x25, "READ CAPACITY(10)", Query, &[LBA_2_5, &[bit("pmi", 8, 0)]]),
    cmd(0x28, "READ(10)", Read, &[DPO_FUA, LBA_2_5, BLOCKS_7_8]),
    cmd(0x2a, "WRITE(10)", Write, &[DPO_FUA, &[bit("tsr", 1, 2)], LBA_2_5, BLOCKS_7_8]),
    cmd(0x2b, "SEEK(10)", Position, &[LBA_2_5]),
    cmd(0x2e, "WRITE AND VERIFY(10)", Write, &[DPO_FUA, LBA_2_5, BLOCKS_7_8]),
    cmd(
        0x2f,
        "VERIFY(10)",
        Verify,
        &[&[bit("dpo", 1, 4), bit("bytchk", 1, 1)], LBA_2_5, BLOCKS_7_8],
    ),
    cmd(0x35, "SYNCHRONIZE CACHE(10)", Flush, &[IMMED_1, LBA_2_5, BLOCKS_7_8]),
    cmd(
        0x42,
        "READ SUB-CHANNEL",
        Query,
        &[
            MSF,
            &[bit("subq", 2, 6), byte("sub_channel_parameter_list", 3), byte("track_number", 6)],
            ALLOCATION_7_8,
        ],
    ),
    cmd(
        0x43,
        "READ TOC/PMA/ATIP",
        Query,
        &[MSF, &[bits("format", 2, 3, 4), byte("track_session_number", 6)], ALLOCATION_7_8],
    ),
    cmd(0x45, "PLAY AUDIO(10)", Position, &[LBA_2_5, BLOCKS_7_8]),
    cmd(
        0x46,
        "GET CONFIGURATION",
        Query,
        &[&[bits("rt", 1, 1, 2), be("starting_feature_number", 2, 3)], ALLOCATION_7_8],
    ),
    cmd(0x47, "PLAY AUDIO MSF", Position, &[MSF_SPAN]),
    cmd(
        0x48,
        "PLAY AUDIO TRACK INDEX",
        Position,
        &[&[
            byte("starting_track", 4),
            byte("starting_index", 5),
            byte("ending_track", 7),
            byte("ending_index", 8),
        ]],
    ),
    cmd(
        0x4a,
        "GET EVENT STATUS NOTIFICATION",
        Query,
        &[&[bit("polled", 1, 0), byte("notification_class_request", 4)], ALLOCATION_7_8],
    ),
    cmd(0x4b, "PAUSE/RESUME", Position, &[&[bit("resume", 8, 0)]]),
    cmd(0x4e, "STOP PLAY/SCAN", Position, &[]),
    cmd(0x51, "READ DISC INFORMATION", Query, &[&[bits("data_type", 1, 2, 3)], ALLOCATION_7_8]),
    cmd(
        0x52,
        "READ TRACK INFORMATION",
        Query,
        &[
            &[
                bit("open", 1, 2),
                bits("address_number_type", 1, 1, 2),
                be("lba_track_session_number", 2, 5),
            ],
            ALLOCATION_7_8,
        ],
    ),
    cmd(
        0x53,
        "RESERVE TRACK",
        Reserve,
        &[&[
            bit("rmz", 1, 1),
            bit("arsv", 1, 0),
            be("logical_block_address_parameter", 2, 5).when(1, 0x01, 0x01),
            be("reservation_size", 5, 8).when(1, 0x01, 0x00),
        ]],
    ),
    cmd(
        0x54,
        "SEND OPC INFORMATION",
        Control,
        &[
            &[
                bit("exclude1", 1, 2),
                bit("exclude0", 1, 1),
                bit("doopc", 1, 0),
                be("opc_speed", 2, 3),
            ],
            PARAMETERS_7_8,
        ],
    ),
    cmd(0x58, "REPAIR TRACK", Control, &[IMMED_0, TRACK_4_5]),
    cmd(
        0x5b,
        "CLOSE TRACK SESSION",
        Flush,
        &[IMMED_0, &[bits("close_function", 2, 2, 3)], TRACK_4_5],
    ),
    cmd(0x5c, "READ BUFFER CAPACITY", Query, &[&[bit("block", 1, 0)], ALLOCATION_7_8]),
    cmd(0x5d, "SEND CUE SHEET", Control, &[&[be("cue_sheet_size", 6, 8)]]),
    cmd(
        0xa1,
        "BLANK",
        Format,
        &[&[
            bit("immed", 1, 4),
            bits("blanking_type", 1, 2, 3),
            be("start_address_track_number", 2, 5),
        ]],
    ),
    cmd(0xa3, "SEND KEY", Control, &[KEY_CLASS, PARAMETERS_8_9, KEY]),
    cmd(
        0xa4,
        "REPORT KEY",
        Query,
        &[LBA_2_5, &[byte("block_count", 6)], KEY_CLASS, ALLOCATION_8_9, KEY],
    ),
    cmd(0xa5, "PLAY AUDIO(12)", Position, &[LBA_2_5, BLOCKS_6_9]),
    cmd(
        0xa6,
        "LOAD/UNLOAD MEDIUM",
        Medium,
        &[IMMED_0, &[bit("lounlo", 4, 1), bit("start", 4, 0), byte("slot", 8)]],
    ),
    cmd(0xa7, "SET READ AHEAD", Control, &[&[be("trigger_lba", 2, 5), be("read_ahead_lba", 6, 9)]]),
    cmd(0xa8, "READ(12)", Read, &[DPO_FUA, LBA_2_5, BLOCKS_6_9, STREAMING]),
    cmd(
        0xaa,
        "WRITE(12)",
        Write,
        &[DPO_FUA, &[bit("tsr", 1, 2)], LBA_2_5, BLOCKS_6_9, STREAMING, &[bit("vnr", 10, 6)]],
    ),
    cmd(
        0xac,
        "GET PERFORMANCE",
        Query,
        &[&[
            bits("data_type", 1, 4, 5),
            be("starting_lba", 2, 5),
            be("maximum_number_of_descriptors", 8, 9),
            byte("type", 10),
        ]],
    ),
    cmd(
        0xad,
        "READ DISC STRUCTURE",
        Query,
        &[
            MEDIA_TYPE,
            &[be("address", 2, 5), byte("layer_number", 6)],
            FORMAT_7,
            ALLOCATION_8_9,
            &[bits("agid", 10, 7, 2)],
        ],
    ),
    cmd(0xb6, "SET STREAMING", Control, &[&[byte("type", 8), be("parameter_list_length", 9, 10)]]),
    cmd(0xb9, "READ CD MSF", Read, &[SECTORS, MSF_SPAN, CHANNELS]),
    cmd(
        0xba,
        "SCAN",
        Position,
        &[&[bit("direct", 1, 4), be("starting_address", 2, 5), bits("type", 9, 7, 2)]],
    ),
    cmd(
        0xbb,
        "SET CD SPEED",
        Control,
        &[&[bits("rotational_control", 1, 1, 2), be("read_speed", 2, 3), be("write_speed", 4, 5)]],
    ),
    cmd(0xbd, "MECHANISM STATUS", Query, &[ALLOCATION_8_9]),
    cmd(0xbe, "READ CD", Read, &[SECTORS, LBA_2_5, &[be("blocks", 6, 8)], CHANNELS]),
    cmd(0xbf, "SEND DISC STRUCTURE", Control, &[MEDIA_TYPE, FORMAT_7, PARAMETERS_8_9]),
];
