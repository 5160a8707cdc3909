//! Object-based storage: OSD-2 (service actions 8880h and up, CDB of 236 bytes) and OSD (8801h and up,
//! 200 bytes), all in variable length CDBs.

use super::OpClass::{Control, Flush, Format, Query, Read, Unmap, Write};
use super::layout::*;
use super::{CommandDef, action};

/// What every OSD-2 CDB begins with (OSD-2 5.2.1).
const HEAD: Group = &[
    byte("additional_cdb_length", 7),
    bit("dpo", 10, 4),
    bit("fua", 10, 3),
    bits("isolation", 10, 2, 3),
    bits("getset_cdbfmt", 11, 5, 2),
    byte("timestamps_control", 12),
];
/// The same for OSD (OSD r10 5.2.1).
const HEAD_1: Group = &[
    byte("additional_cdb_length", 7),
    bit("dpo", 10, 4),
    bit("fua", 10, 3),
    bits("getset_cdbfmt", 11, 5, 2),
    byte("timestamps_control", 12),
];
const PARTITION: Group = &[be("partition_id", 16, 23)];
const REQUESTED_PARTITION: Group = &[be("requested_partition_id", 16, 23)];
const OBJECT: Group = &[be("user_object_id", 24, 31)];
const REQUESTED_OBJECT: Group = &[be("requested_user_object_id", 24, 31)];
const COLLECTION: Group = &[be("collection_object_id", 24, 31)];
const REQUESTED_COLLECTION: Group = &[be("requested_collection_object_id", 24, 31)];
const FLUSH_SCOPE: Group = &[bits("flush_scope", 11, 1, 2)];

const LENGTH: Group = &[be("length", 32, 39)];
const START: Group = &[be("starting_byte_address", 40, 47)];
const ALLOCATION: Group = &[be("allocation_length", 32, 39)];
const LISTING: Group = &[be("initial_object_id", 40, 47), be("list_identifier", 48, 51)];
const CAPACITY: Group = &[be("formatted_capacity", 32, 39)];

const LENGTH_1: Group = &[be("length", 36, 43)];
const START_1: Group = &[be("starting_byte_address", 44, 51)];
const LISTING_1: Group = &[
    be("list_identifier", 32, 35),
    be("allocation_length", 36, 43),
    be("initial_object_id", 44, 51),
];
const CAPACITY_1: Group = &[be("formatted_capacity", 36, 43)];

/// Get and set attributes parameters, laid out as GETSET CDBFMT (byte 11, bits 5..4) says (OSD-2 5.2.6):
/// 1 sets one attribute from the CDB, which OSD does not have yet.
const ONE_ATTRIBUTE: Group = &[
    be("set_attribute_page", 52, 55).when(11, 0x30, 0x10),
    be("set_attribute_number", 56, 59).when(11, 0x30, 0x10),
    be("set_attribute_length", 60, 61).when(11, 0x30, 0x10),
];
/// 2 gets a page and sets one attribute, 3 has lists in the data buffers.
const ATTRIBUTES: Group = &[
    be("get_attributes_page", 52, 55).when(11, 0x30, 0x20),
    be("get_attributes_allocation_length", 56, 59).when(11, 0x30, 0x20),
    be("retrieved_attributes_offset", 60, 63).when(11, 0x30, 0x20),
    be("set_attribute_page", 64, 67).when(11, 0x30, 0x20),
    be("set_attribute_number", 68, 71).when(11, 0x30, 0x20),
    be("set_attribute_length", 72, 75).when(11, 0x30, 0x20),
    be("set_attribute_offset", 76, 79).when(11, 0x30, 0x20),
    be("get_attributes_list_length", 52, 55).when(11, 0x30, 0x30),
    be("get_attributes_list_offset", 56, 59).when(11, 0x30, 0x30),
    be("get_attributes_allocation_length", 60, 63).when(11, 0x30, 0x30),
    be("retrieved_attributes_offset", 64, 67).when(11, 0x30, 0x30),
    be("set_attributes_list_length", 68, 71).when(11, 0x30, 0x30),
    be("set_attributes_list_offset", 72, 75).when(11, 0x30, 0x30),
];
/// Who may do it: the head of the capability (OSD-2 4.11.2.2).
const CAPABILITY: Group = &[
    bits("capability_format", 80, 3, 4),
    bits("integrity_check_value_algorithm", 81, 7, 4),
    bits("key_version", 81, 3, 4),
    bits("security_method", 82, 3, 4),
    be("capability_expiration_time", 84, 89),
];

