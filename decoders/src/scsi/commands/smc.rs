//! Media changers: SMC-3.

use super::OpClass::{Control, Medium, Query, Reserve};
use super::layout::*;
use super::{CommandDef, action, cmd};

const TRANSPORT: Group = &[be("medium_transport_address", 2, 3)];
const SOURCE_4_5: Group = &[be("source_address", 4, 5)];
const INVERT_10: Group = &[bit("invert", 10, 0)];
const MOVE: &[Group] = &[TRANSPORT, SOURCE_4_5, &[be("destination_address", 6, 7)], INVERT_10];
const ELEMENT_STATUS: &[Group] = &[
    &[
        bit("voltag", 1, 4),
        bits("element_type_code", 1, 3, 4),
        be("starting_element_address", 2, 3),
        be("number_of_elements", 4, 5),
        bit("curdata", 6, 1),
        bit("dvcid", 6, 0),
    ],
    ALLOCATION_7_9,
];
const RESERVE_6: Group =
    &[bit("element", 1, 0), byte("reservation_identification", 2), be("element_list_length", 3, 4)];
const RESERVE_10: Group = &[
    bit("third_party", 1, 4),
    bit("element", 1, 0),
    byte("reservation_identification", 2),
    byte("third_party_device_id", 3),
    be("element_list_length", 7, 8),
];

pub(super) static COMMANDS: &[CommandDef] = &[
    cmd(0x07, "INITIALIZE ELEMENT STATUS", Medium, &[]),
    cmd(0x16, "RESERVE ELEMENT(6)", Reserve, &[RESERVE_6]),
    cmd(0x17, "RELEASE ELEMENT(6)", Reserve, &[RESERVE_6]),
    cmd(
        0x1b,
        "OPEN/CLOSE IMPORT/EXPORT ELEMENT",
        Medium,
        &[&[be("element_address", 2, 3), bits("action_code", 4, 4, 5)]],
    ),
    cmd(
        0x2b,
        "POSITION TO ELEMENT",
        Medium,
        &[TRANSPORT, &[be("destination_address", 4, 5), bit("invert", 8, 0)]],
    ),
    cmd(
        0x37,
        "INITIALIZE ELEMENT STATUS WITH RANGE",
        Medium,
        &[&[
            bit("fast", 1, 1),
            bit("range", 1, 0),
            be("starting_element_address", 2, 3),
            be("number_of_elements", 6, 7),
        ]],
    ),
    cmd(0x44, "REPORT VOLUME TYPES SUPPORTED", Query, &[ALLOCATION_7_8]),
    cmd(0x56, "RESERVE ELEMENT(10)", Reserve, &[RESERVE_10]),
    cmd(0x57, "RELEASE ELEMENT(10)", Reserve, &[RESERVE_10]),
    action(0x9e, 0x10, "REPORT ELEMENT INFORMATION", Query, &[]),
    cmd(0xa5, "MOVE MEDIUM", Medium, MOVE),
    cmd(
        0xa6,
        "EXCHANGE MEDIUM",
        Medium,
        &[
            TRANSPORT,
            SOURCE_4_5,
            &[
                be("first_destination_address", 6, 7),
                be("second_destination_address", 8, 9),
                bit("inv1", 10, 1),
                bit("inv2", 10, 0),
            ],
        ],
    ),
    cmd(0xa7, "MOVE MEDIUM ATTACHED", Medium, MOVE),
    cmd(0xb4, "READ ELEMENT STATUS ATTACHED", Query, ELEMENT_STATUS),
    cmd(
        0xb5,
        "REQUEST VOLUME ELEMENT ADDRESS",
        Query,
        &[
            &[
                bit("voltag", 1, 4),
                bits("element_type_code", 1, 3, 4),
                be("starting_element_address", 2, 3),
                be("number_of_elements", 4, 5),
            ],
            ALLOCATION_7_9,
        ],
    ),
    cmd(
        0xb6,
        "SEND VOLUME TAG",
        Control,
        &[
            &[
                bits("element_type_code", 1, 3, 4),
                be("starting_element_address", 2, 3),
                bits("send_action_code", 5, 4, 5),
            ],
            PARAMETERS_8_9,
        ],
    ),
    cmd(0xb8, "READ ELEMENT STATUS", Query, ELEMENT_STATUS),
];
