//! The debug categories of the drivers.

use std::collections::VecDeque;

use iscsi_collector::category::Categories;

/// Lines of the drivers that are kept.
pub const SAID_MAX: usize = 500;

/// How one category stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Switch {
    pub category: Categories,
    pub name: &'static str,
    pub help: &'static str,
    /// Some driver shows it now.
    pub is_on: bool,
    /// Loaded drivers that can show it.
    pub drivers: Vec<String>,
}

/// How they all stand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    pub switches: Vec<Switch>,
    /// What we have switched on.
    pub ours: Categories,
    /// What could not be done, and what to know.
    pub notes: Vec<String>,
}

/// What is known of them.
#[derive(Debug, Default)]
pub struct Debug {
    pub report: Option<Report>,
    /// A change is under way.
    pub is_busy: bool,
    /// What the drivers said, oldest first.
    pub said: VecDeque<String>,
}

impl Debug {
    /// Keeps what the drivers said last.
    pub fn say(&mut self, lines: Vec<String>) {
        self.said.extend(lines);
        let excess = self.said.len().saturating_sub(SAID_MAX);
        self.said.drain(..excess);
    }
}