pub(super) static COMMANDS: &[CommandDef] = &[
    action(
        0x7f,
        0x8801,
        "FORMAT OSD (OSD-1)",
        Format,
        &[HEAD_1, CAPACITY_1, ATTRIBUTES, CAPABILITY],
    ),
    action(
        0x7f,
        0x8802,
        "CREATE (OSD-1)",
        Control,
        &[HEAD_1, PARTITION, REQUESTED_OBJECT, ATTRIBUTES, CAPABILITY],
    ),
    action(
        0x7f,
        0x8803,
        "LIST (OSD-1)",
        Query,
        &[HEAD_1, PARTITION, LISTING_1, ATTRIBUTES, CAPABILITY],
    ),
    action(
        0x7f,
        0x8805,
        "READ (OSD-1)",
        Read,
        &[HEAD_1, PARTITION, OBJECT, LENGTH_1, START_1, ATTRIBUTES, CAPABILITY],
    ),
    action(
        0x7f,
        0x8806,
        "WRITE (OSD-1)",
        Write,
        &[HEAD_1, PARTITION, OBJECT, LENGTH_1, START_1, ATTRIBUTES, CAPABILITY],
    ),
    action(
        0x7f,
        0x8807,
        "APPEND (OSD-1)",
        Write,
        &[HEAD_1, PARTITION, OBJECT, LENGTH_1, ATTRIBUTES, CAPABILITY],
    ),
    action(
        0x7f,
        0x8808,
        "FLUSH (OSD-1)",
        Flush,
        &[HEAD_1, FLUSH_SCOPE, PARTITION, OBJECT, ATTRIBUTES, CAPABILITY],
    ),
    action(
        0x7f,
        0x880a,
        "REMOVE (OSD-1)",
        Unmap,
        &[HEAD_1, PARTITION, OBJECT, ATTRIBUTES, CAPABILITY],
    ),
    action(
        0x7f,
        0x880b,
        "CREATE PARTITION (OSD-1)",
        Control,
        &[HEAD_1, REQUESTED_PARTITION, ATTRIBUTES, CAPABILITY],
    ),
    action(
        0x7f,
        0x880c,
        "REMOVE PARTITION (OSD-1)",
        Control,
        &[HEAD_1, PARTITION, ATTRIBUTES, CAPABILITY],
    ),
    action(
        0x7f,
        0x880e,
        "GET ATTRIBUTES (OSD-1)",
        Query,
        &[HEAD_1, PARTITION, OBJECT, ATTRIBUTES, CAPABILITY],
    ),
    action(
        0x7f,
        0x880f,
        "SET ATTRIBUTES (OSD-1)",
        Control,
        &[HEAD_1, PARTITION, OBJECT, ATTRIBUTES, CAPABILITY],
    ),
    action(
        0x7f,
        0x8812,
        "CREATE AND WRITE (OSD-1)",
        Write,
        &[HEAD_1, PARTITION, REQUESTED_OBJECT, LENGTH_1, START_1, ATTRIBUTES, CAPABILITY],
    ),
    action(
        0x7f,
        0x8815,
        "CREATE COLLECTION (OSD-1)",
        Control,
        &[HEAD_1, PARTITION, REQUESTED_COLLECTION, ATTRIBUTES, CAPABILITY],
    ),
    action(
        0x7f,
        0x8816,
        "REMOVE COLLECTION (OSD-1)",
        Control,
        &[HEAD_1, PARTITION, COLLECTION, ATTRIBUTES, CAPABILITY],
    ),
    action(
        0x7f,
        0x8817,
        "LIST COLLECTION (OSD-1)",
        Query,
        &[HEAD_1, PARTITION, COLLECTION, LISTING_1, ATTRIBUTES, CAPABILITY],
    ),
    action(0x7f, 0x8818, "SET KEY (OSD-1)", Control, &[HEAD_1, PARTITION, ATTRIBUTES, CAPABILITY]),
    action(0x7f, 0x8819, "SET MASTER KEY (OSD-1)", Control, &[HEAD_1, ATTRIBUTES, CAPABILITY]),
    action(
        0x7f,
        0x881a,
        "FLUSH COLLECTION (OSD-1)",
        Flush,
        &[HEAD_1, FLUSH_SCOPE, PARTITION, COLLECTION, ATTRIBUTES, CAPABILITY],
    ),
    action(
        0x7f,
        0x881b,
        "FLUSH PARTITION (OSD-1)",
        Flush,
        &[HEAD_1, FLUSH_SCOPE, PARTITION, ATTRIBUTES, CAPABILITY],
    ),
    action(
        0x7f,
        0x881c,
        "FLUSH OSD (OSD-1)",
        Flush,
        &[HEAD_1, FLUSH_SCOPE, ATTRIBUTES, CAPABILITY],
    ),
    action(
        0x7f,
        0x8880,
        "OBJECT STRUCTURE CHECK (OSD-2)",
        Control,
        &[HEAD, PARTITION, ONE_ATTRIBUTE, ATTRIBUTES, CAPABILITY],
    ),
    action(
        0x7f,
        0x8881,
        "FORMAT OSD (OSD-2)",
        Format,
        &[HEAD, CAPACITY, ONE_ATTRIBUTE, ATTRIBUTES, CAPABILITY],
    ),
    action(
        0x7f,
        0x8882,
        "CREATE (OSD-2)",
        Control,
        &[HEAD, PARTITION, REQUESTED_OBJECT, ONE_ATTRIBUTE, ATTRIBUTES, CAPABILITY],
    ),
    action(
        0x7f,
        0x8883,
        "LIST (OSD-2)",
        Query,
        &[HEAD, PARTITION, ALLOCATION, LISTING, ONE_ATTRIBUTE, ATTRIBUTES, CAPABILITY],
    ),
    action(
        0x7f,
        0x8884,
        "PUNCH (OSD-2)",
        Unmap,
        &[HEAD, PARTITION, OBJECT, LENGTH, START, ONE_ATTRIBUTE, ATTRIBUTES, CAPABILITY],
    ),
    action(
        0x7f,
        0x8885,
        "READ (OSD-2)",
        Read,
        &[HEAD, PARTITION, OBJECT, LENGTH, START, ONE_ATTRIBUTE, ATTRIBUTES, CAPABILITY],
    ),
    action(
        0x7f,
        0x8886,
        "WRITE (OSD-2)",
        Write,
        &[HEAD, PARTITION, OBJECT, LENGTH, START, ONE_ATTRIBUTE, ATTRIBUTES, CAPABILITY],
    ),
    action(
        0x7f,
        0x8887,
        "APPEND (OSD-2)",
        Write,
        &[HEAD, PARTITION, OBJECT, LENGTH, ONE_ATTRIBUTE, ATTRIBUTES, CAPABILITY],
    ),
    action(
        0x7f,
        0x8888,
        "FLUSH (OSD-2)",
        Flush,
        &[
            HEAD,
            FLUSH_SCOPE,
            PARTITION,
            OBJECT,
            LENGTH,
            START,
            ONE_ATTRIBUTE,
            ATTRIBUTES,
            CAPABILITY,
        ],
    ),
    action(
        0x7f,
        0x8889,
        "CLEAR (OSD-2)",
        Unmap,
        &[HEAD, PARTITION, OBJECT, LENGTH, START, ONE_ATTRIBUTE, ATTRIBUTES, CAPABILITY],
    ),
    action(
        0x7f,
        0x888a,
        "REMOVE (OSD-2)",
        Unmap,
        &[HEAD, PARTITION, OBJECT, ONE_ATTRIBUTE, ATTRIBUTES, CAPABILITY],
    ),
    action(
        0x7f,
        0x888b,
        "CREATE PARTITION (OSD-2)",
        Control,
        &[HEAD, REQUESTED_PARTITION, ONE_ATTRIBUTE, ATTRIBUTES, CAPABILITY],
    ),
    action(
        0x7f,
        0x888c,
        "REMOVE PARTITION (OSD-2)",
        Control,
        &[HEAD, PARTITION, ONE_ATTRIBUTE, ATTRIBUTES, CAPABILITY],
    ),
    action(
        0x7f,
        0x888e,
        "GET ATTRIBUTES (OSD-2)",
        Query,
        &[HEAD, PARTITION, OBJECT, ONE_ATTRIBUTE, ATTRIBUTES, CAPABILITY],
    ),
    action(
        0x7f,
        0x888f,
        "SET ATTRIBUTES (OSD-2)",
        Control,
        &[HEAD, PARTITION, OBJECT, ONE_ATTRIBUTE, ATTRIBUTES, CAPABILITY],
    ),
    action(
        0x7f,
        0x8892,
        "CREATE AND WRITE (OSD-2)",
        Write,
        &[HEAD, PARTITION, REQUESTED_OBJECT, LENGTH, START, ONE_ATTRIBUTE, ATTRIBUTES, CAPABILITY],
    ),
    action(
        0x7f,
        0x8895,
        "CREATE COLLECTION (OSD-2)",
        Control,
        &[HEAD, PARTITION, REQUESTED_COLLECTION, ONE_ATTRIBUTE, ATTRIBUTES, CAPABILITY],
    ),
    action(
        0x7f,
        0x8896,
        "REMOVE COLLECTION (OSD-2)",
        Control,
        &[HEAD, PARTITION, COLLECTION, ONE_ATTRIBUTE, ATTRIBUTES, CAPABILITY],
    ),
    action(
        0x7f,
        0x8897,
        "LIST COLLECTION (OSD-2)",
        Query,
        &[HEAD, PARTITION, COLLECTION, ALLOCATION, LISTING, ONE_ATTRIBUTE, ATTRIBUTES, CAPABILITY],
    ),
    action(
        0x7f,
        0x8898,
        "SET KEY (OSD-2)",
        Control,
        &[HEAD, PARTITION, ONE_ATTRIBUTE, ATTRIBUTES, CAPABILITY],
    ),
    action(
        0x7f,
        0x8899,
        "SET MASTER KEY (OSD-2)",
        Control,
        &[HEAD, ONE_ATTRIBUTE, ATTRIBUTES, CAPABILITY],
    ),
    action(
        0x7f,
        0x889a,
        "FLUSH COLLECTION (OSD-2)",
        Flush,
        &[HEAD, FLUSH_SCOPE, PARTITION, COLLECTION, ONE_ATTRIBUTE, ATTRIBUTES, CAPABILITY],
    ),
    action(
        0x7f,
        0x889b,
        "FLUSH PARTITION (OSD-2)",
        Flush,
        &[HEAD, FLUSH_SCOPE, PARTITION, ONE_ATTRIBUTE, ATTRIBUTES, CAPABILITY],
    ),
    action(
        0x7f,
        0x889c,
        "FLUSH OSD (OSD-2)",
        Flush,
        &[HEAD, FLUSH_SCOPE, ONE_ATTRIBUTE, ATTRIBUTES, CAPABILITY],
    ),
    action(
        0x7f,
        0x88a0,
        "QUERY (OSD-2)",
        Query,
        &[HEAD, PARTITION, COLLECTION, ALLOCATION, ONE_ATTRIBUTE, ATTRIBUTES, CAPABILITY],
    ),
    action(
        0x7f,
        0x88a1,
        "REMOVE MEMBER OBJECTS (OSD-2)",
        Unmap,
        &[HEAD, PARTITION, COLLECTION, ONE_ATTRIBUTE, ATTRIBUTES, CAPABILITY],
    ),
    action(
        0x7f,
        0x88a2,
        "GET MEMBER ATTRIBUTES (OSD-2)",
        Query,
        &[HEAD, PARTITION, COLLECTION, ONE_ATTRIBUTE, ATTRIBUTES, CAPABILITY],
    ),
    action(
        0x7f,
        0x88a3,
        "SET MEMBER ATTRIBUTES (OSD-2)",
        Control,
        &[HEAD, PARTITION, COLLECTION, ONE_ATTRIBUTE, ATTRIBUTES, CAPABILITY],
    ),
    action(
        0x7f,
        0x88a8,
        "CREATE CLONE (OSD-2)",
        Control,
        &[HEAD, ONE_ATTRIBUTE, ATTRIBUTES, CAPABILITY],
    ),
    action(
        0x7f,
        0x88a9,
        "CREATE SNAPSHOT (OSD-2)",
        Control,
        &[HEAD, ONE_ATTRIBUTE, ATTRIBUTES, CAPABILITY],
    ),
    action(
        0x7f,
        0x88aa,
        "DETACH CLONE (OSD-2)",
        Control,
        &[HEAD, ONE_ATTRIBUTE, ATTRIBUTES, CAPABILITY],
    ),
    action(
        0x7f,
        0x88ab,
        "REFRESH SNAPSHOT OR CLONE (OSD-2)",
        Control,
        &[HEAD, ONE_ATTRIBUTE, ATTRIBUTES, CAPABILITY],
    ),
    action(
        0x7f,
        0x88ac,
        "RESTORE PARTITION FROM SNAPSHOT (OSD-2)",
        Control,
        &[HEAD, ONE_ATTRIBUTE, ATTRIBUTES, CAPABILITY],
    ),
    action(
        0x7f,
        0x88b1,
        "READ MAP (OSD-2)",
        Query,
        &[HEAD, PARTITION, OBJECT, ALLOCATION, START, ONE_ATTRIBUTE, ATTRIBUTES, CAPABILITY],
    ),
    action(
        0x7f,
        0x88b2,
        "READ MAPS AND COMPARE (OSD-2)",
        Query,
        &[HEAD, PARTITION, OBJECT, ONE_ATTRIBUTE, ATTRIBUTES, CAPABILITY],
    ),
    action(0x7f, 0x8f7c, "PERFORM SCSI COMMAND (OSD-2)", Control, &[HEAD, CAPABILITY]),
    action(0x7f, 0x8f7d, "PERFORM TASK MANAGEMENT FUNCTION (OSD-2)", Control, &[HEAD, CAPABILITY]),
    action(0x7f, 0x8f7e, "PERFORM SCSI COMMAND (OSD-1)", Control, &[HEAD_1, CAPABILITY]),
    action(
        0x7f,
        0x8f7f,
        "PERFORM TASK MANAGEMENT FUNCTION (OSD-1)",
        Control,
        &[HEAD_1, CAPABILITY],
    ),
];
