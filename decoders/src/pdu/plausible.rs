//! Is this a PDU header, or 48 bytes of something else?
//!
//! Used where nothing else proves it: at the start of a capture that begins mid-connection, behind a gap, and on
//! connections to any port. Every opcode fixes at least 48 bits of its header (reserved bytes, reserved
//! flags, fields with few legal values), so random bytes pass once in 2^47 tries at most. Targets that fill
//! reserved fields with something else are still decoded once in step: this test is not applied to a stream that is.

use std::ops::Range;

use super::{Bhs, Opcode, RESERVED_TAG};

/// What an opcode's header must look like.
struct Shape {
    opcode: Opcode,
    /// Bits of byte 1 that must be 0, and that must be 1.
    clear: u8,
    set: u8,
    /// Reserved bytes.
    zero: &'static [Range<usize>],
}

const fn shape(opcode: Opcode, clear: u8, set: u8, zero: &'static [Range<usize>]) -> Shape {
    Shape { opcode, clear, set, zero }
}

/// Byte 4, TotalAHSLength, counts as reserved in all but SCSI Commands, the only PDUs that have use for it. LUN bytes
/// 12-15 are zero in every addressing form storage uses (SAM-5, section 4.7).
const SHAPES: &[Shape] = &[
    shape(Opcode::NOP_OUT, 0x7f, 0x80, &[2..5, 12..16, 32..48]),
    shape(Opcode::SCSI_COMMAND, 0x18, 0, &[2..4, 12..16]),
    shape(Opcode::TMF_REQUEST, 0, 0x80, &[2..8, 12..16, 40..48]),
    shape(Opcode::LOGIN_REQUEST, 0x30, 0, &[2..5, 22..24, 32..48]),
    shape(Opcode::TEXT_REQUEST, 0x3f, 0, &[2..5, 12..16, 32..48]),
    shape(Opcode::DATA_OUT, 0x7f, 0, &[2..5, 12..16, 24..28, 32..36, 44..48]),
    shape(Opcode::LOGOUT_REQUEST, 0x7c, 0x80, &[2..8, 8..16, 22..24, 32..48]),
    shape(Opcode::SNACK_REQUEST, 0x7c, 0x80, &[2..8, 12..16, 24..28, 32..40]),
    shape(Opcode::NOP_IN, 0x7f, 0x80, &[2..5, 12..16, 36..48]),
    shape(Opcode::SCSI_RESPONSE, 0x61, 0x80, &[4..5, 8..16]),
    shape(Opcode::TMF_RESPONSE, 0x7f, 0x80, &[4..8, 8..16, 20..24, 36..48]),
    shape(Opcode::LOGIN_RESPONSE, 0x30, 0, &[2..5, 20..24, 38..48]),
    shape(Opcode::TEXT_RESPONSE, 0x3f, 0, &[2..5, 12..16, 36..48]),
    shape(Opcode::DATA_IN, 0x38, 0, &[2..3, 4..5, 12..16]),
    shape(Opcode::LOGOUT_RESPONSE, 0x7f, 0x80, &[4..8, 8..16, 20..24, 36..40, 44..48]),
    shape(Opcode::R2T, 0x7f, 0x80, &[2..8, 12..16]),
    shape(Opcode::ASYNC_MESSAGE, 0x7f, 0x80, &[2..5, 12..16, 20..24, 44..48]),
    shape(Opcode::REJECT, 0x7f, 0x80, &[4..5, 8..16, 20..24, 40..48]),
];

/// Whether `header` keeps every rule its opcode sets for a header in a real stream.
pub fn is_plausible(header: &Bhs) -> bool {
    let first = header.0[0];
    // The top bit was "retry" in drafts and is reserved since; responses have no immediate bit.
    if first & 0x80 != 0 || first & 0x60 == 0x60 {
        return false;
    }
    let opcode = header.opcode();
    let Some(shape) = SHAPES.iter().find(|shape| shape.opcode == opcode) else {
        return false;
    };
    header.flags() & shape.clear == 0
        && header.flags() & shape.set == shape.set
        && shape.zero.iter().all(|range| header.0.get(range.clone()).is_some_and(is_unused))
        && window_fits(header)
        && values_fit(header)
}

