//! The PDUs of one task against the rules of data transfer (RFC 7143, sections 4.2 and 11.7).

use iscsi_decoders::pdu::{Bhs, Opcode, RESERVED_TAG};
use iscsi_decoders::scsi::status::GOOD;
use iscsi_decoders::stream::Pdu;

use super::finding::{Kind, Sequence};
use super::negotiation::Limits;
use super::task::{Burst, Task};

/// What the data phases of a connection must keep.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rules {
    /// What the login agreed on, if it was captured.
    pub limits: Option<Limits>,
    /// Nothing is sent twice, so that numbers and offsets only go on.
    pub orderly: bool,
}

/// R2Ts followed per task; a target that leaves more open is reported anyway.
const BURSTS_MAX: usize = 256;

/// Whether an answer is its task's last.
pub(super) fn ends_task(header: &Bhs) -> bool {
    match header.opcode() {
        Opcode::DATA_IN => header.carries_status(),
        Opcode::SCSI_RESPONSE
        | Opcode::TMF_RESPONSE
        | Opcode::LOGIN_RESPONSE
        | Opcode::TEXT_RESPONSE
        | Opcode::LOGOUT_RESPONSE
        | Opcode::NOP_IN => true,
        _ => false,
    }
}

/// PDUs that make sense only for a task that is open.
pub(super) fn expects_task(opcode: Opcode) -> bool {
    matches!(
        opcode,
        Opcode::SCSI_RESPONSE
            | Opcode::DATA_IN
            | Opcode::R2T
            | Opcode::TMF_RESPONSE
            | Opcode::TEXT_RESPONSE
            | Opcode::LOGOUT_RESPONSE
            | Opcode::NOP_IN
    )
}

/// A command's own data.
pub(super) fn request(task: &Task, pdu: &Pdu<'_>, rules: Rules, found: &mut Vec<Kind>) {
    let immediate = u64::from(pdu.header.data_segment_length());
    let Some(limits) = rules.limits.filter(|_| task.is_scsi() && immediate > 0) else { return };
    if !limits.immediate_data {
        found.push(Kind::UnsolicitedData { immediate: true });
    }
    first_burst(0, immediate, limits, found);
}

/// Any PDU of an open task.
pub(super) fn data(task: &mut Task, pdu: &Pdu<'_>, rules: Rules, found: &mut Vec<Kind>) {
    let length = pdu.header.data_segment_length();
    match pdu.header.opcode() {
        Opcode::SCSI_COMMAND => {
            task.data_out = u64::from(length);
            task.unsolicited = u64::from(length);
            if length > 0 {
                task.phases.data(pdu.stamp.time);
            }
        }
        Opcode::DATA_OUT => data_out(task, pdu, rules, found),
        Opcode::DATA_IN => {
            in_sequence(task, pdu.header.data_sn(), Sequence::DataInSn, rules, found);
            inside(task.reads, pdu.header.buffer_offset(), length, found);
            in_order(task.data_in, pdu.header.buffer_offset(), rules, found);
            task.data_in += u64::from(length);
            task.phases.data(pdu.stamp.time);
        }
        Opcode::R2T => ready(task, pdu, rules, found),
        _ => {}
    }
}

fn in_order(expected: u64, offset: Option<u32>, rules: Rules, found: &mut Vec<Kind>) {
    if let Some(offset) = offset
        && rules.orderly
        && rules.limits.is_some_and(|limits| limits.in_order)
        && u64::from(offset) != expected
    {
        found.push(Kind::OutOfOrder { expected, found: offset });
    }
}

/// The answer that ends a read accounts for every byte (RFC 7143, section 11.4.5).
pub(super) fn residual(task: &Task, pdu: &Pdu<'_>, found: &mut Vec<Kind>) {
    let header = pdu.header;
    let reads = task.request.read() == Some(true) && task.request.write() != Some(true);
    let ended_well = header.status() == Some(GOOD) && header.response().unwrap_or(0) == 0;
    let (Some(asked), Some(count)) =
        (task.request.expected_data_transfer_length(), header.residual_count())
    else {
        return;
    };
    // With an overflow the buffer is full, and the residual is what did not fit.
    let residual = if header.underflow() == Some(true) { count } else { 0 };
    let received = task.data_in;
    if reads && ended_well && received + u64::from(residual) != u64::from(asked) {
        found.push(Kind::ResidualWrong { asked, received, residual });
    }
}

