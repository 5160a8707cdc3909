//! What of the table is here: on this machine, in this kernel, now.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::{
    dyndbg::{self, Site},
    form, iscsid,
    table::{Driver, Kind, Knob, Row, Table},
    tracefs,
};
use crate::{category::Categories, host::Roots};

/// The table beside the machine.
pub struct Survey<'t> {
    /// The table.
    pub table: &'t Table,
    /// Every knob, one entry per host for host attributes.
    pub found: Vec<Found<'t>>,
}

/// A knob on this machine.
pub struct Found<'t> {
    /// Its entry in the table.
    pub knob: &'t Knob,
    /// The host, for host attributes.
    pub host: Option<u32>,
    /// Where it is, or would be.
    pub path: PathBuf,
    /// Whether and how it can be used.
    pub state: State,
}

/// Whether and how a knob can be used.
#[derive(Debug)]
pub enum State {
    /// It can be set.
    Ready(Current),
    /// It is there, but only its driver's start or reload changes it.
    AtStart(Current),
    /// Its driver is not loaded (the program does not run).
    NotLoaded,
    /// The driver has no host.
    NoHost,
    /// This kernel does not have it.
    Absent,
    /// Only root sees whether it is there.
    Hidden,
    /// It cannot be read.
    Unreadable(String),
}

/// How a knob stands.
#[derive(Debug)]
pub enum Current {
    /// A number.
    Number(u32),
    /// Trace instances that have the event on; the root of tracefs is one.
    On(Vec<PathBuf>),
    /// Call sites.
    Sites(Vec<Site>),
}

impl<'t> Survey<'t> {
    /// Looks at the machine.
    pub fn new(table: &'t Table, roots: &Roots) -> Self {
        let look = |knob: &'t Knob| match table.driver(&knob.driver) {
            Some(driver) => find(roots, driver, knob),
            None => Vec::new(),
        };
        Self { table, found: table.knobs.iter().flat_map(look).collect() }
    }

    /// A driver's knobs.
    pub fn of<'s>(&'s self, module: &'s str) -> impl Iterator<Item = &'s Found<'t>> {
        self.found.iter().filter(move |found| found.knob.driver == module)
    }
}

impl Found<'_> {
    /// The categories that are on.
    pub fn on(&self) -> Categories {
        let rows = self.knob.rows.iter().filter(|row| self.shows(row));
        rows.fold(Categories::empty(), |on, row| on | row.categories)
    }

    /// The call sites a row is about.
    pub fn sites<'s>(&'s self, row: &'s Row) -> impl Iterator<Item = &'s Site> {
        let sites: &[Site] = match &self.state {
            State::Ready(Current::Sites(sites)) => sites,
            _ => &[],
        };
        let all = row.functions.is_empty();
        sites.iter().filter(move |site| all || row.functions.contains(&site.function))
    }

    fn shows(&self, row: &Row) -> bool {
        match &self.state {
            State::Ready(current) | State::AtStart(current) => match current {
                Current::Number(number) => {
                    self.knob.form.is_some_and(|form| form.shows(*number, row))
                }
                Current::On(instances) => !instances.is_empty(),
                Current::Sites(_) => {
                    let mut sites = self.sites(row).peekable();
                    sites.peek().is_some() && sites.all(Site::prints)
                }
            },
            _ => false,
        }
    }
}

/// Whether a module is there, loaded or built in.
pub fn is_loaded(roots: &Roots, module: &str) -> bool {
    roots.path("/sys/module").join(module).exists()
}

