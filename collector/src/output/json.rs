//! JSON Lines: one object per record, fields as in [`super::FIELDS`].

mod object;

use std::fmt;
use std::io::{self, Write};

use iscsi_decoders::catalogue::{self, Space};
use iscsi_decoders::isns;
use iscsi_decoders::pdu::ahs::{self, Ahs};
use iscsi_decoders::pdu::{Direction, keys};
use iscsi_decoders::scsi::{Cdb, Sense};
use object::Object;
use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Serialize, Serializer};

use super::fields::{FIELDS, scsi, sense};
use super::{Hex, Printer, Secrets};
use crate::event::What;
use crate::event::connection::Flown;
use crate::model::{PduRecord, Record};
use crate::value::Value;

/// Prints JSON Lines.
#[derive(Debug, Default)]
pub struct Json {
    secrets: Secrets,
    line: Vec<u8>,
}

impl Json {
    /// With or without secrets.
    pub fn new(secrets: Secrets) -> Self {
        Self { secrets, line: Vec::new() }
    }
}

impl Printer for Json {
    fn print(&mut self, record: &Record<'_>, out: &mut dyn Write) -> io::Result<()> {
        self.line.clear();
        let mut object = Object::begin(&mut self.line);
        for field in FIELDS {
            match (field.get)(record) {
                None => {}
                Some(Value::Object) => {
                    if let Record::Pdu(record) = record {
                        nested(&mut object, field.name, record, self.secrets)?;
                    }
                }
                Some(value) => object.value(field.name, value)?,
            }
        }
        besides(&mut object, record)?;
        object.end();
        self.line.push(b'\n');
        out.write_all(&self.line)
    }
}

/// The fields that are objects or lists themselves.
fn nested(
    object: &mut Object<'_>,
    name: &'static str,
    record: &PduRecord<'_>,
    secrets: Secrets,
) -> io::Result<()> {
    match name {
        "keys" => object.member(name, &Keys(record.pdu.text, secrets)),
        "ahs" => object.member(name, &AhsList(record.pdu.ahs)),
        "scsi" => match scsi(record) {
            Some(cdb) => object.object(name, |object| command(object, &cdb)),
            None => Ok(()),
        },
        _ => match sense(record) {
            Some(sense) => object.object(name, |object| sense_data(object, &sense)),
            None => Ok(()),
        },
    }
}

/// What records other than PDUs have that filters do not name.
fn besides(object: &mut Object<'_>, record: &Record<'_>) -> io::Result<()> {
    match record {
        Record::Skipped { bytes, .. } => object.member("bytes", bytes),
        Record::Closed { reset, .. } => object.member("reset", reset),
        Record::Opened { from_start, .. } => object.member("from_start", from_start),
        Record::Finding(finding) => object.member("message", &finding.kind.to_string()),
        Record::Isns { message, .. } => {
            object.member("message", &Text(message))?;
            object.member("transaction_id", &message.header.transaction_id)?;
            if let Some(status) = message.status() {
                object.member("status", &status.0)?;
            }
            object.member("attributes", &Attributes(message))
        }
        Record::Dhcp { message, .. } => object.member("message", &Text(message)),
        Record::Kernel(record) => match &record.event.what {
            What::ConnectionError(error) => {
                object.member("stack", &error.stack)?;
                object.member("flight", &Flight(&error.flight))
            }
            _ => Ok(()),
        },
        Record::Pdu(_) => Ok(()),
    }
}

/// The last headers of a connection as small objects.
struct Flight<'a>(&'a [Flown]);

impl Serialize for Flight<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(FlownHeader))
    }
}

struct FlownHeader<'a>(&'a Flown);

impl Serialize for FlownHeader<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Flown { time, sent, header, data_length } = self.0;
        let direction = if *sent { Direction::ToTarget } else { Direction::ToInitiator };
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("time", &Text(time))?;
        map.serialize_entry("direction", direction.name())?;
        map.serialize_entry("pdu", header.opcode().name_or_kind())?;
        map.serialize_entry("initiator_task_tag", &header.initiator_task_tag())?;
        map.serialize_entry("data_segment_length", data_length)?;
        map.serialize_entry("bhs", &Text(&Hex(&header.0)))?;
        map.end()
    }
}

fn command(object: &mut Object<'_>, cdb: &Cdb<'_>) -> io::Result<()> {
    object.member("opcode", &cdb.opcode())?;
    if let Some(name) = cdb.name() {
        object.member("name", name)?;
    }
    cdb.fields().try_for_each(|(name, value)| object.value(name, Value::Number(value)))
}

fn sense_data(object: &mut Object<'_>, sense: &Sense<'_>) -> io::Result<()> {
    let mut number = |name, value: Option<u64>| match value {
        Some(value) => object.value(name, Value::Number(value)),
        None => Ok(()),
    };
    number("response_code", Some(sense.response_code().into()))?;
    number("key", sense.key().map(u64::from))?;
    number("asc", sense.asc().map(u64::from))?;
    number("ascq", sense.ascq().map(u64::from))?;
    number("information", sense.information())?;
    number("command_specific", sense.command_specific())?;
    number("field_replaceable_unit", sense.field_replaceable_unit().map(u64::from))?;
    if sense.deferred() {
        object.member("deferred", &true)?;
    }
    match sense.code().and_then(|code| catalogue::get(Space::Asc, code.into())) {
        Some(entry) => object.member("text", entry.symbol),
        None => Ok(()),
    }
}

/// Anything by the words it prints.
struct Text<'a, T>(&'a T);

impl<T: fmt::Display> Serialize for Text<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self.0)
    }
}

/// The attributes of an iSNS message as pairs of name and value.
struct Attributes<'a>(&'a isns::Message<'a>);

impl Serialize for Attributes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let whole = self.0.attributes().flatten();
        serializer.collect_seq(whole.map(|attribute| {
            let value = attribute.value();
            let text = value.map_or_else(|error| error.to_string(), |value| value.to_string());
            [attribute.tag.to_string(), text]
        }))
    }
}

struct Keys<'a>(&'a [u8], Secrets);

impl Serialize for Keys<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let pairs = keys::pairs(self.0).map(|(key, value)| [key, self.1.value(key, value)]);
        serializer.collect_seq(pairs)
    }
}

struct AhsList<'a>(&'a [u8]);

impl Serialize for AhsList<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(None)?;
        for segment in ahs::segments(self.0) {
            list.serialize_element(&AhsSegment(segment))?;
        }
        list.end()
    }
}

struct AhsSegment<'a>(Ahs<'a>);

impl Serialize for AhsSegment<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1))?;
        match self.0 {
            Ahs::ExtendedCdb(cdb) => map.serialize_entry("extended_cdb", &Text(&Hex(cdb)))?,
            Ahs::BidirectionalReadLength(length) => {
                map.serialize_entry("bidirectional_read_length", &length)?;
            }
            Ahs::Other { kind, content } => {
                map.serialize_entry("type", &kind)?;
                map.serialize_entry("content", &Text(&Hex(content)))?;
            }
        }
        map.end()
    }
}
