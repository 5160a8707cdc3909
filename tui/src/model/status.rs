//! Where what is shown comes from.

use iscsi_decoders::Timestamp;

/// Kinds of sources.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Probes in this machine's kernel, so many of them.
    Live(usize),
    /// A capture or recording.
    File(String),
    /// What the machine tells everybody.
    Sysfs,
}

/// Where a file is.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Position {
    pub time: Timestamp,
    pub first: Timestamp,
    /// Of the file, if its length is known, thousandths.
    pub part: Option<u16>,
    pub playing: bool,
    pub speed: f64,
    pub ended: bool,
}

/// The source.
#[derive(Clone, Debug, PartialEq)]
pub struct Status {
    pub kind: Kind,
    pub position: Position,
    /// It failed.
    pub broken: Option<String>,
}

impl Status {
    pub fn new(kind: Kind) -> Self {
        let position = Position { playing: true, speed: 1.0, ..Position::default() };
        Self { kind, position, broken: None }
    }

    pub fn is_file(&self) -> bool {
        matches!(self.kind, Kind::File(_))
    }
}
