//! The fields of an event: one table for JSON, `-v` and `--filter`.
//!
//! Names and meaning are a contract (ARCHITECTURE.md, "JSON"): RFC 7143's field names in snake case, tags
//! and numbers as numbers, what is absent left out.

use iscsi_decoders::pdu::{Bhs, Digest, Direction, Opcode, ahs, keys};
use iscsi_decoders::scsi::{Cdb, Sense, sense_from_response};

use super::kernel;
use crate::event::What;
use crate::filter::{FieldId, Kind, Schema};
use crate::model::{PduRecord, Record};
use crate::value::Value;

/// One field.
pub struct Field {
    /// Its name in JSON and filters.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// One line of help.
    pub help: &'static str,
    /// Its value, if the event has it.
    pub get: for<'a> fn(&'a Record<'a>) -> Option<Value<'a>>,
}

macro_rules! fields {
    ($($name:literal, $kind:expr, $help:literal, $get:expr;)*) => {
        /// Every field, in the order they are shown.
        pub const FIELDS: &[Field] = &[
            $(Field { name: $name, kind: $kind, help: $help, get: $get },)*
        ];
    };
}

pub(super) fn pdu<'a>(record: &'a Record<'a>) -> Option<&'a PduRecord<'a>> {
    match record {
        Record::Pdu(pdu) => Some(pdu),
        _ => None,
    }
}

pub(super) fn header<'a>(record: &'a Record<'a>) -> Option<&'a Bhs> {
    pdu(record).map(|record| record.pdu.header)
}

pub(super) fn number<'a>(value: Option<impl Into<u64>>) -> Option<Value<'a>> {
    value.map(|value| Value::Number(value.into()))
}

pub(super) fn truth<'a>(value: Option<bool>) -> Option<Value<'a>> {
    value.map(Value::Bool)
}

pub(super) fn micros<'a>(nanoseconds: Option<i64>) -> Option<Value<'a>> {
    nanoseconds.map(|ns| Value::Number(u64::try_from(ns / 1000).unwrap_or(0)))
}

fn direction(record: &Record<'_>) -> Option<Direction> {
    match record {
        Record::Pdu(pdu) => Some(pdu.pdu.direction),
        Record::Skipped { direction, .. } | Record::Closed { direction, .. } => Some(*direction),
        _ => None,
    }
}

fn route<'a>(record: &Record<'_>, source: bool) -> Option<Value<'a>> {
    let (src, dst) = match record {
        Record::Pdu(pdu) => pdu.pdu.ends.route(pdu.pdu.direction),
        Record::Opened { ends, .. } => ends.route(Direction::ToTarget),
        Record::Isns { route, .. } | Record::Dhcp { route, .. } => (route.src, route.dst),
        Record::Kernel(record) => match &record.event.what {
            What::Identity(identity) if identity.remote.is_some() => {
                identity.ends().route(Direction::ToTarget)
            }
            _ => return None,
        },
        _ => return None,
    };
    Some(Value::Address(if source { src } else { dst }))
}

fn digest<'a>(digest: Digest) -> Option<Value<'a>> {
    digest.name().map(Value::Text)
}

fn sent<'a>(digest: Digest) -> Option<Value<'a>> {
    match digest {
        Digest::Good(sent) | Digest::Bad { sent, .. } => Some(Value::Number(sent.into())),
        _ => None,
    }
}

fn computed<'a>(digest: Digest) -> Option<Value<'a>> {
    match digest {
        Digest::Bad { computed, .. } => Some(Value::Number(computed.into())),
        _ => None,
    }
}

/// The logical unit: the header's, or where the header leaves it out, its task's.
fn lun<'a>(record: &'a Record<'a>) -> Option<Value<'a>> {
    if let Record::Kernel(record) = record {
        return kernel::lun(record.event);
    }
    let record = pdu(record)?;
    let of_task = || record.task.and_then(|task| task.lun);
    let lun = record.pdu.lun().or_else(of_task)?;
    Some(Value::Number(lun.to_number().unwrap_or_else(|| lun.to_linux())))
}

