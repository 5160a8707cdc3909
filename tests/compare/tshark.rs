//! What tshark says about a capture.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, bail};

use crate::fields::{HEADER, Kind, Pair, SENSE};
use crate::pdml::{self, Field, Packet, Proto};
use crate::pdu::{Pdu, Value, number};

/// Two passes, so that requests know the frame of their response; segments put in order, which is not the default; and
/// the ports it would not take for iSCSI, so that there is something to compare on them.
const OPTIONS: &[&str] = &[
    "-n",
    "-2",
    "-o",
    "tcp.reassemble_out_of_order:TRUE",
    "-d",
    "tcp.port==13260,iscsi",
    "-d",
    "tcp.port==3262,iscsi",
];

pub fn decode(file: &Path) -> anyhow::Result<Vec<Pdu>> {
    let pdml = run(file, &["-T", "pdml", "-J", "frame iscsi iscsi.flags scsi"])?;
    let packets = pdml::parse(&pdml)?;
    packets.iter().map(pdus).collect::<anyhow::Result<Vec<_>>>().map(|lists| lists.concat())
}

/// Runs tshark on a capture and returns what it prints.
pub fn run(file: &Path, options: &[&str]) -> anyhow::Result<String> {
    let mut command = Command::new("tshark");
    let output = iscsi_tests::run(command.args(OPTIONS).args(options).arg("-r").arg(file))?;
    if !output.status.success() {
        bail!("tshark failed on {}: {}", file.display(), String::from_utf8_lossy(&output.stderr));
    }
    String::from_utf8(output.stdout).context("tshark's output is not UTF-8")
}

fn pdus(packet: &Packet) -> anyhow::Result<Vec<Pdu>> {
    let frame = packet.iter().find_map(|proto| find(&proto.fields, "frame.number"));
    let frame = frame.and_then(number).context("a packet without frame.number")?;
    let mut found: Vec<Pdu> = Vec::new();
    // tshark puts what belongs to a PDU behind it: a wrapper with its flags, then its SCSI part.
    for proto in packet {
        match (proto.name.as_str(), found.last_mut()) {
            ("iscsi", _) => found.extend(header(frame, proto)),
            ("fake-field-wrapper", Some(pdu)) => copy(HEADER, &proto.fields, &mut pdu.fields),
            ("scsi", Some(pdu)) => scsi(proto, pdu),
            _ => {}
        }
    }
    Ok(found)
}

/// A PDU too short for its header has a line but no opcode.
fn header(frame: u64, proto: &Proto) -> Option<Pdu> {
    let opcode = u8::try_from(number(find(&proto.fields, "iscsi.opcode")?)?).ok()?;
    let initiator_task_tag = number(find(&proto.fields, "iscsi.initiatortasktag")?)?;
    let mut fields = BTreeMap::new();
    copy(HEADER, &proto.fields, &mut fields);
    login_status(proto, &mut fields);
    for (digest, name) in
        [("header_digest", "iscsi.headerdigest32"), ("data_digest", "iscsi.datadigest32")]
    {
        let label = proto.fields.iter().find(|field| field.name == name).map(|field| &field.label);
        let verdict = match label {
            None => "none",
            Some(label) if label.contains("(Good CRC32)") => "good",
            Some(_) => "bad",
        };
        fields.insert(digest.to_owned(), Value::Text(verdict.to_owned()));
    }
    if let Some(seconds) = find(&proto.fields, "iscsi.time") {
        let nanoseconds: u64 = seconds.replace('.', "").parse().ok()?;
        fields.insert("response_time_us".to_owned(), Value::Number(nanoseconds / 1000));
    }
    let keys: Vec<_> = proto
        .fields
        .iter()
        .filter(|field| field.name == "iscsi.keyvalue")
        .map(|field| field.show.split_once('=').unwrap_or((&field.show, "")))
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect();
    if !keys.is_empty() {
        fields.insert("keys".to_owned(), Value::Keys(keys));
    }
    Some(Pdu { frame, opcode, initiator_task_tag, fields })
}

/// tshark joins class and detail, and keeps them for successes.
fn login_status(proto: &Proto, fields: &mut BTreeMap<String, Value>) {
    if let Some(status) = find(&proto.fields, "iscsi.login.status").and_then(number) {
        fields.insert("status_class".to_owned(), Value::Number(status >> 8));
        fields.insert("status_detail".to_owned(), Value::Number(status & 0xff));
    }
}

fn scsi(proto: &Proto, pdu: &mut Pdu) {
    copy(SENSE, &proto.fields, &mut pdu.fields);
    // Only a SCSI Command has a CDB; elsewhere tshark repeats the opcode of the command it belongs to.
    if pdu.opcode == 0x01 {
        let opcode = proto
            .fields
            .iter()
            .find(|field| field.name.starts_with("scsi") && field.name.ends_with(".opcode"));
        if let Some(opcode) = opcode.and_then(|field| number(&field.show)) {
            pdu.fields.entry("scsi.opcode".to_owned()).or_insert(Value::Number(opcode));
        }
    }
}

fn copy(pairs: &[Pair], from: &[Field], to: &mut BTreeMap<String, Value>) {
    for pair in pairs {
        let Some(text) = pair.theirs.iter().find_map(|name| find(from, name)) else { continue };
        let value = match pair.kind {
            Kind::Number => number(text).map(Value::Number),
            Kind::Bytes => Some(Value::Text(text.replace(':', ""))),
        };
        if let Some(value) = value {
            to.entry(pair.ours.to_owned()).or_insert(value);
        }
    }
}

fn find<'a>(fields: &'a [Field], name: &str) -> Option<&'a str> {
    fields.iter().find(|field| field.name == name).map(|field| field.show.as_str())
}
