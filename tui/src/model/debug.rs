//! The debug categories of the drivers.

use iscsi_collector::category::Categories;

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
}
