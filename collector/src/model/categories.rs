//! Which debug categories show a PDU.

use iscsi_decoders::pdu::Opcode;
use iscsi_decoders::stream::Pdu;

use crate::category::Categories;

/// Whether an answer says that a SCSI command did not end well.
pub(super) fn failed(pdu: &Pdu<'_>) -> bool {
    pdu.header.response().unwrap_or(0) != 0 || pdu.header.status().unwrap_or(0) != 0
}

/// The debug categories that show a PDU.
pub(super) fn of(pdu: &Pdu<'_>) -> Categories {
    let errors = |is_error: bool| if is_error { Categories::ERRORS } else { Categories::empty() };
    let header = pdu.header;
    Categories::PDUS
        | match header.opcode() {
            Opcode::LOGIN_RESPONSE if header.status_class() != Some(0) => {
                Categories::LOGIN | Categories::LOGIN_ERRS | Categories::ERRORS
            }
            Opcode::LOGIN_REQUEST
            | Opcode::LOGIN_RESPONSE
            | Opcode::TEXT_REQUEST
            | Opcode::TEXT_RESPONSE => Categories::LOGIN,
            Opcode::LOGOUT_REQUEST | Opcode::LOGOUT_RESPONSE => {
                Categories::LOGIN | Categories::SESSION
            }
            Opcode::SCSI_COMMAND => Categories::SCSI,
            Opcode::SCSI_RESPONSE => Categories::SCSI | errors(failed(pdu)),
            Opcode::DATA_IN if header.carries_status() => {
                Categories::DATA | Categories::SCSI | errors(failed(pdu))
            }
            Opcode::DATA_IN | Opcode::DATA_OUT | Opcode::R2T => Categories::DATA,
            Opcode::NOP_OUT | Opcode::NOP_IN => Categories::NOPS,
            Opcode::TMF_REQUEST | Opcode::TMF_RESPONSE => Categories::TMF | Categories::EH,
            Opcode::ASYNC_MESSAGE => Categories::SESSION | Categories::ERRORS,
            Opcode::REJECT | Opcode::SNACK_REQUEST => Categories::ERRORS,
            _ => Categories::empty(),
        }
}