fn in_sequence(
    task: &mut Task,
    number: Option<u32>,
    sequence: Sequence,
    rules: Rules,
    found: &mut Vec<Kind>,
) {
    let Some(number) = number else { return };
    let expected = std::mem::replace(&mut task.next_in_sn, number.wrapping_add(1));
    if number != expected && rules.orderly {
        found.push(Kind::SequenceBroken { sequence, expected, found: number });
    }
}

/// Data must lie inside what the command said it transfers.
fn inside(limit: Option<u32>, offset: Option<u32>, length: u32, found: &mut Vec<Kind>) {
    let (Some(limit), Some(offset)) = (limit, offset) else { return };
    let end = u64::from(offset) + u64::from(length);
    if end > u64::from(limit) {
        found.push(Kind::OutsideBuffer { end, length: limit });
    }
}

fn writes(task: &Task) -> Option<u32> {
    task.request.expected_data_transfer_length()
}

fn ready(task: &mut Task, pdu: &Pdu<'_>, rules: Rules, found: &mut Vec<Kind>) {
    let header = pdu.header;
    in_sequence(task, header.r2t_sn(), Sequence::R2tSn, rules, found);
    task.phases.r2t(pdu.stamp.time);
    let left = header.desired_data_transfer_length().unwrap_or_default();
    inside(writes(task), header.buffer_offset(), left, found);
    if let Some(limit) = rules.limits.map(|limits| limits.max_burst)
        && u64::from(left) > limit
    {
        found.push(Kind::BurstTooLong { length: left, limit });
    }
    if task.bursts.len() < BURSTS_MAX {
        let target_transfer_tag = header.target_transfer_tag().unwrap_or(RESERVED_TAG);
        let next_offset = header.buffer_offset().unwrap_or_default();
        task.bursts.push(Burst { target_transfer_tag, next_data_sn: 0, next_offset });
    }
    let open = task.bursts.len();
    if let Some(limit) = rules.limits.map(|limits| limits.outstanding_r2t)
        && open as u64 > limit
    {
        found.push(Kind::TooManyR2t { open, limit });
    }
}

fn data_out(task: &mut Task, pdu: &Pdu<'_>, rules: Rules, found: &mut Vec<Kind>) {
    let header = pdu.header;
    let length = header.data_segment_length();
    task.data_out += u64::from(length);
    task.phases.data(pdu.stamp.time);
    inside(writes(task), header.buffer_offset(), length, found);
    let tag = header.target_transfer_tag().unwrap_or(RESERVED_TAG);
    let number = header.data_sn().unwrap_or_default();
    let expected = if tag == RESERVED_TAG {
        unsolicited(task, length, rules, found);
        std::mem::replace(&mut task.next_unsolicited_sn, number.wrapping_add(1))
    } else {
        let burst = task.bursts.iter_mut().find(|burst| burst.target_transfer_tag == tag);
        // The R2T was before the capture, or never sent: nothing to compare with.
        let Some(burst) = burst else { return };
        let expected = u64::from(burst.next_offset);
        in_order(expected, header.buffer_offset(), rules, found);
        burst.next_offset = burst.next_offset.saturating_add(length);
        std::mem::replace(&mut burst.next_data_sn, number.wrapping_add(1))
    };
    if number != expected && rules.orderly {
        let sequence = Sequence::DataOutSn;
        found.push(Kind::SequenceBroken { sequence, expected, found: number });
    }
    if header.final_bit() == Some(true) {
        task.bursts.retain(|burst| burst.target_transfer_tag != tag);
        if task.bursts.is_empty() {
            task.phases.wait(pdu.stamp.time);
        }
    }
}

fn unsolicited(task: &mut Task, length: u32, rules: Rules, found: &mut Vec<Kind>) {
    let before = task.unsolicited;
    task.unsolicited += u64::from(length);
    if let Some(limits) = rules.limits {
        if limits.initial_r2t && task.next_unsolicited_sn == 0 {
            found.push(Kind::UnsolicitedData { immediate: false });
        }
        first_burst(before, task.unsolicited, limits, found);
    }
}

/// Says so once, when the limit is passed.
fn first_burst(before: u64, sent: u64, limits: Limits, found: &mut Vec<Kind>) {
    let limit = limits.first_burst;
    if before <= limit && sent > limit {
        found.push(Kind::FirstBurstExceeded { sent, limit });
    }
}
