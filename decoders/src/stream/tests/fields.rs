//! Every field of every opcode comes out as it was put in, and is absent where it does not exist.

use proptest::prelude::*;

use super::encode::{self as f, Field, Pdu};
use crate::pdu::{Bhs, Opcode};

type Read = fn(&Bhs) -> Option<u64>;

/// The decoder's accessor, where the field sits, and the opcodes that have it whatever their flags are.
struct Case(&'static str, Read, Field, &'static [u8]);

const KNOWN: [u8; 18] =
    [0, 1, 2, 3, 4, 5, 6, 0x10, 0x20, 0x21, 0x22, 0x23, 0x24, 0x25, 0x26, 0x31, 0x32, 0x3f];
const TARGET: &[u8] = &[0x20, 0x21, 0x22, 0x23, 0x24, 0x25, 0x26, 0x31, 0x32, 0x3f];
const LOGIN: &[u8] = &[0x03, 0x23];

macro_rules! case {
    ($name:ident, $field:expr, $opcodes:expr) => {
        Case(stringify!($name), |bhs| bhs.$name().map(u64::from), $field, $opcodes)
    };
}

fn cases() -> Vec<Case> {
    vec![
        case!(immediate, f::IMMEDIATE, &[0, 1, 2, 3, 4, 5, 6, 0x10]),
        case!(
            final_bit,
            f::FINAL,
            &[0, 1, 2, 4, 5, 6, 0x10, 0x20, 0x21, 0x22, 0x24, 0x25, 0x26, 0x31, 0x32, 0x3f]
        ),
        case!(transit, f::FINAL, LOGIN),
        case!(continue_bit, f::SECOND, &[0x03, 0x23, 0x04, 0x24]),
        case!(read, f::SECOND, &[0x01]),
        case!(acknowledge, f::SECOND, &[0x25]),
        case!(write, f::WRITE, &[0x01]),
        case!(task_attribute, f::ATTRIBUTE, &[0x01]),
        case!(bidirectional_read_overflow, f::BIDI_OVERFLOW, &[0x21]),
        case!(bidirectional_read_underflow, f::BIDI_UNDERFLOW, &[0x21]),
        case!(overflow, f::OVERFLOW, &[0x21]),
        case!(underflow, f::UNDERFLOW, &[0x21]),
        case!(status_bit, f::STATUS_BIT, &[0x25]),
        case!(csg, f::CSG, LOGIN),
        case!(function, f::FUNCTION, &[0x02]),
        case!(snack_type, f::SNACK_TYPE, &[0x10]),
        case!(response, f::RESPONSE, &[0x21, 0x22, 0x26]),
        case!(version_max, f::RESPONSE, LOGIN),
        case!(version_min, f::STATUS, &[0x03]),
        case!(version_active, f::STATUS, &[0x23]),
        case!(status, f::STATUS, &[0x21]),
        case!(tsih, f::TSIH, LOGIN),
        case!(cid, f::CID, &[0x03, 0x06]),
        case!(target_transfer_tag, f::TTT, &[0x00, 0x04, 0x05, 0x10, 0x20, 0x24, 0x25, 0x31]),
        case!(expected_data_transfer_length, f::TTT, &[0x01]),
        case!(referenced_task_tag, f::TTT, &[0x02]),
        case!(snack_tag, f::TTT, &[0x21]),
        case!(cmd_sn, f::SN, &[0, 1, 2, 3, 4, 6]),
        case!(stat_sn, f::SN, &[0x20, 0x21, 0x22, 0x23, 0x24, 0x26, 0x31, 0x32, 0x3f]),
        case!(exp_stat_sn, f::EXP_SN, &[0, 1, 2, 3, 4, 5, 6, 0x10]),
        case!(exp_cmd_sn, f::EXP_SN, TARGET),
        case!(max_cmd_sn, f::MAX_CMD_SN, TARGET),
        case!(ref_cmd_sn, f::MAX_CMD_SN, &[0x02]),
        case!(data_sn, f::DATA_SN, &[0x05, 0x25]),
        case!(r2t_sn, f::DATA_SN, &[0x31]),
        case!(exp_data_sn, f::DATA_SN, &[0x02, 0x21]),
        case!(status_class, f::CLASS, &[0x23]),
        case!(status_detail, f::DETAIL, &[0x23]),
        case!(async_event, f::ASYNC[0], &[0x32]),
        case!(async_vcode, f::ASYNC[1], &[0x32]),
        case!(buffer_offset, f::OFFSET, &[0x05, 0x25, 0x31]),
        case!(bidirectional_read_residual_count, f::OFFSET, &[0x21]),
        case!(beg_run, f::OFFSET, &[0x10]),
        case!(time2wait, f::TIME2WAIT, &[0x26]),
        case!(time2retain, f::TIME2RETAIN, &[0x26]),
        case!(desired_data_transfer_length, f::LENGTH, &[0x31]),
        case!(residual_count, f::LENGTH, &[0x21]),
        case!(run_length, f::LENGTH, &[0x10]),
    ]
}