fn find<'t>(roots: &Roots, driver: &Driver, knob: &'t Knob) -> Vec<Found<'t>> {
    let one = |path: PathBuf, state| vec![Found { knob, host: None, path, state }];
    if knob.kind == Kind::StartOption {
        let state = match iscsid::level(roots) {
            Some(level) => State::AtStart(Current::Number(level)),
            None => State::NotLoaded,
        };
        return one(PathBuf::from(&knob.driver), state);
    }
    let module = roots.path("/sys/module").join(&knob.driver);
    let loaded = is_loaded(roots, &knob.driver);
    match knob.kind {
        Kind::Parameter => {
            let path = module.join("parameters").join(&knob.name);
            let state = if loaded { number(&path, knob) } else { State::NotLoaded };
            one(path, state)
        }
        Kind::HostAttribute if loaded => hosts(roots, driver)
            .map(|host| {
                let path = host_folder(roots, host).join(&knob.name);
                let state = number(&path, knob);
                Found { knob, host: Some(host), path, state }
            })
            .reduce_or(|| one(roots.path("/sys/class/scsi_host"), State::NoHost)),
        Kind::HostAttribute => one(roots.path("/sys/class/scsi_host"), State::NotLoaded),
        Kind::Tracepoint | Kind::Functions => {
            let (path, state) = tracefs::look(roots, knob);
            one(path, if loaded { state } else { State::NotLoaded })
        }
        Kind::DynamicDebug => {
            let (path, state) = call_sites(roots, knob);
            one(path, if loaded { state } else { State::NotLoaded })
        }
        Kind::StartOption => Vec::new(),
    }
}

trait ReduceOr<T>: Iterator<Item = T> + Sized {
    /// All items, or what `none` gives if there are none.
    fn reduce_or(self, none: impl FnOnce() -> Vec<T>) -> Vec<T> {
        let all: Vec<T> = self.collect();
        if all.is_empty() { none() } else { all }
    }
}
impl<T, I: Iterator<Item = T>> ReduceOr<T> for I {}

fn number(path: &Path, knob: &Knob) -> State {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) => return unreadable(&error),
    };
    let Some(number) = form::number(&text) else {
        return State::Unreadable(format!("'{}' is not a number", text.trim()));
    };
    let current = Current::Number(number);
    let writable = knob.mode.is_some_and(|mode| mode & 0o200 != 0);
    if writable { State::Ready(current) } else { State::AtStart(current) }
}

fn call_sites(roots: &Roots, knob: &Knob) -> (PathBuf, State) {
    let mut state = State::Absent;
    // The first needs no debugfs, but is not in every kernel.
    for place in ["/proc/dynamic_debug/control", "/sys/kernel/debug/dynamic_debug/control"] {
        let path = roots.path(place);
        match fs::read_to_string(&path) {
            Ok(text) => {
                let sites = dyndbg::sites(&text, &knob.name);
                return (path, State::Ready(Current::Sites(sites)));
            }
            Err(error) if matches!(state, State::Absent) => state = unreadable(&error),
            Err(_) => {}
        }
    }
    (roots.path("/proc/dynamic_debug/control"), state)
}

/// What an error says about a file.
pub(super) fn unreadable(error: &io::Error) -> State {
    match error.kind() {
        io::ErrorKind::NotFound => State::Absent,
        io::ErrorKind::PermissionDenied => State::Hidden,
        _ => State::Unreadable(error.to_string()),
    }
}

/// Numbers of a driver's SCSI hosts.
pub fn hosts(roots: &Roots, driver: &Driver) -> impl Iterator<Item = u32> {
    let wanted = driver.hosts.clone();
    all_hosts(roots).filter(move |(_, name)| Some(name) == wanted.as_ref()).map(|(host, _)| host)
}

/// Every SCSI host with the name of its driver.
pub fn all_hosts(roots: &Roots) -> impl Iterator<Item = (u32, String)> {
    let folder = roots.path("/sys/class/scsi_host");
    let mut hosts: Vec<u32> = fs::read_dir(&folder)
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.strip_prefix("host")?.parse().ok())
        .collect();
    hosts.sort_unstable();
    hosts.into_iter().filter_map(move |host| {
        let name = fs::read_to_string(folder.join(format!("host{host}/proc_name"))).ok()?;
        Some((host, name.trim().to_owned()))
    })
}

fn host_folder(roots: &Roots, host: u32) -> PathBuf {
    roots.path("/sys/class/scsi_host").join(format!("host{host}"))
}
