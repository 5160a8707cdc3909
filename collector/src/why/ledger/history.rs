//! The last headers and the last other events of a connection, in two rings.

use std::collections::VecDeque;

use iscsi_decoders::catalogue::{self, Space};
use iscsi_decoders::pdu::{Bhs, Direction, Opcode, RESERVED_TAG};
use iscsi_decoders::scsi::Cdb;
use iscsi_decoders::stream::Stamp;

use crate::why::incident::{Flown, Moment, MomentKind};

/// Headers kept: what the flight recorder shows.
const HEADERS: usize = 48;
/// Other events kept.
const NOTES: usize = 48;

/// Two rings.
#[derive(Debug)]
pub struct History {
    headers: VecDeque<Flown>,
    notes: VecDeque<Moment>,
}

impl Default for History {
    fn default() -> Self {
        Self { headers: VecDeque::with_capacity(HEADERS), notes: VecDeque::new() }
    }
}

impl History {
    /// Remembers a PDU.
    pub fn header(&mut self, flown: Flown) {
        if self.headers.len() >= HEADERS {
            self.headers.pop_front();
        }
        self.headers.push_back(flown);
    }

    /// Remembers something else.
    pub fn note(&mut self, stamp: Stamp, kind: MomentKind, text: impl Into<Box<str>>) {
        if self.notes.len() >= NOTES {
            self.notes.pop_front();
        }
        self.notes.push_back(Moment { stamp, kind, text: text.into() });
    }

    /// The headers, oldest first.
    pub fn headers(&self) -> impl DoubleEndedIterator<Item = &Flown> {
        self.headers.iter()
    }

    /// The other events, oldest first.
    pub fn notes(&self) -> impl DoubleEndedIterator<Item = &Moment> {
        self.notes.iter()
    }
}

/// A PDU in few words.
pub fn words(header: &Bhs) -> String {
    let mut text = header.opcode().to_string();
    let tag = header.initiator_task_tag();
    if tag != RESERVED_TAG {
        text.push_str(&format!(" itt 0x{tag:x}"));
    }
    let coded = |space, code: Option<u8>| {
        let entry = catalogue::get(space, code?.into())?;
        Some(format!(", {}", entry.symbol))
    };
    let more = match header.opcode() {
        Opcode::SCSI_COMMAND => header.cdb().and_then(|bytes| {
            let cdb = Cdb::new(bytes, None);
            let lun = header.lun().map_or_else(String::new, |lun| format!(" LUN {lun}"));
            Some(format!(", {}{lun}", cdb.name()?))
        }),
        Opcode::SCSI_RESPONSE => coded(Space::ScsiStatus, header.status()),
        Opcode::TMF_REQUEST => coded(Space::TmfFunction, header.function()),
        Opcode::TMF_RESPONSE => coded(Space::TmfResponse, header.response()),
        Opcode::LOGOUT_REQUEST => coded(Space::LogoutReason, header.reason()),
        Opcode::REJECT => coded(Space::Reject, header.reason()),
        Opcode::ASYNC_MESSAGE => coded(Space::Async, header.async_event()),
        Opcode::LOGIN_RESPONSE => match (header.status_class(), header.status_detail()) {
            (Some(0), _) | (None, _) | (_, None) => None,
            (Some(class), Some(detail)) => {
                let code = u32::from(class) << 8 | u32::from(detail);
                let name = catalogue::get(Space::Login, code).map_or("", |entry| entry.symbol);
                Some(format!(", {class:02x}{detail:02x} {name}"))
            }
        },
        Opcode::R2T => {
            header.desired_data_transfer_length().map(|length| format!(", wants {length} bytes"))
        }
        _ => None,
    };
    text.push_str(&more.unwrap_or_default());
    let length = header.data_segment_length();
    if length > 0 {
        text.push_str(&format!(", {length} bytes"));
    }
    text
}

/// The moment of a PDU.
pub fn moment(flown: &Flown) -> Moment {
    let arrow = if flown.direction == Direction::ToTarget { "→" } else { "←" };
    let text = format!("{arrow} {}", words(&flown.header));
    Moment { stamp: flown.stamp, kind: MomentKind::Pdu(flown.direction), text: text.into() }
}
