//! JSON Lines: one object per record, fields as in [`super::FIELDS`].

use std::fmt;
use std::io::{self, Write};

use iscsi_decoders::catalogue::{self, Space};
use iscsi_decoders::isns;
use iscsi_decoders::pdu::ahs::{self, Ahs};
use iscsi_decoders::pdu::keys;
use iscsi_decoders::scsi::{Cdb, Sense};
use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Serialize, Serializer};

use super::fields::{FIELDS, scsi, sense};
use super::{Hex, Printer, Secrets};
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
        serde_json::to_writer(&mut self.line, &Object { record, secrets: self.secrets })?;
        self.line.push(b'\n');
        out.write_all(&self.line)
    }
}

struct Object<'a> {
    record: &'a Record<'a>,
    secrets: Secrets,
}

impl Serialize for Object<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for field in FIELDS {
            match (field.get)(self.record) {
                None => {}
                Some(Value::Object) => {
                    if let Record::Pdu(record) = self.record {
                        self.object(field.name, record, &mut map)?;
                    }
                }
                Some(value) => map.serialize_entry(field.name, &value)?,
            }
        }
        match self.record {
            Record::Skipped { bytes, .. } => map.serialize_entry("bytes", bytes)?,
            Record::Closed { reset, .. } => map.serialize_entry("reset", reset)?,
            Record::Opened { from_start, .. } => map.serialize_entry("from_start", from_start)?,
            Record::Finding(finding) => {
                map.serialize_entry("message", &finding.kind.to_string())?;
            }
            Record::Isns { message, .. } => {
                map.serialize_entry("message", &Text(message))?;
                map.serialize_entry("transaction_id", &message.header.transaction_id)?;
                if let Some(status) = message.status() {
                    map.serialize_entry("status", &status.0)?;
                }
                map.serialize_entry("attributes", &Attributes(message))?;
            }
            Record::Dhcp { message, .. } => map.serialize_entry("message", &Text(message))?,
            Record::Pdu(_) => {}
        }
        map.end()
    }
}

impl Object<'_> {
    fn object<M: SerializeMap>(
        &self,
        name: &'static str,
        record: &PduRecord<'_>,
        map: &mut M,
    ) -> Result<(), M::Error> {
        match name {
            "keys" => map.serialize_entry(name, &Keys(record.pdu.text, self.secrets)),
            "ahs" => map.serialize_entry(name, &AhsList(record.pdu.ahs)),
            "scsi" => scsi(record).map_or(Ok(()), |cdb| map.serialize_entry(name, &Scsi(cdb))),
            _ => sense(record).map_or(Ok(()), |sense| map.serialize_entry(name, &SenseData(sense))),
        }
    }
}

impl Serialize for Value<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match *self {
            Self::Number(number) => serializer.serialize_u64(number),
            Self::Bool(truth) => serializer.serialize_bool(truth),
            Self::Text(text) => serializer.serialize_str(text),
            Self::Bytes(bytes) => serializer.collect_str(&Hex(bytes)),
            Self::Time(time) => serializer.collect_str(&time),
            Self::Address(address) => serializer.collect_str(&address),
            Self::Object => serializer.serialize_unit(),
        }
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
            Ahs::ExtendedCdb(cdb) => map.serialize_entry("extended_cdb", &Value::Bytes(cdb))?,
            Ahs::BidirectionalReadLength(length) => {
                map.serialize_entry("bidirectional_read_length", &length)?;
            }
            Ahs::Other { kind, content } => {
                map.serialize_entry("type", &kind)?;
                map.serialize_entry("content", &Value::Bytes(content))?;
            }
        }
        map.end()
    }
}

struct Scsi<'a>(Cdb<'a>);

impl Serialize for Scsi<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("opcode", &self.0.opcode())?;
        if let Some(name) = self.0.name() {
            map.serialize_entry("name", name)?;
        }
        for (name, value) in self.0.fields() {
            map.serialize_entry(name, &value)?;
        }
        map.end()
    }
}

struct SenseData<'a>(Sense<'a>);

impl Serialize for SenseData<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let sense = &self.0;
        let mut map = serializer.serialize_map(None)?;
        let mut entry = |name, value: Option<u64>| match value {
            Some(value) => map.serialize_entry(name, &value),
            None => Ok(()),
        };
        entry("response_code", Some(sense.response_code().into()))?;
        entry("key", sense.key().map(u64::from))?;
        entry("asc", sense.asc().map(u64::from))?;
        entry("ascq", sense.ascq().map(u64::from))?;
        entry("information", sense.information())?;
        entry("command_specific", sense.command_specific())?;
        entry("field_replaceable_unit", sense.field_replaceable_unit().map(u64::from))?;
        if sense.deferred() {
            map.serialize_entry("deferred", &true)?;
        }
        if let Some(entry) = sense.code().and_then(|code| catalogue::get(Space::Asc, code.into())) {
            map.serialize_entry("text", entry.symbol)?;
        }
        map.end()
    }
}
