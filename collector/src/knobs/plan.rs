//! From a wish (categories, drivers) to exact changes.

use std::path::{Path, PathBuf};

use super::{
    change::Change,
    dyndbg::{self, OFF},
    resolve::{self, Current, Found, State, Survey},
    table::{Driver, Kind, Row, Table},
    tracefs,
};
use crate::{
    category::{Categories, TABLE},
    host::Roots,
};

/// What somebody wants to see.
#[derive(Clone, Debug, Default)]
pub struct Wish {
    /// Which categories.
    pub categories: Categories,
    /// Only these drivers; all if empty.
    pub drivers: Vec<String>,
    /// Only this host's driver, and of its host attributes only this host's.
    pub host: Option<u32>,
    /// Through the kernel log, even where a tracepoint has the same text.
    pub kernel_log: bool,
    /// Also what may print CHAP secrets.
    pub secrets: bool,
}

/// What to do, and what cannot be done.
#[derive(Debug, Default)]
pub struct Plan<'t> {
    /// The trace instance the changes make, if they make one.
    pub instance: Option<PathBuf>,
    /// In this order.
    pub steps: Vec<Step<'t>>,
    /// For people.
    pub notes: Vec<Note>,
}

/// One change and what it is for.
#[derive(Debug)]
pub struct Step<'t> {
    /// The change.
    pub change: Change,
    /// Whose knob it is; none for what several share.
    pub driver: Option<&'t str>,
    /// Which wished categories it serves.
    pub categories: Categories,
}

/// Something a person should know.
#[derive(Debug, PartialEq, Eq)]
pub struct Note {
    /// It keeps a wish from being fulfilled.
    pub trouble: bool,
    /// What.
    pub text: String,
}

/// A wish that cannot be understood on this machine.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum WishError {
    /// No such driver in the table.
    #[error("'{0}' is no driver known here; there are {1}")]
    NoDriver(String, String),
    /// No such host.
    #[error("there is no SCSI host {0}; there are {1}")]
    NoHost(u32, String),
    /// The host is not of a driver in the table.
    #[error("host{0} belongs to {1}, which is no iSCSI driver")]
    NotIscsi(u32, String),
}

/// Drivers a wish is about.
///
/// # Errors
/// If it names a driver or host that is not there.
pub fn drivers<'t>(
    table: &'t Table,
    roots: &Roots,
    wish: &Wish,
) -> Result<Vec<&'t Driver>, WishError> {
    let known = || {
        let names: Vec<&str> = table.drivers.iter().map(|driver| driver.module.as_str()).collect();
        names.join(", ")
    };
    for name in &wish.drivers {
        table.driver(name).ok_or_else(|| WishError::NoDriver(name.clone(), known()))?;
    }
    let of_host = match wish.host {
        Some(host) => Some(driver_of_host(table, roots, host)?),
        None => None,
    };
    let wanted = |driver: &&Driver| {
        let named = wish.drivers.is_empty() || wish.drivers.contains(&driver.module);
        let serves = of_host.is_none_or(|of_host| {
            of_host.module == driver.module || of_host.uses.contains(&driver.module)
        });
        named && serves
    };
    Ok(table.drivers.iter().filter(wanted).collect())
}

fn driver_of_host<'t>(table: &'t Table, roots: &Roots, host: u32) -> Result<&'t Driver, WishError> {
    let all: Vec<(u32, String)> = resolve::all_hosts(roots).collect();
    let Some((_, name)) = all.iter().find(|(number, _)| *number == host) else {
        let all: Vec<String> = all.iter().map(|(number, _)| number.to_string()).collect();
        let all = if all.is_empty() { "none".to_owned() } else { all.join(", ") };
        return Err(WishError::NoHost(host, all));
    };
    let driver = table.drivers.iter().find(|driver| driver.hosts.as_ref() == Some(name));
    driver.ok_or_else(|| WishError::NotIscsi(host, name.clone()))
}

