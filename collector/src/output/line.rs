//! One readable line per record: who, when, what, and what matters for this kind of PDU.

use std::fmt::{self, Write as _};
use std::io::{self, Write};

use iscsi_decoders::catalogue::{self, Space};
use iscsi_decoders::pdu::{Digest, Direction, Opcode, RESERVED_TAG, keys};

use super::fields::{scsi, sense};
use super::kernel_line;
use super::time::{Clock, Date};
use super::{Plain, Printer, Secrets};
use crate::category::Categories;
use crate::model::finding::Duration;
use crate::model::{PduRecord, Record};

const RED: &str = "\x1b[31m";
const RESET: &str = "\x1b[0m";

/// Prints lines.
#[derive(Debug, Default)]
pub struct Line {
    secrets: Secrets,
    colour: bool,
    text: String,
}

impl Line {
    /// With or without secrets and escape sequences.
    pub fn new(secrets: Secrets, colour: bool) -> Self {
        Self { secrets, colour, text: String::new() }
    }
}

impl Printer for Line {
    fn print(&mut self, record: &Record<'_>, out: &mut dyn Write) -> io::Result<()> {
        self.text.clear();
        let alarming = self.colour && record.categories().contains(Categories::ERRORS);
        self.text.push_str(if alarming { RED } else { "" });
        // Writing to a String cannot fail.
        let _ = self.line(record);
        self.text.push_str(if alarming { RESET } else { "" });
        self.text.push('\n');
        out.write_all(self.text.as_bytes())
    }
}

impl Line {
    fn line(&mut self, record: &Record<'_>) -> fmt::Result {
        let text = &mut self.text;
        let stamp = record.stamp();
        write!(text, "{:>7} {} ", stamp.frame, Clock(stamp.time))?;
        if let Some(connection) = record.connection() {
            write!(text, "#{} ", connection.0)?;
        }
        match *record {
            Record::Pdu(ref pdu) => self.pdu(pdu),
            Record::Opened { ends, from_start, stamp, .. } => {
                write!(
                    text,
                    "= connection {} → {}, {}",
                    ends.initiator,
                    ends.target,
                    Date(stamp.time)
                )?;
                text.push_str(if from_start { "" } else { ", joined after its start" });
                Ok(())
            }
            Record::Closed { direction, reset, .. } => write!(
                text,
                "= connection {} by the {}",
                if reset { "reset" } else { "closed" },
                side(direction)
            ),
            Record::Skipped { bytes, direction, .. } => {
                write!(
                    text,
                    "= {bytes} bytes from the {} skipped: not captured, or not iSCSI",
                    side(direction)
                )
            }
            Record::Finding(finding) => {
                text.push_str("! ");
                if let Some(tag) = finding.initiator_task_tag {
                    write!(text, "itt 0x{tag:x}: ")?;
                }
                write!(text, "{}", Plain(&finding.kind.to_string()))
            }
            Record::Isns { route, message, .. } => {
                let message = message.to_string();
                write!(text, "= iSNS {} → {} {}", route.src, route.dst, Plain(&message))
            }
            Record::Dhcp { route, message, .. } => {
                let message = message.to_string();
                write!(text, "= DHCP {} → {} {}", route.src, route.dst, Plain(&message))
            }
            Record::Kernel(ref record) => kernel_line::write(text, record),
        }
    }

