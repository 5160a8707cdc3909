//! Which debug categories show a PDU.

use iscsi_decoders::pdu::Opcode;
use iscsi_decoders::stream::Pdu;

use crate::category::Categories;
use crate::event::{What, recovery};

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

/// The debug categories that show an event of the kernel.
pub(super) fn of_kernel(what: &What) -> Categories {
    match what {
        What::Identity(_) | What::ConnectionStep(_) => Categories::CONN,
        What::ConnectionError(_) => Categories::ERRORS | Categories::CONN,
        What::SessionStep(_) => Categories::SESSION,
        What::HandlerEntered(handler) | What::HandlerReturned(handler) => {
            // A timer that fires is the start of everything else.
            Categories::EH
                | match handler.function {
                    recovery::Function::TimedOut => Categories::TIMERS,
                    _ => Categories::ERRORS,
                }
        }
        What::TmfEntered(_) | What::TmfReturned(_) => Categories::TMF | Categories::EH,
        What::TransportTimer(_) => Categories::TIMERS | Categories::NOPS,
        What::Nop(_) => Categories::NOPS | Categories::TIMERS,
        What::Netlink(_) => Categories::NETLINK,
        What::Tcp(_) => Categories::TCP,
        What::Text(_) => Categories::FUNCTION,
        What::Command(_) => Categories::SCSI,
        What::Module(_) | What::Began(_) => Categories::CONN,
        What::Loss(_) => Categories::ERRORS,
    }
}