/// Zeros; or ones where LIO fills in a LUN or tag that means nothing (Data-In, Async Message).
fn is_unused(bytes: &[u8]) -> bool {
    bytes.iter().all(|&byte| byte == 0)
        || bytes.len() >= 4 && bytes.iter().all(|&byte| byte == 0xff)
}

/// Fields with few legal values, beyond what a mask can say.
fn values_fit(header: &Bhs) -> bool {
    let itt = header.initiator_task_tag();
    match header.opcode() {
        // Either asks for an answer or gives one: at least one tag is reserved.
        Opcode::NOP_OUT | Opcode::NOP_IN => {
            itt == RESERVED_TAG || header.target_transfer_tag() == Some(RESERVED_TAG)
        }
        Opcode::SCSI_COMMAND => command_fits(header),
        Opcode::TMF_REQUEST => matches!(header.function(), Some(1..=12)),
        Opcode::LOGIN_REQUEST | Opcode::LOGIN_RESPONSE => login_fits(header),
        // Not immediate (the bit belongs to requests with a CmdSN), and it carries something.
        Opcode::DATA_OUT => header.0[0] & 0x40 == 0 && header.data_segment_length() > 0,
        Opcode::LOGOUT_REQUEST => matches!(header.reason(), Some(0..=2)),
        Opcode::SCSI_RESPONSE => {
            matches!(header.response(), Some(0 | 1 | 0x80..)) && status_fits(header.status())
        }
        Opcode::TMF_RESPONSE => matches!(header.response(), Some(0..=6 | 255)),
        Opcode::DATA_IN => data_in_fits(header),
        Opcode::LOGOUT_RESPONSE => matches!(header.response(), Some(0..=3)),
        Opcode::R2T => {
            header.target_transfer_tag() != Some(RESERVED_TAG)
                && header.desired_data_transfer_length().is_some_and(|length| length > 0)
                && header.r2t_sn().is_some_and(|r2t_sn| r2t_sn < 1 << 16)
        }
        Opcode::ASYNC_MESSAGE => itt == RESERVED_TAG,
        Opcode::REJECT => {
            itt == RESERVED_TAG
                && matches!(header.reason(), Some(1..=0x0c))
                && header.data_segment_length() >= 48
        }
        _ => true,
    }
}

fn status_fits(status: Option<u8>) -> bool {
    matches!(status, Some(0 | 2 | 4 | 8 | 0x10 | 0x14 | 0x18 | 0x22 | 0x28 | 0x30 | 0x40))
}

/// The CDB's length follows from its opcode's group (SPC-4, section 4.3.1); the bytes behind it are padding.
fn command_fits(header: &Bhs) -> bool {
    let Some(cdb) = header.cdb() else { return false };
    let length = match cdb[0] >> 5 {
        0 => 6,
        1 | 2 => 10,
        5 => 12,
        _ => 16,
    };
    let padding = cdb.get(length..).unwrap_or_default();
    // Additional headers carry the rest of a CDB of 260 bytes at most, or the read length of a bidirectional command.
    let ahs_fits = match (header.total_ahs_length(), cdb[0]) {
        (0, _) | (..=67, 0x7e | 0x7f) => true,
        (2, _) => header.read() == Some(true) && header.write() == Some(true),
        _ => false,
    };
    header.flags() & 0x07 <= 4
        && padding.iter().all(|&byte| byte == 0)
        && ahs_fits
        // Immediate data is part of what the command transfers.
        && header.expected_data_transfer_length() >= Some(header.data_segment_length())
        // Only unsolicited data of a write can follow the command.
        && (header.final_bit() == Some(true) || header.write() == Some(true))
}

/// MaxCmdSN is at least ExpCmdSN - 1, which closes the window (RFC 7143, section 4.2.2.1); a million commands is far
/// beyond any window in use. A refused login does not set the two.
fn window_fits(header: &Bhs) -> bool {
    match (header.exp_cmd_sn(), header.max_cmd_sn()) {
        (Some(exp), Some(max)) => {
            max.wrapping_sub(exp).wrapping_add(1) <= 1 << 20
                || header.status_class().is_some_and(|class| class > 0)
        }
        _ => true,
    }
}

