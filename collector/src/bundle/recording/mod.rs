//! Recordings in a bundle: every PDU's header, login and text keys that are safe, sense data, TCP's headers, and the
//! kernel's events; no user data, no CHAP, no additional header (an object store's holds keys).

mod order;
mod pdu;

use std::io::Read;
use std::net::SocketAddr;

use iscsi_decoders::pdu::Bhs;
use iscsi_decoders::stream::{self, Ends, Pdu};
use serde_json::Value;

use self::order::Ordered;
use super::item::Found;
use super::kind::Kind;
use super::log;
use super::names::Names;
use crate::event::KernelEvent;
use crate::model::{Model, Record};
use crate::output::{Capture, Summary};
use crate::source::{CaptureSource, Event};

/// A recording that may be handed on.
pub(super) struct Copy {
    pub bytes: Vec<u8>,
    pub events: u64,
    /// There was more than may be taken.
    pub cut: bool,
    /// Where the original ends early.
    pub damage: Option<String>,
}

/// What is done to what a recording holds.
trait Edit {
    /// A login or text pair.
    fn pair(&mut self, key: &str, value: &str) -> (String, String);
    /// A text of an event; `key` is its name.
    fn text(&mut self, key: &str, text: &str) -> String;
    /// An address.
    fn end(&mut self, end: SocketAddr) -> SocketAddr;
}

/// Reads a capture and keeps what is safe.
///
/// # Errors
/// It is no capture.
pub(super) fn safe(
    input: impl Read,
    session: Option<u32>,
    most: u64,
    names: &Names,
    found: &mut Found,
) -> Result<Copy, String> {
    copy(input, session, most, &mut Safe { names, found })
}

/// The same recording with other names.
pub(super) fn rename(
    bytes: &[u8],
    text: &dyn Fn(&str) -> String,
    end: &dyn Fn(SocketAddr) -> SocketAddr,
) -> Vec<u8> {
    copy(bytes, None, u64::MAX, &mut Rename { text, end })
        .map(|copy| copy.bytes)
        .unwrap_or_default()
}

/// A page about a recording.
pub(super) fn summary(name: &str, bytes: &[u8]) -> String {
    let (mut model, mut summary) = (Model::default(), Summary::default());
    let mut record = |record: &Record<'_>| summary.record(record);
    let Ok(mut source) = CaptureSource::new(bytes, &[]) else { return String::new() };
    while let Ok(flow) = source.step(&mut |event| model.observe(&event, &mut record)) {
        if flow.is_break() {
            break;
        }
    }
    let totals = source.finish(&mut |event| model.observe(&event, &mut record));
    model.finish(totals.last, &mut record);
    let mut out = Vec::new();
    let capture = Capture { name: name.to_owned(), totals };
    // Writing to memory cannot fail.
    let _ = summary.print(&model, &capture, &mut out);
    String::from_utf8_lossy(&out).into_owned()
}

fn copy(
    input: impl Read,
    session: Option<u32>,
    most: u64,
    edit: &mut dyn Edit,
) -> Result<Copy, String> {
    let mut source = CaptureSource::new(input, &[]).map_err(|error| error.to_string())?;
    source.show_segments();
    let mut writer = Ordered::new().map_err(|error| error.to_string())?;
    let mut copy = Copy { bytes: Vec::new(), events: 0, cut: false, damage: None };
    loop {
        let events = &mut copy.events;
        let step = source
            .step(&mut |event| *events += u64::from(write(&event, session, edit, &mut writer)));
        match step {
            Ok(flow) if flow.is_break() => break,
            Ok(_) if writer.length() > most => {
                copy.cut = true;
                break;
            }
            Ok(_) => {}
            Err(error) => {
                copy.damage = Some(error.to_string());
                break;
            }
        }
    }
    let events = &mut copy.events;
    source.finish(&mut |event| *events += u64::from(write(&event, session, edit, &mut writer)));
    copy.bytes = writer.into_bytes();
    Ok(copy)
}

