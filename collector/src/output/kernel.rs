//! The kernel's part of the table of fields.

use iscsi_decoders::catalogue::{self, Entry, Space};

use super::fields::{header, micros, number, pdu, truth};
use crate::event::connection::{self, StepKind};
use crate::event::loss::Cause;
use crate::event::{KernelEvent, What, names};
use crate::model::Record;
use crate::value::Value;

fn event<'a>(record: &'a Record<'a>) -> Option<&'a KernelEvent> {
    match record {
        Record::Kernel(record) => Some(record.event),
        _ => None,
    }
}

fn what<'a>(record: &'a Record<'a>) -> Option<&'a What> {
    event(record).map(|event| &event.what)
}

fn text<'a>(text: &'a str) -> Option<Value<'a>> {
    (!text.is_empty()).then_some(Value::Text(text))
}

fn long<'a>(nanoseconds: Option<u64>) -> Option<Value<'a>> {
    micros(nanoseconds.map(|ns| i64::try_from(ns).unwrap_or(i64::MAX)))
}

pub(super) fn host<'a>(record: &'a Record<'a>) -> Option<Value<'a>> {
    match record {
        Record::Pdu(record) => number(record.pdu.origin?.host),
        _ => number(event(record)?.host),
    }
}

pub(super) fn session<'a>(record: &'a Record<'a>) -> Option<Value<'a>> {
    match record {
        Record::Pdu(record) => number(record.pdu.origin?.session),
        _ => number(event(record)?.session),
    }
}

/// The header's, or where it has none, the kernel's.
pub(super) fn cid<'a>(record: &'a Record<'a>) -> Option<Value<'a>> {
    match record {
        Record::Pdu(record) => {
            let known = record.pdu.origin.and_then(|origin| origin.cid);
            number(record.pdu.header.cid().map(u32::from).or(known))
        }
        _ => number(event(record)?.cid),
    }
}

pub(super) fn cpu<'a>(record: &'a Record<'a>) -> Option<Value<'a>> {
    match record {
        Record::Pdu(record) => number(Some(record.pdu.origin?.cpu)),
        _ => {
            let event = event(record)?;
            number(Some(event.cpu).filter(|_| match &event.what {
                // No CPU saw the trace begin, or knows what it did not see.
                What::Began(_) => false,
                What::Loss(loss) => matches!(loss.cause, Cause::BufferFull | Cause::LeftOut),
                _ => true,
            }))
        }
    }
}

pub(super) fn target<'a>(record: &'a Record<'a>) -> Option<Value<'a>> {
    match record {
        Record::Pdu(record) => record.target.map(Value::Text),
        Record::Kernel(record) => record.target.map(Value::Text),
        _ => None,
    }
}

pub(super) fn initiator<'a>(record: &'a Record<'a>) -> Option<Value<'a>> {
    match what(record)? {
        What::Identity(identity) => text(&identity.initiator),
        _ => None,
    }
}

pub(super) fn transport<'a>(record: &'a Record<'a>) -> Option<Value<'a>> {
    match what(record)? {
        What::Identity(identity) => text(&identity.transport),
        _ => None,
    }
}

pub(super) fn code<'a>(record: &'a Record<'a>) -> Option<Value<'a>> {
    match what(record)? {
        What::ConnectionError(error) => number(Some(error.code)),
        _ => None,
    }
}

fn entry(what: &What) -> Option<&'static Entry> {
    match what {
        What::ConnectionError(error) => catalogue::get(Space::Kernel, error.code),
        _ => None,
    }
}

pub(super) fn symbol<'a>(record: &'a Record<'a>) -> Option<Value<'a>> {
    entry(what(record)?).map(|entry| Value::Text(entry.symbol))
}

pub(super) fn meaning<'a>(record: &'a Record<'a>) -> Option<Value<'a>> {
    entry(what(record)?).map(|entry| Value::Text(entry.meaning))
}

pub(super) fn raised_by<'a>(record: &'a Record<'a>) -> Option<Value<'a>> {
    match what(record)? {
        What::ConnectionError(error) => error.raised_by.as_deref().map(Value::Text),
        _ => None,
    }
}

pub(super) fn step<'a>(record: &'a Record<'a>) -> Option<Value<'a>> {
    Some(Value::Text(match what(record)? {
        What::ConnectionStep(step) => step.step.name(),
        What::SessionStep(step) => step.step.name(),
        What::Tcp(tcp) => tcp.what.name(),
        What::Module(module) if module.loaded => "loaded",
        What::Module(_) => "unloaded",
        _ => return None,
    }))
}

/// The name of a code in the catalogue.
pub(super) fn coded(space: Space, code: u32) -> Option<&'static str> {
    catalogue::get(space, code).map(|entry| entry.symbol)
}

