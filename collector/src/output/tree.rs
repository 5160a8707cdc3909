//! `-v`: the line, and under it every field with what its code means.

use std::io::{self, Write};

use iscsi_decoders::catalogue::{self, Space};
use iscsi_decoders::pdu::{Bhs, Opcode, keys};

use super::fields::{FIELDS, Field, header, scsi, sense};
use super::kernel_tree;
use super::line::Line;
use super::{Hex, Plain, Printer, Secrets};
use crate::filter::Kind;
use crate::model::{PduRecord, Record};
use crate::value::Value;

/// Prints trees.
#[derive(Debug, Default)]
pub struct Tree {
    secrets: Secrets,
    line: Line,
}

impl Tree {
    /// With or without secrets and escape sequences.
    pub fn new(secrets: Secrets, colour: bool) -> Self {
        Self { secrets, line: Line::new(secrets, colour) }
    }
}

impl Printer for Tree {
    fn print(&mut self, record: &Record<'_>, out: &mut dyn Write) -> io::Result<()> {
        self.line.print(record, out)?;
        if !matches!(record, Record::Pdu(_) | Record::Kernel(_)) {
            return Ok(());
        }
        // What the line has said.
        let shown = ["time", "frame", "connection", "direction", "pdu", "event"];
        for field in FIELDS.iter().filter(|field| !shown.contains(&field.name)) {
            match (field.get)(record) {
                None => {}
                Some(Value::Object) => {
                    if let Record::Pdu(pdu) = record {
                        self.object(field.name, pdu, out)?;
                    }
                }
                Some(value) => {
                    write!(out, "    {:<33} ", field.name)?;
                    print_value(field, value, out)?;
                    let header = header(record);
                    let meaning = header.and_then(|header| meaning(field.name, value, header));
                    if let Some(meaning) = meaning {
                        write!(out, "  {meaning}")?;
                    }
                    writeln!(out)?;
                }
            }
        }
        match record {
            Record::Kernel(record) => kernel_tree::write(record.event, out),
            _ => Ok(()),
        }
    }
}

fn print_value(field: &Field, value: Value<'_>, out: &mut dyn Write) -> io::Result<()> {
    match value {
        // Tags and digests are bit patterns; people compare them with other tools' hexadecimal.
        Value::Number(number)
            if field.name.ends_with("tag")
                || field.name.contains("digest")
                || field.name == "opcode" =>
        {
            write!(out, "0x{number:x}")
        }
        Value::Number(number) if field.kind == Kind::Microseconds => write!(out, "{number} µs"),
        Value::Number(number) => write!(out, "{number}"),
        Value::Bool(truth) => write!(out, "{}", if truth { "yes" } else { "no" }),
        Value::Text(text) => write!(out, "{}", Plain(text)),
        Value::Bytes(bytes) => write!(out, "{}", Hex(bytes)),
        Value::Time(time) => write!(out, "{time}"),
        Value::Address(address) => write!(out, "{address}"),
        Value::Object => Ok(()),
    }
}

/// What a code says.
fn meaning(field: &str, value: Value<'_>, header: &Bhs) -> Option<&'static str> {
    let Value::Number(number) = value else { return None };
    let number = u32::try_from(number).ok()?;
    let (space, code) = match (field, header.opcode()) {
        ("status", _) => (Space::ScsiStatus, number),
        ("response", Opcode::SCSI_RESPONSE) => (Space::ScsiResponse, number),
        ("response", Opcode::TMF_RESPONSE) => (Space::TmfResponse, number),
        ("response", _) => (Space::LogoutResponse, number),
        ("reason", Opcode::REJECT) => (Space::Reject, number),
        ("reason", _) => (Space::LogoutReason, number),
        ("function", _) => (Space::TmfFunction, number),
        ("async_event", _) => (Space::Async, number),
        ("status_detail", _) => (Space::Login, u32::from(header.status_class()?) << 8 | number),
        _ => return None,
    };
    catalogue::get(space, code).map(|entry| entry.meaning)
}

impl Tree {
    fn object(&self, name: &str, record: &PduRecord<'_>, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "    {name}")?;
        match name {
            "keys" => {
                for (key, value) in keys::pairs(record.pdu.text) {
                    let value = self.secrets.value(key, value);
                    writeln!(out, "      {}={}", Plain(key), Plain(value))?;
                }
            }
            "scsi" => {
                let Some(cdb) = scsi(record) else { return Ok(()) };
                writeln!(out, "      {:<31} {}", "name", cdb.name().unwrap_or("unknown"))?;
                for (field, value) in cdb.fields() {
                    writeln!(out, "      {field:<31} {value}")?;
                }
            }
            "sense" => {
                let Some(sense) = sense(record) else { return Ok(()) };
                let known = |space, code: u32| {
                    catalogue::get(space, code).map_or("", |entry| entry.meaning)
                };
                if let Some(key) = sense.key() {
                    let known = known(Space::SenseKey, key.into());
                    writeln!(out, "      {:<31} 0x{key:x}  {known}", "key")?;
                }
                if let Some(code) = sense.code() {
                    let known = known(Space::Asc, code.into());
                    let (asc, ascq) = (code >> 8, code & 0xff);
                    writeln!(out, "      {:<31} {asc:02x}/{ascq:02x}  {known}", "asc/ascq")?;
                }
                if let Some(information) = sense.information() {
                    writeln!(out, "      {:<31} {information}", "information")?;
                }
            }
            _ => {
                use iscsi_decoders::pdu::ahs::{Ahs, segments};
                for segment in segments(record.pdu.ahs) {
                    match segment {
                        Ahs::ExtendedCdb(cdb) => {
                            writeln!(out, "      {:<31} {}", "extended_cdb", Hex(cdb))?;
                        }
                        Ahs::BidirectionalReadLength(length) => {
                            writeln!(out, "      {:<31} {length}", "bidirectional_read_length")?;
                        }
                        Ahs::Other { kind, content } => {
                            writeln!(out, "      type {kind:<26} {}", Hex(content))?;
                        }
                    }
                }
            }
        }
        Ok(())
    }
}