/// The CDB of a command, decoded for the device it went to.
pub fn scsi<'a>(record: &'a PduRecord<'a>) -> Option<Cdb<'a>> {
    record.cdb.map(|cdb| Cdb::new(cdb, record.task.and_then(|task| task.device)))
}

/// The sense data of a response or an asynchronous SCSI event.
pub fn sense<'a>(record: &'a PduRecord<'a>) -> Option<Sense<'a>> {
    let pdu = record.pdu;
    match pdu.header.opcode() {
        Opcode::SCSI_RESPONSE if pdu.header.response() == Some(0) => sense_from_response(pdu.data),
        Opcode::ASYNC_MESSAGE if pdu.header.async_event() == Some(0) => {
            sense_from_response(pdu.data)
        }
        _ => None,
    }
}

fn parameter<'a>(record: &'a Record<'a>, index: usize) -> Option<Value<'a>> {
    number(header(record)?.async_parameters()?.get(index).copied())
}

/// The frame of the request this PDU belongs to; absent on the request itself.
fn request_frame(record: &PduRecord<'_>) -> Option<u64> {
    let frame = record.task?.started.frame;
    let is_request = record.pdu.direction == Direction::ToTarget
        && record.pdu.header.opcode() != Opcode::DATA_OUT;
    (!is_request).then_some(frame)
}

/// Names of events that are not PDUs.
fn event<'a>(record: &Record<'_>) -> Option<Value<'a>> {
    Some(Value::Text(match record {
        Record::Pdu(_) => return None,
        Record::Opened { .. } => "connection-opened",
        Record::Closed { .. } => "connection-closed",
        Record::Skipped { .. } => "skipped",
        Record::Finding(_) => "finding",
        Record::Isns { .. } => "isns",
        Record::Dhcp { .. } => "dhcp",
        Record::Kernel(record) => record.event.what.name(),
    }))
}

const EVENTS: &[&str] = &join(
    ["connection-opened", "connection-closed", "skipped", "finding", "isns", "dhcp"],
    What::NAMES,
);

/// Two lists in one.
const fn join(first: [&'static str; 6], second: &[&'static str]) -> [&'static str; 23] {
    let mut all = [""; 23];
    let mut at = 0;
    while at < all.len() {
        all[at] = if at < first.len() { first[at] } else { second[at - first.len()] };
        at += 1;
    }
    all
}
const DIRECTIONS: &[&str] = &["i2t", "t2i"];
const DIGESTS: &[&str] = &["none", "good", "bad"];

