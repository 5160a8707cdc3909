//! PDUs that no probe saw: the kernel skips a probe that would interrupt another on the same CPU. Kernels that do not
//! tell how often still count SCSI PDUs themselves, for each connection, and here those numbers are held against what
//! was seen.
//!
//! Only for TCP, where each PDU passes one probe at a known moment before or after it is counted. Pings, logins and
//! texts are in none of the kernel's counters. A Data-In that carries the status is in two, so one that was missed
//! counts twice: more than was lost, never less.

use iscsi_ebpf::connection::{State, transport};
use iscsi_ebpf::event::Kind;
use iscsi_ebpf::offsets::ABSENT;

use crate::globals::{config, offset};
use crate::{emit, read};

const SCSI_COMMAND: u8 = 0x01;
const DATA_OUT: u8 = 0x05;
const SCSI_RESPONSE: u8 = 0x21;
const TMF_RESPONSE: u8 = 0x22;
const DATA_IN: u8 = 0x25;
const R2T: u8 = 0x31;

/// Of a Data-In: the status is in it.
const STATUS: u8 = 0x01;

/// `scsicmd`, `dataout`, `scsirsp`, `datain`, `r2t`, `tmfcmd` and `tmfrsp_pdus_cnt`, one after the other.
const COUNTERS: usize = 7;

/// A PDU passes: what was counted since the last one without being seen was missed. `first` begins anew.
#[inline(always)]
pub fn pdu(conn: u64, state: &mut State, sent: bool, first: bool, opcode: u8, flags: u8) {
    let Some((kernel_sent, kernel_received)) = counters(conn, state) else {
        return;
    };
    if sent {
        // A command is counted after it passed here, a Data-Out before.
        let before = match opcode & 0x3f {
            SCSI_COMMAND => kernel_sent,
            DATA_OUT => kernel_sent.wrapping_sub(1),
            _ => {
                if first {
                    state.counted_sent = kernel_sent;
                }
                return;
            }
        };
        if !first {
            compare(Kind::PduSent, state.counted_sent, before);
        }
        state.counted_sent = before.wrapping_add(1);
    } else {
        // All are counted after they passed, one after the other.
        let counts = match opcode & 0x3f {
            DATA_IN => 1 + u32::from(flags & STATUS),
            SCSI_RESPONSE | TMF_RESPONSE | R2T => 1,
            _ => 0,
        };
        if !first {
            compare(Kind::PduReceived, state.counted_received, kernel_received);
        }
        state.counted_received = kernel_received.wrapping_add(counts);
    }
}

/// Nothing passes any more.
#[inline(always)]
pub fn end(conn: u64, state: &mut State) {
    let Some((sent, received)) = counters(conn, state) else {
        return;
    };
    if state.sent != 0 {
        compare(Kind::PduSent, state.counted_sent, sent);
        state.counted_sent = sent;
    }
    if state.received != 0 {
        compare(Kind::PduReceived, state.counted_received, received);
        state.counted_received = received;
    }
}

/// What the kernel counted of PDUs sent and received.
#[inline(always)]
fn counters(conn: u64, state: &State) -> Option<(u32, u32)> {
    let (first, last) = (offset!(conn_scsicmd_pdus_cnt), offset!(conn_tmfrsp_pdus_cnt));
    if config!(tally) == 0 || state.transport != transport::TCP || first == ABSENT {
        return None;
    }
    // One read instead of seven, where they lie as they always did.
    if last.wrapping_sub(first) != (COUNTERS as u32 - 1) * 4 {
        return None;
    }
    let bytes: [u8; COUNTERS * 4] = read::field(conn, first);
    let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, _, _, _, _, u, v, w, x] =
        bytes;
    let sent = u32::from_ne_bytes([a, b, c, d]).wrapping_add(u32::from_ne_bytes([e, f, g, h]));
    let received = u32::from_ne_bytes([i, j, k, l])
        .wrapping_add(u32::from_ne_bytes([m, n, o, p]))
        .wrapping_add(u32::from_ne_bytes([q, r, s, t]))
        .wrapping_add(u32::from_ne_bytes([u, v, w, x]));
    Some((sent, received))
}

/// Fewer than expected is a PDU that the kernel did not take after all.
#[inline(always)]
fn compare(kind: Kind, expected: u32, counted: u32) {
    let missed = counted.wrapping_sub(expected);
    if missed != 0 && missed < 1 << 31 {
        emit::skipped(kind, missed);
    }
}