pub(super) fn flag<'a>(record: &'a Record<'a>) -> Option<Value<'a>> {
    let flag = match what(record)? {
        What::ConnectionStep(step) => connection_flag(step),
        What::Netlink(netlink) => coded(Space::StopFlag, netlink.flag?),
        _ => return None,
    };
    flag.map(Value::Text)
}

/// What a step's flag says.
pub(super) fn connection_flag(step: &connection::Step) -> Option<&'static str> {
    let flag = step.flag?;
    match step.step {
        StepKind::Bound => (flag != 0).then_some("leading"),
        StepKind::Stopped => coded(Space::StopFlag, flag),
        StepKind::FirmwareLogin => coded(Space::ConnState, flag),
        _ => None,
    }
}

pub(super) fn endpoint<'a>(record: &'a Record<'a>) -> Option<Value<'a>> {
    match what(record)? {
        What::ConnectionStep(step) => number(step.endpoint),
        _ => None,
    }
}

pub(super) fn session_state<'a>(record: &'a Record<'a>) -> Option<Value<'a>> {
    let state = match what(record)? {
        What::Identity(identity) => identity.session_state,
        What::ConnectionError(error) => error.session_state,
        What::SessionStep(step) => step.session_state,
        _ => return None,
    };
    coded(Space::SessionState, state).map(Value::Text)
}

pub(super) fn recovery_timeout<'a>(record: &'a Record<'a>) -> Option<Value<'a>> {
    match what(record)? {
        What::SessionStep(step) => number(u32::try_from(step.recovery_timeout).ok()),
        _ => None,
    }
}

pub(super) fn tcp_state<'a>(record: &'a Record<'a>) -> Option<Value<'a>> {
    let state = match what(record)? {
        What::ConnectionError(error) => error.tcp_state?,
        What::Tcp(tcp) => tcp.state,
        _ => return None,
    };
    names::tcp_state(state).map(Value::Text)
}

pub(super) fn socket_error<'a>(record: &'a Record<'a>) -> Option<Value<'a>> {
    let error = match what(record)? {
        What::ConnectionError(error) => error.socket_error,
        What::Tcp(tcp) => tcp.error,
        _ => return None,
    };
    names::errno(error).map(Value::Text)
}

pub(super) fn since_acknowledged<'a>(record: &'a Record<'a>) -> Option<Value<'a>> {
    match what(record)? {
        What::ConnectionError(error) => long(error.since_acknowledged),
        _ => None,
    }
}

pub(super) fn unacknowledged<'a>(record: &'a Record<'a>) -> Option<Value<'a>> {
    match what(record)? {
        What::ConnectionError(error) => number(error.unacknowledged),
        What::Tcp(tcp) => number(tcp.unacknowledged),
        _ => None,
    }
}

pub(super) fn since_received<'a>(record: &'a Record<'a>) -> Option<Value<'a>> {
    match what(record)? {
        What::ConnectionError(error) => long(error.since_received),
        What::TransportTimer(timer) => long(timer.since_received),
        _ => None,
    }
}

pub(super) fn since_sent<'a>(record: &'a Record<'a>) -> Option<Value<'a>> {
    match what(record)? {
        What::ConnectionError(error) => long(error.since_sent),
        What::TransportTimer(timer) => long(timer.since_ping),
        _ => None,
    }
}

pub(super) fn handler<'a>(record: &'a Record<'a>) -> Option<Value<'a>> {
    match what(record)? {
        What::HandlerEntered(handler) | What::HandlerReturned(handler) => {
            Some(Value::Text(handler.function.name()))
        }
        _ => None,
    }
}

pub(super) fn result<'a>(record: &'a Record<'a>) -> Option<Value<'a>> {
    result_name(what(record)?).map(Value::Text)
}

/// How it ended, by name.
pub(super) fn result_name(what: &What) -> Option<&'static str> {
    use crate::event::recovery::Function;
    let of_errno = |number: i32| match number {
        0 => Some("OK"),
        number => names::errno(number.unsigned_abs()),
    };
    match what {
        What::HandlerReturned(handler) => match handler.function {
            Function::TimedOut => names::timeout_action(handler.result?),
            _ => names::handler_result(handler.result?),
        },
        What::TmfReturned(tmf) => match tmf.result? {
            0 => coded(Space::TmfState, tmf.state?),
            error => of_errno(error),
        },
        What::Netlink(netlink) => of_errno(netlink.error),
        What::Command(command) => coded(Space::HostByte, command.result >> 16 & 0xff),
        _ => None,
    }
}

pub(super) fn duration<'a>(record: &'a Record<'a>) -> Option<Value<'a>> {
    long(match what(record)? {
        What::HandlerReturned(handler) => handler.duration,
        What::TmfReturned(tmf) => tmf.duration,
        What::Netlink(netlink) => Some(netlink.duration),
        What::Command(command) => Some(command.latency),
        _ => None,
    })
}

