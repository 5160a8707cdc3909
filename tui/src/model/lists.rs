//! What the lists of the views hold.

use std::collections::BTreeSet;

use iscsi_collector::host::device::Device;
use iscsi_collector::host::session;
use iscsi_collector::stats::board::{Link, Problem, Row, Unit};
use iscsi_collector::stats::{Board, LoginKey};
use iscsi_collector::why::{self, Change, Incident};
use iscsi_decoders::Timestamp;

use super::{Model, View, has, timers};

/// A connection: as its PDUs tell, or where there are none, as sysfs does.
#[derive(Clone, Copy, Debug)]
pub enum Connection<'m> {
    Seen(&'m Link),
    Told(usize, &'m session::Connection),
}

impl Connection<'_> {
    pub fn row(&self) -> Option<usize> {
        match self {
            Self::Seen(link) => link.row,
            Self::Told(row, _) => Some(*row),
        }
    }
}

/// A logical unit of a session.
#[derive(Clone, Copy, Debug)]
pub struct UnitLine<'m> {
    pub place: usize,
    pub row: &'m Row,
    pub lun: u64,
    /// What its commands add up to.
    pub unit: Option<&'m Unit>,
    /// What the machine says of it.
    pub device: Option<&'m Device>,
}

/// Lines of the view that is looked at.
pub fn count(model: &Model) -> usize {
    match model.view {
        View::Sessions => model.rows.order.len(),
        View::Connections => connections(model).len(),
        View::Units => units(model).len(),
        View::Latency => 0,
        View::Login => match model.focus {
            Some(row) => keys(model, row).len(),
            None => model.rows.order.len(),
        },
        View::Records => model.records.shown,
        View::Incidents => troubles(model).len(),
        View::Timers => match timers::chain(model) {
            Some((_, chain)) => timers::lines(&chain, usize::from(model.size.0)).len(),
            None => timers::timers(model).len(),
        },
        View::Debug => model.debug.report.as_ref().map_or(0, |report| report.switches.len()),
        View::Errors => model.errors.found.len(),
    }
}

/// The session that a line of the view is about.
pub fn row_at(model: &Model, line: usize) -> Option<usize> {
    match model.view {
        View::Sessions | View::Latency => model.rows.order.get(line).copied(),
        View::Login if model.focus.is_none() => model.rows.order.get(line).copied(),
        View::Connections => connections(model).get(line)?.row(),
        View::Units => units(model).get(line).map(|unit| unit.place),
        View::Records => model.records.from(line).next()?.row,
        View::Incidents => troubles(model).get(line)?.row(&model.board),
        View::Timers => match timers::chain(model) {
            Some((row, _)) => Some(row),
            None => timers::timers(model).get(line).map(|timer| timer.row),
        },
        View::Login | View::Debug | View::Errors => None,
    }
}

/// Connections, the newest first.
pub fn connections(model: &Model) -> Vec<Connection<'_>> {
    let search = model.search();
    let target =
        |row: Option<usize>| row.and_then(|row| model.board.rows.get(row)).map_or("", Row::name);
    let seen = model.board.links().filter(|link| model.shows(link.row)).filter(|link| {
        search.is_empty()
            || has(target(link.row), search)
            || has(&link.fact.ends.initiator.to_string(), search)
            || has(&link.fact.ends.target.to_string(), search)
    });
    let mut all: Vec<Connection<'_>> = seen.map(Connection::Seen).collect();
    all.reverse();
    for (place, row) in model.board.rows.iter().enumerate() {
        let told =
            row.host.as_ref().filter(|_| row.connections.is_empty() && model.shows(Some(place)));
        if let Some(host) = told.filter(|_| has(row.name(), search)) {
            all.extend(
                host.connections.iter().map(|connection| Connection::Told(place, connection)),
            );
        }
    }
    all
}

/// Logical units by session.
pub fn units(model: &Model) -> Vec<UnitLine<'_>> {
    let mut all = Vec::new();
    let search = model.search();
    for (place, row) in model.board.rows.iter().enumerate() {
        if !model.shows(Some(place)) {
            continue;
        }
        let devices = row.host.as_deref().map_or(&[][..], |host| &host.devices);
        let told = devices.iter().map(|device| device.address.lun);
        let luns: BTreeSet<u64> = row.units.keys().copied().chain(told).collect();
        for lun in luns {
            let device = devices.iter().find(|device| device.address.lun == lun);
            let is_found = has(row.name(), search)
                || device.is_some_and(|device| {
                    let blocks = device.block.iter().flat_map(|block| block.walk());
                    let mut names = blocks.flat_map(|block| {
                        let mapper = block.mapper_name.iter().map(String::as_str);
                        let mounts = block.mounted_at.iter().map(String::as_str);
                        [block.name.as_str()].into_iter().chain(mapper).chain(mounts)
                    });
                    names.any(|name| has(name, search))
                });
            if is_found {
                all.push(UnitLine { place, row, lun, unit: row.units.get(&lun), device });
            }
        }
    }
    all
}