    fn pdu(&mut self, record: &PduRecord<'_>) -> fmt::Result {
        let Self { text, secrets, .. } = self;
        let pdu = record.pdu;
        let header = pdu.header;
        let arrow = if pdu.direction == Direction::ToTarget { "→" } else { "←" };
        write!(text, "{arrow} {:<15}", header.opcode())?;
        let tag = header.initiator_task_tag();
        if tag != RESERVED_TAG {
            write!(text, " itt=0x{tag:x}")?;
        }
        if let Some(lun) = pdu.lun().or_else(|| record.task.and_then(|task| task.lun)) {
            write!(text, " lun={lun}")?;
        }
        details(text, record, *secrets)?;
        let length = header.data_segment_length();
        if length > 0 {
            write!(text, " len={length}")?;
        }
        if pdu.data_missing > 0 {
            write!(text, " ({} not captured)", pdu.data_missing)?;
        }
        for (name, digest) in [("header", pdu.header_digest), ("data", pdu.data_digest)] {
            if let Digest::Bad { sent, computed } = digest {
                write!(text, " BAD {name} digest 0x{sent:08x}, computed 0x{computed:08x}")?;
            }
        }
        if pdu.origin.is_some_and(|origin| origin.rebuilt) {
            text.push_str(" (header rebuilt by the driver)");
        }
        if let Some(timing) = record.timing {
            write!(text, " {}", Duration(timing.service))?;
        }
        Ok(())
    }
}

/// Who sends in this direction.
fn side(direction: Direction) -> &'static str {
    if direction == Direction::ToTarget { "initiator" } else { "target" }
}

/// ` name=value`, if there is a value.
fn field(text: &mut String, name: &str, value: Option<impl fmt::Display>) -> fmt::Result {
    value.map_or(Ok(()), |value| write!(text, " {name}={value}"))
}

/// A code by its name in the catalogue.
fn code(text: &mut String, space: Space, code: u32) -> fmt::Result {
    match catalogue::get(space, code) {
        Some(entry) => write!(text, " {}", entry.symbol),
        None => write!(text, " unknown code 0x{code:x}"),
    }
}

fn details(text: &mut String, record: &PduRecord<'_>, secrets: Secrets) -> fmt::Result {
    let header = record.pdu.header;
    match header.opcode() {
        Opcode::SCSI_COMMAND => command(text, record)?,
        Opcode::SCSI_RESPONSE => response(text, record)?,
        Opcode::DATA_IN | Opcode::DATA_OUT => {
            field(text, "data_sn", header.data_sn())?;
            field(text, "offset", header.buffer_offset())?;
            if header.final_bit() == Some(true) {
                text.push_str(" F");
            }
            if header.carries_status() {
                status(text, record)?;
            }
        }
        Opcode::R2T => {
            field(text, "r2t_sn", header.r2t_sn())?;
            field(text, "offset", header.buffer_offset())?;
            field(text, "wants", header.desired_data_transfer_length())?;
        }
        Opcode::LOGIN_REQUEST | Opcode::LOGIN_RESPONSE => login(text, record, secrets)?,
        Opcode::TEXT_REQUEST | Opcode::TEXT_RESPONSE => pairs(text, record, secrets)?,
        Opcode::TMF_REQUEST => {
            code(text, Space::TmfFunction, header.function().unwrap_or(0).into())?;
            if let (Some(1 | 8), Some(tag)) = (header.function(), header.referenced_task_tag()) {
                write!(text, " of itt 0x{tag:x}")?;
            }
        }
        Opcode::TMF_RESPONSE => {
            code(text, Space::TmfResponse, header.response().unwrap_or(0).into())?;
        }
        Opcode::LOGOUT_REQUEST => {
            code(text, Space::LogoutReason, header.reason().unwrap_or(0).into())?;
        }
        Opcode::LOGOUT_RESPONSE => {
            code(text, Space::LogoutResponse, header.response().unwrap_or(0).into())?;
        }
        Opcode::NOP_OUT | Opcode::NOP_IN => {
            if let Some(tag) = record.pdu.target_transfer_tag().filter(|&tag| tag != RESERVED_TAG) {
                write!(text, " ttt=0x{tag:x}")?;
            }
        }
        Opcode::REJECT => code(text, Space::Reject, header.reason().unwrap_or(0).into())?,
        Opcode::ASYNC_MESSAGE => {
            code(text, Space::Async, header.async_event().unwrap_or(0).into())?;
        }
        _ => {}
    }
    field(text, "cmd_sn", header.cmd_sn())?;
    if header.immediate() == Some(true) {
        text.push_str(" I");
    }
    field(text, "stat_sn", record.pdu.stat_sn())
}