/// Fields that a flag of the PDU brings or takes away: the flag, its value, and what it decides about.
fn gated() -> Vec<(Field, u64, Case)> {
    vec![
        (f::STATUS_BIT, 1, case!(status, f::STATUS, &[0x25])),
        (f::STATUS_BIT, 1, case!(stat_sn, f::SN, &[0x25])),
        (f::STATUS_BIT, 1, case!(residual_count, f::LENGTH, &[0x25])),
        (f::STATUS_BIT, 1, case!(overflow, f::OVERFLOW, &[0x25])),
        (f::STATUS_BIT, 1, case!(underflow, f::UNDERFLOW, &[0x25])),
        (f::FINAL, 1, case!(nsg, f::NSG, LOGIN)),
    ]
}

fn opcode() -> impl Strategy<Value = u8> {
    prop::sample::select(KNOWN.to_vec())
}

fn header(bytes: &[u8], opcode: u8) -> Pdu {
    let mut pdu = Pdu::new(opcode);
    pdu.bhs[1..].copy_from_slice(bytes);
    pdu
}

fn mask(field: Field) -> u64 {
    u64::MAX >> (64 - field.bits)
}

proptest! {
    #[test]
    fn each_field_comes_out_as_it_was_put_in(bytes in prop::collection::vec(any::<u8>(), 47), value: u64, opcode in opcode()) {
        for Case(name, read, field, opcodes) in cases() {
            let bhs = Bhs(header(&bytes, opcode).with(field, value).bhs);
            let expected = opcodes.contains(&opcode).then_some(value & mask(field));
            // What depends on a flag is the other test's business.
            if expected.is_some() || !gated().iter().any(|(.., case)| case.0 == name && case.3.contains(&opcode)) {
                prop_assert_eq!(read(&bhs), expected, "{} of {:?}", name, bhs.opcode());
            }
        }
    }

    #[test]
    fn a_field_behind_a_flag_is_there_only_with_the_flag(bytes in prop::collection::vec(any::<u8>(), 47), value: u64, opcode in opcode(), flag in 0..2_u64) {
        for (gate, needed, Case(name, read, field, opcodes)) in gated() {
            if opcodes.contains(&opcode) {
                let bhs = Bhs(header(&bytes, opcode).with(field, value).with(gate, flag).bhs);
                let expected = (flag == needed).then_some(value & mask(field));
                prop_assert_eq!(read(&bhs), expected, "{} of {:?}", name, bhs.opcode());
            }
        }
    }

    #[test]
    fn every_pdu_has_opcode_lengths_and_task_tag(bytes in prop::collection::vec(any::<u8>(), 47), opcode in 0..64_u8, value: u64) {
        let bhs = |field: Field| Bhs(header(&bytes, opcode).with(field, value).bhs);
        prop_assert_eq!(bhs(f::ITT).opcode(), Opcode(opcode));
        prop_assert_eq!(u64::from(bhs(f::ITT).initiator_task_tag()), value & mask(f::ITT));
        prop_assert_eq!(u64::from(bhs(f::DATA_LENGTH).data_segment_length()), value & mask(f::DATA_LENGTH));
        prop_assert_eq!(u64::from(bhs(f::AHS_LENGTH).total_ahs_length()), value & mask(f::AHS_LENGTH));
    }

    #[test]
    fn the_isid_is_that_of_login_pdus_alone(bytes in prop::collection::vec(any::<u8>(), 47), value: u64, opcode in opcode()) {
        let bhs = Bhs(header(&bytes, opcode).with(f::ISID, value).bhs);
        let isid = (value & mask(f::ISID)).to_be_bytes();
        prop_assert_eq!(bhs.isid().map(|isid| isid.to_vec()), LOGIN.contains(&opcode).then(|| isid[2..].to_vec()));
    }

    #[test]
    fn a_lun_is_there_where_the_rfc_makes_it_valid(bytes in prop::collection::vec(any::<u8>(), 47), value: u64, opcode in opcode(), tagged: bool, ack: bool, event in 0..6_u64, function in 0..16_u64) {
        let mut pdu = header(&bytes, opcode).with(f::LUN, value);
        let has_ttt = [0x00, 0x04, 0x05, 0x10, 0x20, 0x24].contains(&opcode);
        if has_ttt {
            pdu = pdu.with(f::TTT, if tagged { 5 } else { 0xffff_ffff });
        }
        let expected = match opcode {
            0x01 | 0x31 => true,
            0x02 => {
                pdu = pdu.with(f::FUNCTION, function);
                // All but the two target resets and TASK REASSIGN's successors.
                [1, 2, 3, 4, 5, 8, 9, 10].contains(&function)
            }
            0x25 => {
                pdu = pdu.with(f::SECOND, ack.into());
                ack
            }
            0x32 => {
                pdu = pdu.with(f::ASYNC[0], event);
                event == 0 || event == 5
            }
            _ => has_ttt && tagged,
        };
        let lun = Bhs(pdu.bhs).lun().map(|lun| lun.0);
        prop_assert_eq!(lun, expected.then(|| value.to_be_bytes()));
    }
}

#[test]
fn the_parameters_of_an_async_message_keep_their_order() {
    let [.., first, second, third] = f::ASYNC;
    let pdu = Pdu::new(0x32).with(first, 1).with(second, 0x202).with(third, 0xffff);
    assert_eq!(Bhs(pdu.bhs).async_parameters(), Some([1, 0x202, 0xffff]));
}