pub(super) fn wait<'a>(record: &'a Record<'a>) -> Option<Value<'a>> {
    match what(record)? {
        What::Netlink(netlink) => long(Some(netlink.wait)),
        _ => None,
    }
}

pub(super) fn message<'a>(record: &'a Record<'a>) -> Option<Value<'a>> {
    match what(record)? {
        What::Text(text) => Some(Value::Text(&text.message)),
        What::Netlink(netlink) => names::netlink_message(netlink.message).map(Value::Text),
        _ => None,
    }
}

pub(super) fn device<'a>(record: &'a Record<'a>) -> Option<Value<'a>> {
    match what(record)? {
        What::Text(what) => text(&what.device),
        What::Module(module) => text(&module.name),
        _ => None,
    }
}

pub(super) fn process<'a>(record: &'a Record<'a>) -> Option<Value<'a>> {
    match what(record)? {
        What::Netlink(netlink) => text(&netlink.comm),
        _ => None,
    }
}

pub(super) fn outstanding<'a>(record: &'a Record<'a>) -> Option<Value<'a>> {
    match what(record)? {
        What::TransportTimer(timer) => truth(Some(timer.outstanding)),
        _ => None,
    }
}

pub(super) fn retransmits<'a>(record: &'a Record<'a>) -> Option<Value<'a>> {
    match what(record)? {
        What::Tcp(tcp) => number(tcp.retransmits),
        _ => None,
    }
}

pub(super) fn window<'a>(record: &'a Record<'a>) -> Option<Value<'a>> {
    match what(record)? {
        What::Tcp(tcp) => number(tcp.window),
        _ => None,
    }
}

pub(super) fn round_trip<'a>(record: &'a Record<'a>) -> Option<Value<'a>> {
    match what(record)? {
        What::Tcp(tcp) => number(tcp.srtt_us),
        _ => None,
    }
}

pub(super) fn lost_kind<'a>(record: &'a Record<'a>) -> Option<Value<'a>> {
    match what(record)? {
        What::Loss(loss) => Some(Value::Text(loss.kind.name())),
        _ => None,
    }
}

pub(super) fn lost<'a>(record: &'a Record<'a>) -> Option<Value<'a>> {
    match what(record)? {
        What::Loss(loss) => number(Some(loss.events)),
        _ => None,
    }
}

pub(super) fn lost_cause<'a>(record: &'a Record<'a>) -> Option<Value<'a>> {
    match what(record)? {
        What::Loss(loss) => Some(Value::Text(loss.cause.name())),
        _ => None,
    }
}

pub(super) fn lost_during<'a>(record: &'a Record<'a>) -> Option<Value<'a>> {
    match what(record)? {
        What::Loss(loss) => number(u64::try_from(loss.during / 1000).ok()),
        _ => None,
    }
}

pub(super) fn lun<'a>(event: &KernelEvent) -> Option<Value<'a>> {
    number(match &event.what {
        What::HandlerEntered(handler) | What::HandlerReturned(handler) => Some(handler.lun),
        What::TmfEntered(tmf) | What::TmfReturned(tmf) => Some(tmf.lun),
        What::Command(command) => Some(command.lun),
        _ => None,
    })
}

pub(super) fn task_tag(event: &KernelEvent) -> Option<u32> {
    match &event.what {
        What::HandlerEntered(handler) | What::HandlerReturned(handler) => {
            handler.initiator_task_tag
        }
        What::Command(command) => command.initiator_task_tag,
        _ => None,
    }
}

pub(super) fn tmf_function(record: &Record<'_>) -> Option<u32> {
    match what(record) {
        Some(What::TmfEntered(tmf) | What::TmfReturned(tmf)) => Some(tmf.function),
        Some(_) => None,
        None => header(record)?.function().map(u32::from),
    }
}

pub(super) fn referenced_task_tag(record: &Record<'_>) -> Option<u32> {
    match what(record) {
        Some(What::TmfEntered(tmf) | What::TmfReturned(tmf)) => tmf.referenced_task_tag,
        Some(_) => None,
        None => header(record)?.referenced_task_tag(),
    }
}

pub(super) fn cdb<'a>(record: &'a Record<'a>) -> Option<Value<'a>> {
    match what(record) {
        Some(What::HandlerEntered(handler) | What::HandlerReturned(handler)) => {
            handler.cdb.as_ref().map(|cdb| Value::Bytes(cdb))
        }
        Some(What::Command(command)) => Some(Value::Bytes(&command.cdb)),
        Some(_) => None,
        None => pdu(record)?.cdb.map(Value::Bytes),
    }
}