/// Makes a plan; `name` is that of the trace instance it may make.
///
/// # Errors
/// If the wish names a driver or host that is not there.
pub fn plan<'t>(
    survey: &Survey<'t>,
    roots: &Roots,
    wish: &Wish,
    name: &str,
) -> Result<Plan<'t>, WishError> {
    let mut planner = Planner {
        survey,
        wish,
        instance: tracefs::mount(roots).join("instances").join(name),
        plan: Plan::default(),
        served: Categories::empty(),
    };
    for driver in drivers(survey.table, roots, wish)? {
        let named = wish.drivers.contains(&driver.module);
        for found in survey.of(&driver.module) {
            if found.host.is_none() || wish.host.is_none() || found.host == wish.host {
                planner.knob(found, named);
            }
        }
        if let Some(note) = driver.note.as_ref().filter(|_| named) {
            planner.note(false, format!("{}: {note}", driver.module));
        }
    }
    Ok(planner.finish())
}

struct Planner<'s, 't> {
    survey: &'s Survey<'t>,
    wish: &'s Wish,
    instance: PathBuf,
    plan: Plan<'t>,
    served: Categories,
}

impl<'t> Planner<'_, 't> {
    /// Plans one knob; `named` if its driver was asked for by name.
    fn knob(&mut self, found: &Found<'t>, named: bool) {
        let wanted = |row: &&Row| row.categories.intersects(self.wish.categories);
        let rows: Vec<&Row> = found.knob.rows.iter().filter(wanted).collect();
        if rows.is_empty() || self.another_serves(found) {
            return;
        }
        let title = format!("{} {}", found.knob.driver, found.knob.title());
        let (secret, rows): (Vec<&Row>, Vec<&Row>) =
            rows.into_iter().partition(|row| row.secrets && !self.wish.secrets);
        if !secret.is_empty() && matches!(found.state, State::Ready(_)) {
            let what = self.wish.categories & categories(&secret);
            self.note(false, format!(
                "{title}: what shows {what} may print CHAP secrets; --allow-secrets switches it on, too"
            ));
        }
        if rows.is_empty() {
            return;
        }
        match &found.state {
            State::Ready(current) => self.change(found, current, &rows),
            State::Hidden if !found.knob.fills_kernel_log() => {
                self.note(true, format!("{title}: only root sees whether this kernel has it"));
                self.change(found, &Current::On(Vec::new()), &rows);
            }
            State::Hidden => self.note(true, format!("{title}: only root can read it")),
            State::AtStart(_) if found.knob.kind == Kind::StartOption => {
                self.at_start(found, &rows)
            }
            State::AtStart(_) => {
                let how = rows.first().map(|row| row.what.as_str()).unwrap_or_default();
                self.note(named, format!("{title} is read-only; {how}"));
            }
            State::NotLoaded if named => {
                let program = found.knob.kind == Kind::StartOption;
                let state = if program { "does not run" } else { "is not loaded" };
                self.note(true, format!("{title}: {} {state}", found.knob.driver));
            }
            State::NoHost if named => self.note(true, format!("{title}: the driver has no host")),
            State::NotLoaded | State::NoHost => {}
            State::Absent => {
                let [from, to] = &self.survey.table.kernels;
                self.note(true, format!("{title} is not in this kernel (it is in {from} to {to})"));
            }
            State::Unreadable(why) => self.note(true, format!("{title}: {why}")),
        }
    }

    /// Whether the other of a tracepoint and a parameter with the same text is to be used.
    fn another_serves(&self, found: &Found<'_>) -> bool {
        let knob = found.knob;
        if self.wish.kernel_log {
            let same = |other: &&Found<'_>| other.knob.traced_by.contains(&knob.name);
            let ready = |other: &Found<'_>| matches!(other.state, State::Ready(_));
            return knob.kind == Kind::Tracepoint
                && self.survey.found.iter().find(same).is_some_and(ready);
        }
        let traced = |event: &String| {
            let is = |other: &&Found<'_>| {
                other.knob.kind == Kind::Tracepoint && other.knob.name == *event
            };
            let found = self.survey.found.iter().find(is);
            found.is_some_and(|other| matches!(other.state, State::Ready(_) | State::Hidden))
        };
        !knob.traced_by.is_empty() && knob.traced_by.iter().all(traced)
    }

    fn change(&mut self, found: &Found<'t>, current: &Current, rows: &[&Row]) {
        let knob = found.knob;
        let categories = self.wish.categories & categories(rows);
        self.served |= categories;
        let path = found.path.clone();
        let changes = match (knob.kind, current) {
            (Kind::Tracepoint, _) => {
                self.within(&[(format!("events/{}/enable", knob.name), "1".to_owned(), false)])
            }
            (Kind::Functions, _) => self.within(&[
                ("set_ftrace_filter".to_owned(), format!("*:mod:{}", knob.driver), true),
                ("current_tracer".to_owned(), "function".to_owned(), false),
            ]),
            (_, Current::Number(before)) => {
                let after =
                    knob.form.map_or(*before, |form| form.with(*before, rows.iter().copied()));
                let number = Change::Number { path, before: *before, after };
                if after == *before { Vec::new() } else { vec![number] }
            }
            (_, Current::Sites(all)) => {
                let off =
                    rows.iter().flat_map(|row| found.sites(row)).filter(|site| site.flags == OFF);
                let sites: Vec<_> = off.cloned().collect();
                let queries = dyndbg::switch_on(&sites, all);
                if sites.is_empty() {
                    Vec::new()
                } else {
                    vec![Change::Sites { path, sites, queries }]
                }
            }
            (_, Current::On(_)) => Vec::new(),
        };
        let steps = changes.into_iter().map(|change| Step {
            change,
            driver: Some(knob.driver.as_str()),
            categories,
        });
        self.plan.steps.extend(steps);
    }

    /// Writes within our trace instance, which is made first.
    fn within(&mut self, files: &[(String, String, bool)]) -> Vec<Change> {
        if self.plan.instance.is_none() {
            self.plan.instance = Some(self.instance.clone());
            let shared = |change| Step { change, driver: None, categories: Categories::empty() };
            self.plan.steps.push(shared(Change::Instance { path: self.instance.clone() }));
            let clock = write(&self.instance, "trace_clock", CLOCK, false);
            self.plan.steps.push(shared(clock));
            let size = write(&self.instance, "buffer_size_kb", BUFFER_KB, false);
            self.plan.steps.push(shared(size));
        }
        files
            .iter()
            .map(|(file, value, append)| write(&self.instance, file, value, *append))
            .collect()
    }

    fn at_start(&mut self, found: &Found<'_>, rows: &[&Row]) {
        let wanted = rows.iter().map(|row| row.value).max().unwrap_or_default();
        if let State::AtStart(Current::Number(level)) = found.state
            && level < wanted
        {
            let driver = &found.knob.driver;
            let how = self.survey.table.driver(driver).and_then(|driver| driver.note.as_deref());
            let how = how.unwrap_or_default().replace("LEVEL", &wanted.to_string());
            self.note(
                false,
                format!(
                    "{driver} runs with debug level {level}; {} needs {wanted}. It {how}",
                    self.wish.categories & categories(rows)
                ),
            );
        }
    }

    fn note(&mut self, trouble: bool, text: String) {
        let note = Note { trouble, text };
        if !self.plan.notes.contains(&note) {
            self.plan.notes.push(note);
        }
    }

    fn finish(mut self) -> Plan<'t> {
        let unserved = self.wish.categories - self.served;
        if self.plan.steps.is_empty() && self.served.is_empty() {
            self.note(true, format!("no loaded driver has anything to switch for {unserved}"));
        } else if !unserved.is_empty() && self.wish.categories != Categories::all() {
            let names: Vec<&str> = TABLE
                .iter()
                .filter(|row| unserved.contains(row.flag))
                .map(|row| row.name)
                .collect();
            self.note(false, format!("no loaded driver has a knob for {}", names.join(", ")));
        }
        self.plan
    }
}

/// The clock of the kernel log (`local_clock`), so that both can be put in one order. What tracefs calls `local` is
/// another (`sched_clock`), seconds off on some machines.
const CLOCK: &str = "global";

/// Room for a burst: a PDU is up to 30 records of the byte stream.
const BUFFER_KB: &str = "8192";

fn write(instance: &Path, file: &str, value: &str, append: bool) -> Change {
    Change::Within { path: instance.join(file), value: value.to_owned(), append }
}

fn categories(rows: &[&Row]) -> Categories {
    rows.iter().fold(Categories::empty(), |all, row| all | row.categories)
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
