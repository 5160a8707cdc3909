//! Filters that only a SCSI Command answers, for all PDUs of its task: logical unit and class of operation code.

use iscsi_ebpf::command::Class;
use iscsi_ebpf::flight::Slot;

use crate::diagnose;
use crate::globals::config;
use crate::maps::TASKS;

const SCSI_COMMAND: u8 = 0x01;
const DATA_OUT: u8 = 0x05;
const SCSI_RESPONSE: u8 = 0x21;
const DATA_IN: u8 = 0x25;
const R2T: u8 = 0x31;

/// Key of the map of tasks.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Tag {
    conn: u64,
    itt: [u8; 4],
    zero: u32,
}

/// Whether a PDU passes; remembers the answer for its task when it is a command.
#[inline(always)]
pub fn passes(conn: u64, slot: &Slot) -> bool {
    if !is_filtering() {
        return true;
    }
    let bhs = &slot.bhs;
    let opcode = bhs[0];
    let itt = [bhs[16], bhs[17], bhs[18], bhs[19]];
    if opcode & 0x3f != SCSI_COMMAND {
        return passed(conn, opcode, itt);
    }
    let lun = [bhs[8], bhs[9], bhs[10], bhs[11], bhs[12], bhs[13], bhs[14], bhs[15]];
    let tag = Tag { conn, itt, zero: 0 };
    let passes = unit_passes(lun_from_wire(lun)) && class_passes(class_of(bhs[32]));
    if passes {
        if let Err(error) = TASKS.insert(tag, 1, 0) {
            diagnose::task_refused(error);
        }
    } else {
        let _ = TASKS.remove(tag);
    }
    passes
}

/// Whether a PDU's task passed when its command was sent; PDUs that belong to no SCSI task always do.
#[inline(always)]
pub fn passed(conn: u64, opcode: u8, itt: [u8; 4]) -> bool {
    if !is_filtering() || !matches!(opcode & 0x3f, DATA_OUT | SCSI_RESPONSE | DATA_IN | R2T) {
        return true;
    }
    TASKS.get_ptr(Tag { conn, itt, zero: 0 }).is_some()
}

/// Whether a logical unit (`scsi_device.lun`) passes.
#[inline(always)]
pub fn unit_passes(lun: u64) -> bool {
    let only = config!(lun);
    only == u64::MAX || only == lun
}

/// The class of an operation code, a [`Class`].
#[inline(always)]
pub fn class_of(opcode: u8) -> u32 {
    u32::from(config!(class_of[opcode as usize]))
}

/// Whether a class passes.
#[inline(always)]
pub fn class_passes(class: u32) -> bool {
    config!(classes) & (1 << (class & 31)) != 0
}

#[inline(always)]
fn is_filtering() -> bool {
    const ALL: u32 = (1 << Class::ALL.len()) - 1;
    config!(lun) != u64::MAX || config!(classes) & ALL != ALL
}

/// As `scsilun_to_int` does.
#[inline(always)]
fn lun_from_wire(lun: [u8; 8]) -> u64 {
    let [a, b, c, d, e, f, g, h] = lun;
    let level = |high: u8, low: u8| u64::from(high) << 8 | u64::from(low);
    level(a, b) | level(c, d) << 16 | level(e, f) << 32 | level(g, h) << 48
}
