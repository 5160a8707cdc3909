//! All that is shown, and nothing else. Only `update` changes it.

pub mod columns;
pub mod debug;
pub mod errors;
pub mod list;
pub mod lists;
pub mod prompt;
pub mod records;
pub mod rows;
pub mod status;
pub mod timers;

use clap::ValueEnum;
use iscsi_collector::stats::{Board, Class};
use iscsi_collector::why::timers::Machine;

use crate::args::Filters;
use crate::config::Config;
use crate::effect::Effect;
use crate::theme::Theme;
use debug::Debug;
use errors::Errors;
use list::List;
use prompt::Prompt;
use records::Records;
use rows::Rows;
use status::Status;

/// What can be looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum View {
    /// One line a session
    #[default]
    Sessions,
    /// TCP connections
    Connections,
    /// Logical units and who uses them
    Units,
    /// Service times
    Latency,
    /// What was negotiated
    Login,
    /// PDUs and events as they come
    Records,
    /// What went wrong
    Incidents,
    /// Timers that run
    Timers,
    /// Debug categories of the drivers
    Debug,
    /// The error catalogue
    Errors,
}

impl View {
    pub const ALL: [Self; 10] = [
        Self::Sessions,
        Self::Connections,
        Self::Units,
        Self::Latency,
        Self::Login,
        Self::Records,
        Self::Incidents,
        Self::Timers,
        Self::Debug,
        Self::Errors,
    ];

    /// Its place among the views.
    pub fn place(self) -> usize {
        Self::ALL.iter().position(|view| *view == self).unwrap_or(0)
    }

    /// Its name on the tab.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Sessions => "Sessions",
            Self::Connections => "Conns",
            Self::Units => "LUNs",
            Self::Latency => "Latency",
            Self::Login => "Login",
            Self::Records => "PDUs",
            Self::Incidents => "Incidents",
            Self::Timers => "Timers",
            Self::Debug => "Debug",
            Self::Errors => "Codes",
        }
    }

    /// The same where columns are few.
    pub const fn short(self) -> &'static str {
        match self {
            Self::Sessions => "Sess",
            Self::Connections => "Conn",
            Self::Units => "LUN",
            Self::Latency => "Lat",
            Self::Login => "Log",
            Self::Records => "PDU",
            Self::Incidents => "Inc",
            Self::Timers => "Tim",
            Self::Debug => "Dbg",
            Self::Errors => "Err",
        }
    }

    /// What it shows.
    pub const fn help(self) -> &'static str {
        match self {
            Self::Sessions => "sessions: rates, service times, queue, errors",
            Self::Connections => "connections: ends, login, numbers, TCP",
            Self::Units => "logical units: disks, multipath maps, mounts, volumes",
            Self::Latency => "service times over time, by class of command",
            Self::Login => "login: requested, offered and in force",
            Self::Records => "PDUs and events as they come",
            Self::Incidents => "incidents: what went wrong, and how it went",
            Self::Timers => "timers: pings, recovery, commands",
            Self::Debug => "debug categories of the drivers, on and off",
            Self::Errors => "every code, what it means and what to do",
        }
    }

    /// Whether its lines can be narrowed down by text.
    pub fn is_searched(self) -> bool {
        !matches!(self, Self::Latency | Self::Debug | Self::Timers)
    }
}

/// Everything.
#[derive(Debug)]
pub struct Model {
    /// What is known.
    pub board: Board,
    /// Where it comes from.
    pub status: Status,
    /// What is looked at.
    pub view: View,
    /// The one session that is shown, by its row.
    pub focus: Option<usize>,
    /// The list of sessions.
    pub rows: Rows,
    /// Records as they come.
    pub records: Records,
    /// Texts that lists are narrowed down by, per view.
    pub searches: [String; View::ALL.len()],
    /// Where in each view the user is.
    pub lists: [List; View::ALL.len()],
    /// Commands whose service times are shown.
    pub class: Option<Class>,
    /// The catalogue.
    pub errors: Errors,
    /// What the sessions' timers have from their machine.
    pub machine: Machine,
    /// The debug categories.
    pub debug: Debug,
    /// The help is open, scrolled by so many lines.
    pub help: Option<usize>,
    /// The whole text of an incident or a code is open.
    pub is_opened: bool,
    /// The columns are being chosen; the cursor.
    pub choosing: Option<usize>,
    /// Text is being typed.
    pub prompt: Option<Prompt>,
    /// A sentence at the bottom, and how many seconds it stays.
    pub notice: Option<(String, u8)>,
    /// Columns and lines of the screen.
    pub size: (u16, u16),
    pub theme: Theme,
    /// What is to be done outside.
    pub effects: Vec<Effect>,
    /// What is shown is no longer what is known.
    pub dirty: bool,
}

impl Model {
    pub fn new(status: Status, theme: Theme, size: (u16, u16), config: &Config) -> Self {
        let (rows, complaint) = Rows::new(config);
        Self {
            board: Board::default(),
            status,
            view: View::default(),
            focus: None,
            rows,
            records: Records::default(),
            searches: Default::default(),
            lists: Default::default(),
            class: None,
            errors: Errors::new(),
            machine: Machine::default(),
            debug: Debug::default(),
            help: None,
            is_opened: false,
            choosing: None,
            prompt: None,
            notice: complaint.map(|text| (text, 30)),
            size,
            theme,
            effects: Vec::new(),
            dirty: true,
        }
    }

    /// What `--filter` asks for.
    pub fn filter(&mut self, filters: Filters) {
        self.rows.filter = filters.rows;
        self.records.filter = filters.records;
    }

    /// Where in the view the user is.
    pub fn list(&self) -> &List {
        // There is one for each view.
        &self.lists[self.view.place()]
    }

    pub fn list_mut(&mut self) -> &mut List {
        &mut self.lists[self.view.place()]
    }

    /// What the view's lines must have in them, in lower case.
    pub fn search(&self) -> &str {
        &self.searches[self.view.place()]
    }

    /// Whether a session is among those shown.
    pub fn shows(&self, row: Option<usize>) -> bool {
        self.focus.is_none() || self.focus == row
    }

    /// Says something at the bottom for a while.
    pub fn say(&mut self, text: impl Into<String>) {
        self.notice = Some((text.into(), 8));
        self.dirty = true;
    }
}

/// Whether a text has another in it, which is in lower case.
pub fn has(text: &str, part: &str) -> bool {
    part.is_empty() || text.to_lowercase().contains(part)
}