fields! {
    "time", Kind::Time, "when it was captured, Unix seconds",
        |r| Some(Value::Time(r.stamp().time));
    "frame", Kind::Number, "number of the capture packet with the event's last byte",
        |r| Some(Value::Number(r.stamp().frame));
    "connection", Kind::Number, "number of the TCP connection in this run",
        |r| r.connection().map(|connection| Value::Number(connection.0.into()));
    "direction", Kind::Word(DIRECTIONS), "i2t (initiator to target) or t2i",
        |r| direction(r).map(|direction| Value::Text(direction.name()));
    "src", Kind::Address, "sender's address and port", |r| route(r, true);
    "dst", Kind::Address, "receiver's address and port", |r| route(r, false);
    "event", Kind::Word(EVENTS), "what it is, where it is not a PDU", event;
    "host", Kind::Number, "Linux: number of the SCSI host", kernel::host;
    "session", Kind::Number, "Linux: number of the session", kernel::session;
    "cpu", Kind::Number, "Linux: the CPU it was seen on", kernel::cpu;
    "target", Kind::Text, "name of the target", kernel::target;
    "initiator", Kind::Text, "name of the initiator", kernel::initiator;
    "transport", Kind::Text, "Linux: iSCSI transport of a connection, e.g. tcp", kernel::transport;
    "code", Kind::Number, "Linux: code of a connection error, e.g. 1022", kernel::code;
    "symbol", Kind::Text, "name of a code, e.g. ISCSI_ERR_NOP_TIMEDOUT", kernel::symbol;
    "meaning", Kind::Text, "what a code means", kernel::meaning;
    "raised_by", Kind::Text, "Linux: the kernel function that raised an error", kernel::raised_by;
    "step", Kind::Text, "step of a connection or session, e.g. started; what TCP did", kernel::step;
    "flag", Kind::Text, "how a connection was stopped; leading, of one that is bound", kernel::flag;
    "endpoint", Kind::Number, "of a connection that is bound: the socket's descriptor in iscsid, or the adapter's endpoint",
        kernel::endpoint;
    "session_state", Kind::Text, "libiscsi's state of the session", kernel::session_state;
    "recovery_timeout", Kind::Number, "seconds until I/O fails without a connection",
        kernel::recovery_timeout;
    "tcp_state", Kind::Text, "state of the socket, e.g. CLOSE_WAIT", kernel::tcp_state;
    "socket_error", Kind::Text, "errno of the socket, e.g. ECONNRESET", kernel::socket_error;
    "since_received_us", Kind::Microseconds, "since the target was last heard of",
        kernel::since_received;
    "since_sent_us", Kind::Microseconds, "since something was last sent, or the last ping",
        kernel::since_sent;
    "since_acknowledged_us", Kind::Microseconds, "since the target's TCP last acknowledged anything",
        kernel::since_acknowledged;
    "unacknowledged", Kind::Size, "bytes the target's TCP had not acknowledged", kernel::unacknowledged;
    "handler", Kind::Text, "Linux: error handler, e.g. abort or lun-reset", kernel::handler;
    "result", Kind::Text, "how a handler, command or request of the kernel ended", kernel::result;
    "duration_us", Kind::Microseconds, "how long a handler, command or request took", kernel::duration;
    "wait_us", Kind::Microseconds, "of it, waiting for a lock", kernel::wait;
    "message", Kind::Text, "text of a tracepoint; name of a netlink message", kernel::message;
    "device", Kind::Text, "Linux: what a text is about, e.g. session3", kernel::device;
    "process", Kind::Text, "name of the program that commanded", kernel::process;
    "outstanding", Kind::Bool, "whether a ping is unanswered", kernel::outstanding;
    "retransmits", Kind::Number, "TCP segments sent again so far", kernel::retransmits;
    "window", Kind::Size, "bytes the target's TCP lets the initiator send", kernel::window;
    "round_trip_us", Kind::Microseconds, "TCP's smoothed round trip", kernel::round_trip;
    "kind", Kind::Text, "what kind of events were lost", kernel::lost_kind;
    "events", Kind::Number, "how many events were lost, 0 where not known", kernel::lost;
    "cause", Kind::Text, "why: buffer-full, probe-skipped, left-out, probes-off", kernel::lost_cause;
    "during_us", Kind::Microseconds, "how long from `time` on events were lost", kernel::lost_during;
    "finding", Kind::Text, "name of a finding",
        |r| match r { Record::Finding(finding) => Some(Value::Text(finding.kind.name())), _ => None };
    "pdu", Kind::Word(Opcode::NAMES), "name of the PDU, e.g. scsi-command",
        |r| Some(Value::Text(header(r)?.opcode().name_or_kind()));
    "opcode", Kind::Number, "the six opcode bits", |r| number(Some(header(r)?.opcode().0));
    "bhs", Kind::Bytes, "the whole header, of an opcode RFC 7143 does not define",
        |r| header(r).filter(|bhs| bhs.opcode().name().is_none()).map(|bhs| Value::Bytes(&bhs.0));
    "immediate", Kind::Bool, "I: outside the command order", |r| truth(header(r)?.immediate());
    "final", Kind::Bool, "F: last PDU of a sequence", |r| truth(header(r)?.final_bit());
    "transit", Kind::Bool, "T: ready to leave the login stage", |r| truth(header(r)?.transit());
    "continue", Kind::Bool, "C: the text goes on in the next PDU", |r| truth(header(r)?.continue_bit());
    "csg", Kind::Number, "current login stage: 0 security, 1 operational", |r| number(header(r)?.csg());
    "nsg", Kind::Number, "next login stage: 1 operational, 3 full feature", |r| number(header(r)?.nsg());
    "read", Kind::Bool, "R: the command reads", |r| truth(header(r)?.read());
    "write", Kind::Bool, "W: the command writes", |r| truth(header(r)?.write());
    "attribute", Kind::Number, "task attribute: 1 simple, 2 ordered, 3 head of queue, 4 ACA",
        |r| number(header(r)?.task_attribute());
    "acknowledge", Kind::Bool, "A: the target wants a DataACK", |r| truth(header(r)?.acknowledge());
    "status_bit", Kind::Bool, "S: this Data-In carries the status", |r| truth(header(r)?.status_bit());
    "overflow", Kind::Bool, "O: residual overflow", |r| truth(header(r)?.overflow());
    "underflow", Kind::Bool, "U: residual underflow", |r| truth(header(r)?.underflow());
    "bidirectional_read_overflow", Kind::Bool, "o: residual overflow of the read part",
        |r| truth(header(r)?.bidirectional_read_overflow());
    "bidirectional_read_underflow", Kind::Bool, "u: residual underflow of the read part",
        |r| truth(header(r)?.bidirectional_read_underflow());
    "total_ahs_length", Kind::Number, "length of the additional headers, 4-byte words",
        |r| number(Some(header(r)?.total_ahs_length()));
    "data_segment_length", Kind::Size, "length of the data segment, bytes",
        |r| number(Some(header(r)?.data_segment_length()));
    "data_missing", Kind::Size, "bytes of the data segment that were not captured",
        |r| number(Some(pdu(r)?.pdu.data_missing).filter(|&missing| missing > 0));
    "lun", Kind::Number, "logical unit, from the header or its task", lun;
    "isid", Kind::Bytes, "initiator's part of the session id", |r| header(r)?.isid().map(|isid| Value::Bytes(isid));
    "tsih", Kind::Number, "target's part of the session id", |r| number(header(r)?.tsih());
    "cid", Kind::Number, "connection id within the session", kernel::cid;
    "initiator_task_tag", Kind::Number, "ITT",
        |r| match r {
            Record::Finding(finding) => number(finding.initiator_task_tag),
            Record::Kernel(record) => number(kernel::task_tag(record.event)),
            _ => number(Some(header(r)?.initiator_task_tag())),
        };
    "target_transfer_tag", Kind::Number, "TTT", |r| number(pdu(r)?.pdu.target_transfer_tag());
    "referenced_task_tag", Kind::Number, "the task to abort", |r| number(kernel::referenced_task_tag(r));
    "snack_tag", Kind::Number, "SNACK tag", |r| number(header(r)?.snack_tag());
    "expected_data_transfer_length", Kind::Size, "bytes the command transfers",
        |r| number(header(r)?.expected_data_transfer_length());
    "cmd_sn", Kind::Number, "CmdSN", |r| number(header(r)?.cmd_sn());
    "exp_stat_sn", Kind::Number, "ExpStatSN", |r| number(header(r)?.exp_stat_sn());
    "stat_sn", Kind::Number, "StatSN", |r| number(pdu(r)?.pdu.stat_sn());
    "exp_cmd_sn", Kind::Number, "ExpCmdSN", |r| number(header(r)?.exp_cmd_sn());
    "max_cmd_sn", Kind::Number, "MaxCmdSN", |r| number(header(r)?.max_cmd_sn());
    "ref_cmd_sn", Kind::Number, "CmdSN of the task to abort", |r| number(header(r)?.ref_cmd_sn());
    "data_sn", Kind::Number, "DataSN", |r| number(header(r)?.data_sn());
    "r2t_sn", Kind::Number, "R2TSN", |r| number(header(r)?.r2t_sn());
    "exp_data_sn", Kind::Number, "ExpDataSN", |r| number(pdu(r)?.pdu.exp_data_sn());
    "buffer_offset", Kind::Size, "offset in the command's buffer, bytes",
        |r| number(header(r)?.buffer_offset());
    "desired_data_transfer_length", Kind::Size, "bytes an R2T asks for",
        |r| number(header(r)?.desired_data_transfer_length());
    "beg_run", Kind::Number, "first number a SNACK asks for", |r| number(header(r)?.beg_run());
    "run_length", Kind::Number, "how many a SNACK asks for", |r| number(header(r)?.run_length());
    "version_max", Kind::Number, "highest protocol version", |r| number(header(r)?.version_max());
    "version_min", Kind::Number, "lowest protocol version", |r| number(header(r)?.version_min());
    "version_active", Kind::Number, "protocol version in use", |r| number(header(r)?.version_active());
    "status_class", Kind::Number, "login status: 1 redirect, 2 initiator error, 3 target error",
        |r| number(header(r)?.status_class());
    "status_detail", Kind::Number, "login status detail", |r| number(header(r)?.status_detail());
    "response", Kind::Number, "response code", |r| number(header(r)?.response());
    "status", Kind::Number, "SCSI status", |r| number(header(r)?.status());
    "residual_count", Kind::Size, "bytes not transferred or not fitting",
        |r| number(header(r)?.residual_count());
    "bidirectional_read_residual_count", Kind::Size, "the same for the read part",
        |r| number(header(r)?.bidirectional_read_residual_count());
    "reason", Kind::Number, "reason of a logout or reject", |r| number(header(r)?.reason());
    "function", Kind::Number, "task management function", |r| number(kernel::tmf_function(r));
    "snack_type", Kind::Number, "0 data/R2T, 1 status, 2 DataACK, 3 R-data", |r| number(header(r)?.snack_type());
    "time2wait", Kind::Number, "seconds to wait before the next login", |r| number(header(r)?.time2wait());
    "time2retain", Kind::Number, "seconds the target keeps the session", |r| number(header(r)?.time2retain());
    "async_event", Kind::Number, "event of an asynchronous message", |r| number(header(r)?.async_event());
    "async_vcode", Kind::Number, "a vendor's event code", |r| number(header(r)?.async_vcode());
    "parameter1", Kind::Number, "first parameter of an asynchronous message", |r| parameter(r, 0);
    "parameter2", Kind::Number, "second parameter", |r| parameter(r, 1);
    "parameter3", Kind::Number, "third parameter", |r| parameter(r, 2);
    "rebuilt", Kind::Bool, "the header is not the wire's: an offload driver rebuilt it",
        |r| truth(Some(pdu(r)?.pdu.origin?.rebuilt).filter(|&rebuilt| rebuilt));
    "header_digest", Kind::Word(DIGESTS), "none, good or bad", |r| digest(pdu(r)?.pdu.header_digest);
    "header_digest_sent", Kind::Number, "CRC32C as sent", |r| sent(pdu(r)?.pdu.header_digest);
    "header_digest_computed", Kind::Number, "CRC32C as it should be, where it is bad",
        |r| computed(pdu(r)?.pdu.header_digest);
    "data_digest", Kind::Word(DIGESTS), "none, good or bad", |r| digest(pdu(r)?.pdu.data_digest);
    "data_digest_sent", Kind::Number, "CRC32C as sent", |r| sent(pdu(r)?.pdu.data_digest);
    "data_digest_computed", Kind::Number, "CRC32C as it should be, where it is bad",
        |r| computed(pdu(r)?.pdu.data_digest);
    "ahs", Kind::Object, "additional header segments",
        |r| pdu(r).filter(|r| ahs::segments(r.pdu.ahs).next().is_some()).map(|_| Value::Object);
    "keys", Kind::Object, "login or text keys; keys.NAME is one of them",
        |r| pdu(r).filter(|r| !r.pdu.text.is_empty()).map(|_| Value::Object);
    "cdb", Kind::Bytes, "the SCSI command descriptor block", kernel::cdb;
    "scsi", Kind::Object, "the decoded command: scsi.name, scsi.opcode, scsi.lba, scsi.blocks, ...",
        |r| scsi(pdu(r)?).map(|_| Value::Object);
    "sense", Kind::Object, "sense data: sense.key, sense.asc, sense.ascq, sense.information",
        |r| sense(pdu(r)?).map(|_| Value::Object);
    "request_frame", Kind::Number, "frame of the request this answers or belongs to",
        |r| number(request_frame(pdu(r)?));
    "response_time_us", Kind::Microseconds, "from the request to this, its last answer",
        |r| micros(pdu(r)?.timing.map(|timing| timing.service));
    "first_r2t_us", Kind::Microseconds, "from the command to its first R2T",
        |r| micros(pdu(r)?.timing?.first_r2t);
    "r2t_wait_us", Kind::Microseconds, "time the initiator waited for R2Ts",
        |r| micros(pdu(r)?.timing?.r2t_wait);
    "data_time_us", Kind::Microseconds, "from the first data PDU to the last",
        |r| micros(pdu(r)?.timing?.data);
}