/// Writes an event, edited; whether it was written.
fn write(
    event: &Event<'_>,
    session: Option<u32>,
    edit: &mut dyn Edit,
    writer: &mut Ordered,
) -> bool {
    let is_other =
        |of: Option<u32>| matches!((session, of), (Some(wanted), Some(of)) if wanted != of);
    match event {
        Event::Stream(stream::Event::Pdu(pdu)) => {
            if is_other(pdu.origin.and_then(|origin| origin.session)) {
                return false;
            }
            let (header, data) = pdu::edited(pdu, edit);
            let edited =
                Pdu { header: &header, data: &data, ends: ends(pdu.ends, edit), ..pdu::bare(pdu) };
            writer.event(&Event::Stream(stream::Event::Pdu(edited))).is_ok()
        }
        Event::Stream(stream::Event::Opened { connection, ends: both, stamp, from_start }) => {
            let (connection, stamp, from_start) = (*connection, *stamp, *from_start);
            let ends = ends(*both, edit);
            let opened = stream::Event::Opened { connection, ends, stamp, from_start };
            writer.event(&Event::Stream(opened)).is_ok()
        }
        Event::Stream(_) => writer.event(event).is_ok(),
        Event::Kernel(event) => {
            if is_other(event.session) {
                return false;
            }
            match kernel(event, edit) {
                Some(event) => writer.event(&Event::Kernel(&event)).is_ok(),
                None => false,
            }
        }
        Event::Segment { stamp, ends: both, direction, segment } => {
            let (stamp, ends, direction) = (*stamp, ends(*both, edit), *direction);
            // The writer takes its headers only.
            writer.event(&Event::Segment { stamp, ends, direction, segment }).is_ok()
        }
        Event::Isns { .. } | Event::Dhcp { .. } => false,
    }
}

fn ends(ends: Ends, edit: &mut dyn Edit) -> Ends {
    Ends { initiator: edit.end(ends.initiator), target: edit.end(ends.target) }
}

/// The event with every text in it edited.
fn kernel(event: &KernelEvent, edit: &mut dyn Edit) -> Option<KernelEvent> {
    let mut value = serde_json::to_value(event).ok()?;
    walk("", &mut value, edit);
    let mut edited: KernelEvent = serde_json::from_value(value).ok()?;
    edited.stamp = event.stamp;
    edited.connection = event.connection;
    Some(edited)
}

fn walk(key: &str, value: &mut Value, edit: &mut dyn Edit) {
    match value {
        Value::String(text) => *text = edit.text(key, text),
        Value::Array(values) => values.iter_mut().for_each(|value| walk(key, value, edit)),
        Value::Object(map) => map.iter_mut().for_each(|(key, value)| walk(key, value, edit)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

struct Safe<'a> {
    names: &'a Names,
    found: &'a mut Found,
}

impl Edit for Safe<'_> {
    fn pair(&mut self, key: &str, value: &str) -> (String, String) {
        pdu::safe_pair(key, value, self.found)
    }

    fn text(&mut self, key: &str, text: &str) -> String {
        let names = &mut self.found.names;
        let admitted = match key {
            "target" | "initiator" => Kind::Iqn.admit(text, names),
            "iface" => Kind::Name.admit(text, names),
            "portal" | "local" | "remote" => Kind::Address.admit(text, names),
            "message" => None,
            // Functions, drivers, programs, symbols: one word each.
            _ => Kind::Word.admit(text, names).filter(|word| word.len() <= 128),
        };
        admitted.unwrap_or_else(|| log::message(text, self.names, self.found))
    }

    fn end(&mut self, end: SocketAddr) -> SocketAddr {
        end
    }
}

struct Rename<'a> {
    text: &'a dyn Fn(&str) -> String,
    end: &'a dyn Fn(SocketAddr) -> SocketAddr,
}

impl Edit for Rename<'_> {
    fn pair(&mut self, key: &str, value: &str) -> (String, String) {
        (key.to_owned(), (self.text)(value))
    }

    fn text(&mut self, _key: &str, text: &str) -> String {
        (self.text)(text)
    }

    fn end(&mut self, end: SocketAddr) -> SocketAddr {
        (self.end)(end)
    }
}

/// The header with another length of the data segment.
fn with_length(header: &Bhs, length: usize) -> Bhs {
    let mut header = *header;
    let length = u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes();
    if let (Some(room), Some(length)) = (header.0.get_mut(5..8), length.get(1..)) {
        room.copy_from_slice(length);
    }
    header
}
