//! THE table of probes: which programs there are, where each goes, and what it needs from the kernel.

mod needs;
mod plan;
mod table;
#[cfg(test)]
mod tests;
mod tracepoint;

use iscsi_ebpf::config::{COUNT_ONLY, Config};
use iscsi_ebpf::event::Kind;

use super::release::Version;

pub use plan::{Plan, Planned, Reason};
pub use table::PROBES;
pub use tracepoint::{Format, FormatError};

/// A program of the object.
#[derive(Clone, Copy, Debug)]
pub struct Probe {
    /// Its name in the object.
    pub program: &'static str,
    /// Where it goes.
    pub point: Point,
    /// What is lost without it.
    pub feature: Feature,
    /// Whether the feature is worthless, or only less complete without it, once its module is loaded.
    pub required: bool,
    /// Fields it cannot do without, by their names in [`iscsi_ebpf::offsets::Offsets`]. Others it reads are left
    /// zero or said to be unknown where the kernel does not have them.
    pub fields: &'static [&'static [&'static str]],
    /// What it shows, for people.
    pub shows: &'static str,
    /// What still shows some of that where it is off, or how the rest looks then.
    pub without: Option<&'static str>,
}

/// The oldest and the newest kernel in which the lab found every place and field of the table.
pub const PROVEN: (Version, Version) = (Version(5, 10), Version(7, 3));

/// A place in the kernel, and the module that must be loaded for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Point {
    /// A function is entered (kprobe).
    Entry {
        /// The function's module.
        module: &'static str,
        /// Its name.
        function: &'static str,
    },
    /// A function returns (kretprobe).
    Return {
        /// The function's module.
        module: &'static str,
        /// Its name.
        function: &'static str,
    },
    /// A tracepoint with its rendered record.
    Tracepoint {
        /// The module without which it is not attached.
        module: &'static str,
        /// Its folder in tracefs.
        category: &'static str,
        /// Its name.
        name: &'static str,
    },
    /// A tracepoint with its bare arguments.
    RawTracepoint {
        /// The tracepoint's module.
        module: &'static str,
        /// Its name.
        name: &'static str,
    },
}

impl Point {
    /// The module that must be loaded; `vmlinux` always is.
    #[must_use]
    pub const fn module(&self) -> &'static str {
        match self {
            Self::Entry { module, .. }
            | Self::Return { module, .. }
            | Self::Tracepoint { module, .. }
            | Self::RawTracepoint { module, .. } => module,
        }
    }

    /// The function, for points that are functions.
    #[must_use]
    pub const fn function(&self) -> Option<&'static str> {
        match self {
            Self::Entry { function, .. } | Self::Return { function, .. } => Some(function),
            Self::Tracepoint { .. } | Self::RawTracepoint { .. } => None,
        }
    }
}

/// What the probes are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Feature {
    /// Modules that are loaded later.
    Modules,
    /// PDUs received.
    Received,
    /// PDUs sent.
    Sent,
    /// Connection errors.
    Errors,
    /// Connections coming and going.
    Connections,
    /// Session states.
    Sessions,
    /// The SCSI error handler.
    Handlers,
    /// Task management.
    TaskManagement,
    /// Pings.
    Pings,
    /// iscsid's commands.
    Netlink,
    /// TCP events.
    Tcp,
    /// The kernel's own debug messages.
    Text,
    /// SCSI command latencies.
    Commands,
}

impl Feature {
    /// For people.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Modules => "modules loaded later",
            Self::Received => "PDUs received",
            Self::Sent => "PDUs sent",
            Self::Errors => "connection errors",
            Self::Connections => "connections",
            Self::Sessions => "session states",
            Self::Handlers => "SCSI error handler",
            Self::TaskManagement => "task management",
            Self::Pings => "pings",
            Self::Netlink => "commands of iscsid",
            Self::Tcp => "TCP events",
            Self::Text => "kernel debug messages",
            Self::Commands => "command latencies",
        }
    }

    /// The events it gives.
    #[must_use]
    pub const fn kinds(self) -> &'static [Kind] {
        match self {
            Self::Modules => &[Kind::Module],
            Self::Received => &[Kind::PduReceived, Kind::PduData],
            Self::Sent => &[Kind::PduSent],
            Self::Errors => &[Kind::ConnectionError],
            Self::Connections => &[Kind::ConnectionStep],
            Self::Sessions => &[Kind::SessionStep],
            Self::Handlers => &[Kind::HandlerEntered, Kind::HandlerReturned],
            Self::TaskManagement => &[Kind::TmfEntered, Kind::TmfReturned],
            Self::Pings => &[Kind::TransportTimer, Kind::Nop],
            Self::Netlink => &[Kind::Netlink],
            Self::Tcp => &[Kind::Tcp],
            Self::Text => &[Kind::Text],
            Self::Commands => &[Kind::Command],
        }
    }

    /// Whether a configuration has use for its probes. Those that keep track of connections always run, those that
    /// fill the flight recorder unless only commands are counted; the others would cost something for nothing.
    #[must_use]
    pub fn is_asked(self, config: &Config) -> bool {
        let wants =
            |kinds: &[Kind]| kinds.iter().any(|kind| config.kinds & (1 << *kind as u32) != 0);
        match self {
            Self::Modules | Self::Errors | Self::Connections => true,
            Self::Received | Self::Sent => config.count != COUNT_ONLY,
            Self::Commands => config.count != 0 || wants(self.kinds()),
            // A connection's endpoint is known from the command that binds it.
            Self::Netlink => wants(self.kinds()) || wants(Self::Connections.kinds()),
            _ => wants(self.kinds()),
        }
    }
}