fn command(text: &mut String, record: &PduRecord<'_>) -> fmt::Result {
    let Some(cdb) = scsi(record) else { return Ok(()) };
    match cdb.name() {
        Some(name) => write!(text, " {name}")?,
        None => write!(text, " opcode 0x{:02x}", cdb.opcode())?,
    }
    // Page codes of INQUIRY and its like count only where a bit says so.
    let has_page = ["evpd", "pcv"].iter().all(|flag| cdb.field(flag) != Some(0));
    if let Some(page) = cdb.field("page_code").filter(|_| has_page) {
        write!(text, " page=0x{page:02x}")?;
    }
    // READ CAPACITY once could ask about a part of the medium; zero asks about all of it.
    let asks_all = cdb.name().is_some_and(|name| name.starts_with("READ CAPACITY"));
    field(text, "lba", cdb.lba().filter(|&lba| lba != 0 || !asks_all))?;
    field(text, "blocks", cdb.blocks())?;
    let length = record.pdu.header.expected_data_transfer_length();
    field(text, "edtl", length.filter(|&length| length > 0))
}

fn response(text: &mut String, record: &PduRecord<'_>) -> fmt::Result {
    match record.pdu.header.response() {
        Some(0) => status(text, record),
        other => code(text, Space::ScsiResponse, other.unwrap_or(0).into()),
    }
}

/// SCSI status with the sense data and residual behind it.
fn status(text: &mut String, record: &PduRecord<'_>) -> fmt::Result {
    let header = record.pdu.header;
    let status = header.status().unwrap_or(0);
    match catalogue::get(Space::ScsiStatus, status.into()) {
        Some(entry) => write!(text, " {}", entry.symbol)?,
        None => write!(text, " status 0x{status:02x}")?,
    }
    if let Some(sense) = sense(record) {
        if let Some(key) = sense.key() {
            text.push(':');
            match catalogue::get(Space::SenseKey, key.into()) {
                Some(entry) => write!(text, " {}", entry.symbol)?,
                None => write!(text, " sense key 0x{key:x}")?,
            }
        }
        if let Some(asc) = sense.code() {
            text.push(',');
            code(text, Space::Asc, asc.into())?;
            write!(text, " ({:02x}/{:02x})", asc >> 8, asc & 0xff)?;
        }
    }
    let residual = header.residual_count();
    field(text, "overflow", residual.filter(|_| header.overflow() == Some(true)))?;
    field(text, "underflow", residual.filter(|_| header.underflow() == Some(true)))
}

fn stage(number: u8) -> &'static str {
    match number {
        0 => "security",
        1 => "operational",
        3 => "full feature",
        _ => "reserved stage",
    }
}

fn login(text: &mut String, record: &PduRecord<'_>, secrets: Secrets) -> fmt::Result {
    let header = record.pdu.header;
    if let (Some(class), Some(detail)) = (header.status_class(), header.status_detail())
        && class != 0
    {
        write!(text, " {class:02x}{detail:02x}")?;
        code(text, Space::Login, u32::from(class) << 8 | u32::from(detail))?;
    } else if let Some(current) = header.csg() {
        write!(text, " {}", stage(current))?;
        if let Some(next) = header.nsg() {
            write!(text, "→{}", stage(next))?;
        }
    }
    pairs(text, record, secrets)
}

fn pairs(text: &mut String, record: &PduRecord<'_>, secrets: Secrets) -> fmt::Result {
    for (key, value) in keys::pairs(record.pdu.text) {
        write!(text, " {}={}", Plain(key), Plain(secrets.value(key, value)))?;
    }
    if record.pdu.header.continue_bit() == Some(true) {
        text.push_str(" (continued)");
    }
    Ok(())
}