/// A negotiated value, or a setting of the machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyLine {
    pub name: String,
    pub requested: Option<String>,
    pub offered: Option<String>,
    pub in_force: Option<String>,
    /// Both sides said the same, or what was asked for is in force.
    pub is_same: bool,
    pub remark: &'static str,
}

/// What was negotiated for a session, from its last login, else from the machine's records.
pub fn keys(model: &Model, row: usize) -> Vec<KeyLine> {
    let Some(row) = model.board.rows.get(row) else { return Vec::new() };
    let search = model.search();
    let mut links = row.connections.iter().rev().filter_map(|&id| model.board.link(id));
    let lines: Vec<KeyLine> = match links.find_map(|link| link.login.as_ref()) {
        Some(login) => login.keys.iter().map(of_login).collect(),
        None => row
            .host
            .as_ref()
            .map_or_else(Vec::new, |host| host.settings.iter().map(of_settings).collect()),
    };
    lines.into_iter().filter(|line| has(&line.name, search)).collect()
}

fn of_login(key: &LoginKey) -> KeyLine {
    let LoginKey { name, requested, offered, in_force, default } = key.clone();
    let (is_same, remark) = match (&requested, &offered, &in_force) {
        (Some(asked), Some(said), _) if asked == said => (true, ""),
        (Some(asked), _, Some(force)) if asked == force => (true, ""),
        (Some(_), Some(_), None) => (true, "each side's own"),
        (Some(_), Some(_), Some(_)) => (false, "negotiated to another value"),
        (None, _, Some(force)) if default == Some(force.as_str()) => (true, "default"),
        (Some(_), None, Some(_)) => (false, "not answered: the default holds"),
        _ => (true, ""),
    };
    KeyLine { name, requested, offered, in_force, is_same, remark }
}

fn of_settings(setting: &session::Row) -> KeyLine {
    use session::Comparison;
    let (is_same, remark) = match setting.comparison {
        None | Some(Comparison::Same) => (true, ""),
        Some(Comparison::Negotiated) => (false, "negotiated to another value"),
        Some(Comparison::Changed) => (false, "changed: takes effect after logout and login"),
    };
    KeyLine {
        name: setting.name.to_owned(),
        requested: setting.requested.clone(),
        offered: None,
        in_force: setting.in_force.clone(),
        is_same,
        remark,
    }
}

/// Something that went wrong.
#[derive(Clone, Copy, Debug)]
pub enum Trouble<'m> {
    /// Diagnosed.
    Incident(&'m Incident),
    /// Seen.
    Finding(&'m Problem),
}

impl Trouble<'_> {
    /// What happened, in a line without its time.
    pub fn line(&self) -> String {
        match self {
            Self::Incident(incident) => {
                let line = why::line::line(incident, Change::Changed);
                line.split_once(" ! ").map_or(line.clone(), |(_, text)| text.to_owned())
            }
            Self::Finding(problem) => problem.text.clone(),
        }
    }

    pub fn row(&self, board: &Board) -> Option<usize> {
        match self {
            Self::Incident(incident) => board.row_of_incident(incident),
            Self::Finding(problem) => problem.row,
        }
    }

    pub fn time(&self) -> Timestamp {
        match self {
            Self::Incident(incident) => incident.began.time,
            Self::Finding(problem) => problem.time,
        }
    }
}

/// What went wrong: incidents, the newest first, and below them findings.
pub fn troubles(model: &Model) -> Vec<Trouble<'_>> {
    let search = model.search();
    let incidents = model.board.incidents.values().rev().map(Trouble::Incident);
    let findings = model.board.problems.iter().rev().map(Trouble::Finding);
    let wanted = |trouble: &Trouble<'_>| {
        model.shows(trouble.row(&model.board))
            && (search.is_empty() || has(&trouble.line(), search))
    };
    incidents.chain(findings).filter(wanted).collect()
}
