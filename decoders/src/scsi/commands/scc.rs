//! Storage array controllers: SCC-2, withdrawn, but type 0Ch is what many arrays say they are.

use super::OpClass::{Control, Query};
use super::layout::*;
use super::{CommandDef, action, cmd};

pub(super) static COMMANDS: &[CommandDef] = &[
    action(0xa3, 0x00, "REPORT ASSIGNED/UNASSIGNED P_EXTENT", Query, &[]),
    action(0xa3, 0x01, "REPORT COMPONENT DEVICE", Query, &[]),
    action(0xa3, 0x02, "REPORT COMPONENT DEVICE ATTACHMENTS", Query, &[]),
    action(0xa3, 0x03, "REPORT PERIPHERAL DEVICE", Query, &[]),
    action(0xa3, 0x04, "REPORT PERIPHERAL DEVICE ASSOCIATIONS", Query, &[]),
    action(0xa3, 0x06, "REPORT STATES", Query, &[]),
    action(0xa3, 0x07, "REPORT DEVICE IDENTIFICATION", Query, &[]),
    action(0xa3, 0x08, "REPORT UNCONFIGURED CAPACITY", Query, &[]),
    action(0xa3, 0x09, "REPORT SUPPORTED CONFIGURATION METHOD", Query, &[]),
    action(0xa4, 0x00, "ADD PERIPHERAL DEVICE/COMPONENT DEVICE", Control, &[]),
    action(0xa4, 0x01, "ATTACH TO COMPONENT DEVICE", Control, &[]),
    action(0xa4, 0x02, "EXCHANGE P_EXTENT", Control, &[]),
    action(0xa4, 0x03, "EXCHANGE PERIPHERAL DEVICE/COMPONENT DEVICE", Control, &[]),
    action(0xa4, 0x04, "INSTRUCT COMPONENT DEVICE", Control, &[]),
    action(0xa4, 0x05, "REMOVE PERIPHERAL DEVICE/COMPONENT DEVICE", Control, &[]),
    action(0xa4, 0x07, "BREAK PERIPHERAL DEVICE/COMPONENT DEVICE", Control, &[]),
    cmd(0xba, "REDUNDANCY GROUP IN", Query, &[SERVICE_ACTION]),
    cmd(0xbb, "REDUNDANCY GROUP OUT", Control, &[SERVICE_ACTION]),
    cmd(0xbc, "SPARE IN", Query, &[SERVICE_ACTION]),
    cmd(0xbd, "SPARE OUT", Control, &[SERVICE_ACTION]),
    cmd(0xbe, "VOLUME SET IN", Query, &[SERVICE_ACTION]),
    cmd(0xbf, "VOLUME SET OUT", Control, &[SERVICE_ACTION]),
];