/// A member of one of the objects.
fn member<'a>(record: &'a Record<'a>, object: &str, name: &str) -> Option<Value<'a>> {
    let record = pdu(record)?;
    match object {
        "keys" => {
            let mut named = keys::pairs(record.pdu.text).filter(|(key, _)| *key == name);
            named.next().map(|(_, value)| Value::Text(value))
        }
        "scsi" => {
            let cdb = scsi(record)?;
            match name {
                "name" => cdb.name().map(Value::Text),
                "opcode" => Some(Value::Number(cdb.opcode().into())),
                _ => cdb.field(name).map(Value::Number),
            }
        }
        _ => {
            let sense = sense(record)?;
            match name {
                "key" => number(sense.key()),
                "asc" => number(sense.asc()),
                "ascq" => number(sense.ascq()),
                _ => number(sense.information()),
            }
        }
    }
}

/// The value of a field a filter asks for.
pub fn get<'a>(record: &'a Record<'a>, id: &FieldId) -> Option<Value<'a>> {
    match id {
        FieldId::Static(index) => (FIELDS.get(usize::from(*index))?.get)(record),
        FieldId::Member(index, name) => member(record, FIELDS.get(usize::from(*index))?.name, name),
    }
}

/// What filters may name.
pub struct EventSchema;

