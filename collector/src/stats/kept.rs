//! Records kept to be looked at later.

use iscsi_decoders::pdu::Bhs;
use iscsi_decoders::stream::{ConnectionId, Pdu, Stamp};

use crate::category::Categories;
use crate::event::KernelEvent;
use crate::model::{Finding, KernelRecord, PduRecord, Record, Task, Timing};
use crate::output::{Line, Printer as _, Secrets};

/// A record that owns what it says.
#[derive(Clone, Debug)]
pub enum Kept {
    /// A PDU.
    Pdu(Box<KeptPdu>),
    /// Something is wrong.
    Finding(Finding),
    /// What the kernel told, and the name of its target.
    Kernel(KernelEvent, Option<String>),
    /// One that borrows nothing.
    Plain(Record<'static>),
    /// A message of a name service, as its line.
    Text {
        /// When.
        stamp: Stamp,
        /// Its line.
        line: String,
    },
}

/// A PDU with its place in the conversation.
#[derive(Clone, Debug)]
pub struct KeptPdu {
    /// Everything that borrows nothing.
    pdu: Pdu<'static>,
    header: Bhs,
    ahs: Box<[u8]>,
    data: Box<[u8]>,
    text: Box<[u8]>,
    cdb: Option<Box<[u8]>>,
    task: Option<Task>,
    timing: Option<Timing>,
    target: Option<Box<str>>,
    categories: Categories,
}

/// Stands where the copy's own header will be.
static NO_HEADER: Bhs = Bhs([0; 48]);

impl KeptPdu {
    fn new(record: &PduRecord<'_>) -> Self {
        let Pdu { header, ahs, data, text, .. } = *record.pdu;
        let Pdu { connection, ends, direction, stamp, .. } = *record.pdu;
        let Pdu { data_missing, header_digest, data_digest, origin, .. } = *record.pdu;
        let pdu = Pdu {
            header: &NO_HEADER,
            ahs: &[],
            data: &[],
            text: &[],
            connection,
            ends,
            direction,
            stamp,
            data_missing,
            header_digest,
            data_digest,
            origin,
        };
        Self {
            pdu,
            header: *header,
            ahs: ahs.into(),
            data: data.into(),
            text: text.into(),
            cdb: record.cdb.map(Box::from),
            task: record.task.cloned(),
            timing: record.timing,
            target: record.target.map(Box::from),
            categories: record.categories,
        }
    }

    fn with<R>(&self, look: impl FnOnce(&Record<'_>) -> R) -> R {
        let Self { header, ahs, data, text, cdb, task, target, .. } = self;
        let pdu = Pdu { header, ahs, data, text, ..self.pdu };
        look(&Record::Pdu(PduRecord {
            pdu: &pdu,
            task: task.as_ref(),
            cdb: cdb.as_deref(),
            timing: self.timing,
            target: target.as_deref(),
            categories: self.categories,
        }))
    }
}

impl Kept {
    /// A copy of a record.
    #[must_use]
    pub fn new(record: &Record<'_>) -> Self {
        match *record {
            Record::Pdu(ref pdu) => Self::Pdu(Box::new(KeptPdu::new(pdu))),
            Record::Finding(finding) => Self::Finding(finding.clone()),
            Record::Kernel(KernelRecord { event, target }) => {
                Self::Kernel(event.clone(), target.map(str::to_owned))
            }
            Record::Opened { connection, ends, stamp, from_start } => {
                Self::Plain(Record::Opened { connection, ends, stamp, from_start })
            }
            Record::Closed { connection, direction, stamp, reset } => {
                Self::Plain(Record::Closed { connection, direction, stamp, reset })
            }
            Record::Skipped { connection, direction, stamp, bytes } => {
                Self::Plain(Record::Skipped { connection, direction, stamp, bytes })
            }
            Record::Isns { stamp, .. } | Record::Dhcp { stamp, .. } => {
                Self::Text { stamp, line: line(record) }
            }
        }
    }

    /// Looks at the record it is a copy of; there is none for messages of name services, which are kept as text.
    pub fn with<R>(&self, look: impl FnOnce(&Record<'_>) -> R) -> Option<R> {
        Some(match self {
            Self::Pdu(pdu) => pdu.with(look),
            Self::Finding(finding) => look(&Record::Finding(finding)),
            Self::Kernel(event, target) => {
                look(&Record::Kernel(KernelRecord { event, target: target.as_deref() }))
            }
            Self::Plain(record) => look(record),
            Self::Text { .. } => return None,
        })
    }

    /// The record as a line for people.
    #[must_use]
    pub fn line(&self) -> String {
        match self {
            Self::Text { line, .. } => line.clone(),
            _ => self.with(line).unwrap_or_default(),
        }
    }

    /// The connection it is about, if there is one.
    #[must_use]
    pub fn connection(&self) -> Option<ConnectionId> {
        self.with(|record| record.connection()).flatten()
    }

    /// The kernel's session it is about, if it says so itself.
    #[must_use]
    pub fn session(&self) -> Option<u32> {
        match self {
            Self::Kernel(event, _) => event.session,
            _ => None,
        }
    }

    /// The debug categories that show it.
    #[must_use]
    pub fn categories(&self) -> Categories {
        self.with(|record| record.categories()).unwrap_or(Categories::SESSION)
    }

    /// When and where it happened.
    #[must_use]
    pub fn stamp(&self) -> Stamp {
        match self {
            Self::Text { stamp, .. } => *stamp,
            _ => self.with(|record| record.stamp()).unwrap_or_default(),
        }
    }
}

fn line(record: &Record<'_>) -> String {
    let mut text = Vec::new();
    // Writing to memory cannot fail.
    let _ = Line::new(Secrets::Hidden, false).print(record, &mut text);
    String::from_utf8_lossy(&text).trim_end().to_owned()
}