fn login_fits(header: &Bhs) -> bool {
    let transit = header.transit() == Some(true);
    // A refusal answers with whatever stages and names it likes.
    let refused = header.status_class().is_some_and(|class| class > 0);
    let stages = matches!(
        (header.csg(), header.nsg()),
        (Some(0), None | Some(1 | 3)) | (Some(1), None | Some(3))
    );
    // A login that says nothing at all leads nowhere, and an initiator that says nothing has an identity.
    let says_something = header.data_segment_length() > 0
        || transit && header.isid().is_some_and(|isid| *isid != [0; 6]);
    (refused || stages && says_something)
        && !(transit && header.continue_bit() == Some(true))
        && header.status_class().is_none_or(|class| class <= 3)
        && header.status_detail().is_none_or(|detail| detail <= 0x0b)
}

/// Sequences are far shorter than 2^24 PDUs, data lies inside a 4 GiB buffer, and a status comes
/// only with S (RFC 7143, section 11.7).
fn data_in_fits(header: &Bhs) -> bool {
    let end = header.buffer_offset().and_then(|at| at.checked_add(header.data_segment_length()));
    let no_ack = header.acknowledge() == Some(false);
    end.is_some()
        && header.data_sn().is_some_and(|data_sn| data_sn < 1 << 24)
        && (!no_ack || header.target_transfer_tag() == Some(RESERVED_TAG))
        && if header.carries_status() {
            header.final_bit() == Some(true) && status_fits(header.status())
        } else {
            header.0[3] == 0 && header.flags() & 0x06 == 0
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(bytes: &[(usize, &[u8])]) -> Bhs {
        let mut header = [0; 48];
        for (at, field) in bytes {
            header[*at..*at + field.len()].copy_from_slice(field);
        }
        Bhs(header)
    }

    fn read_10() -> Bhs {
        header(&[
            (0, &[0x01, 0xc1]),
            (16, &[0, 0, 0, 7, 0, 0, 0x10, 0, 0, 0, 0, 9, 0, 0, 0, 4]),
            (32, &[0x28, 0, 0, 0, 0, 8, 0, 0, 8, 0]),
        ])
    }

    #[test]
    fn real_headers_pass() {
        assert!(is_plausible(&read_10()));
        assert!(is_plausible(&header(&[
            (0, &[0x40, 0x80]),
            (16, &[0, 0, 0, 1, 255, 255, 255, 255])
        ])));
        assert!(is_plausible(&header(&[(0, &[0x43, 0x87]), (8, &[0, 2, 0x3d])])));
        // LIO's: the LUN of a Data-In and the reserved bytes of an Async Message.
        assert!(is_plausible(&header(&[
            (0, &[0x25, 0x81]),
            (8, &[0xff; 8]),
            (16, &[0, 0, 0, 1, 255, 255, 255, 255]),
        ])));
        assert!(is_plausible(&header(&[(0, &[0x32, 0x80]), (16, &[0xff; 8]), (36, &[2])])));
        // From the operational stage to the operational stage leads nowhere.
        assert!(!is_plausible(&header(&[(0, &[0x43, 0x85]), (8, &[0, 2, 0x3d])])));
    }

    #[test]
    fn other_content_does_not() {
        for text in [
            &b"GET /index.html HTTP/1.1\r\nHost: storage.example\r\nAccept"[..],
            &b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length"[..],
            &b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03abcdefghijklmnopqrstuvwxyzabcdefghijklmnop"[..],
            &[0; 48][..],
            &[0xff; 48][..],
        ] {
            assert!(!is_plausible(&Bhs::parse(text).unwrap()), "{text:?}");
        }
    }

    #[test]
    fn one_wrong_reserved_byte_is_enough() {
        for at in [2, 3, 12, 15, 42, 47] {
            let mut broken = read_10();
            broken.0[at] = 1;
            assert!(!is_plausible(&broken), "byte {at}");
        }
    }
}