/// Members with a fixed name, for suggestions and for their kinds.
const MEMBERS: &[(&str, Kind)] = &[
    ("scsi.name", Kind::Text),
    ("scsi.opcode", Kind::Number),
    ("scsi.lba", Kind::Number),
    ("scsi.blocks", Kind::Number),
    ("scsi.service_action", Kind::Number),
    ("scsi.allocation_length", Kind::Size),
    ("sense.key", Kind::Number),
    ("sense.asc", Kind::Number),
    ("sense.ascq", Kind::Number),
    ("sense.information", Kind::Number),
];

impl Schema for EventSchema {
    fn field(&self, name: &str) -> Option<(FieldId, Kind)> {
        let position = |name: &str| {
            let index = FIELDS.iter().position(|field| field.name == name)?;
            u16::try_from(index).ok()
        };
        let Some((object, member)) = name.split_once('.') else {
            let index = position(name)?;
            return Some((FieldId::Static(index), FIELDS.get(usize::from(index))?.kind));
        };
        let fixed = MEMBERS.iter().find(|(fixed, _)| *fixed == name).map(|(_, kind)| *kind);
        let kind = match object {
            "keys" => Some(Kind::TextOrNumber),
            // Each command has fields of its own; those that no command has are mistakes.
            "scsi" => fixed.or_else(|| Cdb::is_field(member).then_some(Kind::Number)),
            "sense" => fixed,
            _ => None,
        }?;
        Some((FieldId::Member(position(object)?, member.into()), kind))
    }

    fn names(&self) -> Box<dyn Iterator<Item = &str> + '_> {
        let members = MEMBERS.iter().map(|(name, _)| *name);
        Box::new(FIELDS.iter().map(|field| field.name).chain(members))
    }
}
