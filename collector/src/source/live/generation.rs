//! The probes loaded with one set of offsets.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use aya::maps::{Array, MapData, MapError, RingBuf};
use aya::programs::ProgramError;
use aya::{Ebpf, EbpfLoader};
use iscsi_ebpf::config::Config;
use iscsi_ebpf::flight::{SLOTS, Slot, slot};
use iscsi_ebpf::text::Words;
use rustix::io::Errno;

use super::StartError;
use super::attach::{self, Link};
use super::diagnostics::Diagnostics;
use super::error::chain;
use super::object::OBJECT;
use super::proof::Proof;
use super::skips::Skips;
use super::totals::{Counts, Totals};
use crate::host::Roots;
use crate::kernel::modules;
use crate::kernel::offsets::Known;
use crate::kernel::probes::{Feature, Plan, Planned, Point, Probe, Reason};
use crate::kernel::snapshot::Snapshot;
use crate::kernel::symbols::{self, Symbols};

/// aya's loader, kept because making one reads all of vmlinux' BTF.
pub struct Loader(EbpfLoader<'static>);

impl Loader {
    pub fn new(ring_bytes: u32) -> Self {
        let mut loader = EbpfLoader::new();
        // Our programs have no relocations that would need it.
        loader.btf(None).map_max_entries("EVENTS", ring_bytes);
        Self(loader)
    }

    /// Parses the object, fills in its globals and creates its maps.
    fn load(&mut self, config: &Config, snapshot: &Snapshot) -> Result<Ebpf, StartError> {
        // The loader wants to borrow for as long as it lives. A kilobyte for each time that fields move is less than
        // reading BTF anew.
        let globals = Box::leak(Box::new((snapshot.known.offsets, *config, snapshot.plan.words)));
        let (offsets, config, words) = globals;
        self.0
            .override_global("OFFSETS", &*offsets, true)
            .override_global("CONFIG", &*config, true);
        if let Some(words) = words {
            self.0.override_global("TEXT", &*words, true);
        }
        Ok(self.0.load(OBJECT)?)
    }
}

/// A probe and how it fares.
#[derive(Clone, Debug)]
pub struct ProbeStatus {
    /// The probe.
    pub probe: &'static Probe,
    /// Why it is off; none where it is attached.
    pub off: Option<Reason>,
}

struct Slotted {
    status: ProbeStatus,
    link: Option<Link>,
}

pub struct Generation {
    programs: Ebpf,
    probes: Vec<Slotted>,
    pub ring: RingBuf<MapData>,
    pub counts: Counts,
    flight: Array<MapData, Slot>,
    pub diagnostics: Diagnostics,
    known: Known,
    words: Option<Words>,
    pub proof: Proof,
    builds: BTreeMap<String, Option<Vec<u8>>>,
    /// Links whose place is gone.
    stale: Vec<(&'static str, Link)>,
    /// Programs that were attached, by the kernel's number.
    numbers: BTreeMap<u64, &'static Probe>,
    skips: Skips,
    /// Earlier events are the previous generation's, which ran until then.
    pub since: u64,
}

impl Generation {
    /// Creates the maps and has the kernel verify the programs whose places are there; attaches nothing.
    pub fn load(
        loader: &mut Loader,
        config: &Config,
        snapshot: &Snapshot,
    ) -> Result<Self, StartError> {
        let mut programs = loader.load(config, snapshot)?;
        let mut take = |name| programs.take_map(name).ok_or_else(|| missing_map(name));
        let ring = RingBuf::try_from(take("EVENTS")?).map_err(of_map)?;
        let counts = Counts {
            lost: take("LOST")?.try_into().map_err(of_map)?,
            commands: take("COMMANDS")?.try_into().map_err(of_map)?,
        };
        let flight = Array::try_from(take("FLIGHT")?).map_err(of_map)?;
        let diagnostics = Diagnostics::of(&mut programs)?;
        let status = |planned: &Planned| Slotted {
            status: ProbeStatus { probe: planned.probe, off: planned.off.clone() },
            link: None,
        };
        let probes = snapshot.plan.probes.iter().map(status).collect();
        let proof = Proof::needed(snapshot.known.unproven().is_some());
        let mut generation = Self {
            programs,
            probes,
            ring,
            counts,
            flight,
            diagnostics,
            known: snapshot.known.clone(),
            words: snapshot.plan.words,
            proof,
            builds: snapshot.builds.clone(),
            stale: Vec::new(),
            numbers: BTreeMap::new(),
            skips: Skips::default(),
            since: 0,
        };
        generation.verify();
        Ok(generation)
    }

    fn verify(&mut self) {
        for slotted in &mut self.probes {
            let status = &mut slotted.status;
            if status.off.is_none()
                && let Err(reason) = load_one(&mut self.programs, status.probe)
            {
                status.off = Some(reason);
            }
        }
    }

    /// Attaches all that can be; what the kernel refuses is off.
    ///
    /// # Errors
    /// The first refusal for lack of permission, which the others would get as well.
    pub fn attach(&mut self, roots: &Roots) -> Result<(), StartError> {
        while self.attach_next(roots)?.is_some() {}
        Ok(())
    }

    /// Attaches the first probe of the table that should be and is not; tells which, none where there is none left.
    ///
    /// # Errors
    /// A refusal for lack of permission.
    pub fn attach_next(&mut self, roots: &Roots) -> Result<Option<&'static Probe>, StartError> {
        let waits = |slotted: &&mut Slotted| slotted.status.off.is_none() && slotted.link.is_none();
        let Some(slotted) = self.probes.iter_mut().find(waits) else { return Ok(None) };
        let status = &mut slotted.status;
        // Two probes of one place, of which one is dead, are nothing every kernel is good at.
        let same = self.stale.extract_if(.., |(program, _)| *program == status.probe.program);
        for (program, link) in same.collect::<Vec<_>>() {
            if let Some(program) = self.programs.program_mut(program) {
                attach::detach(program, link);
            }
        }
        if let Err(reason) = load_one(&mut self.programs, status.probe) {
            status.off = Some(reason);
            return Ok(Some(status.probe));
        }
        match attach_one(&mut self.programs, status.probe) {
            Ok(link) => slotted.link = Some(link),
            Err(error) if is_permission(&error) => {
                return Err(StartError::Attach {
                    program: status.probe.program,
                    error: chain(&error),
                    remedy: "kernel.perf_event_paranoid or a security module forbids it: \
                             run as root of the host, outside any container",
                });
            }
            Err(error) => status.off = Some(explain(roots, &status.probe.point, &error)),
        }
        Ok(Some(status.probe))
    }

    /// Whether these programs can go on with the modules that are there: each is the build they were loaded for.
    pub fn knows(&self, roots: &Roots, modules: &BTreeSet<String>) -> bool {
        modules.iter().all(|name| {
            let build = self.builds.get(name).and_then(Option::as_ref);
            build.is_some() && build == modules::build(roots, name).as_ref()
        })
    }

    /// Whether these programs can go on in a kernel as it is now, with probes added and taken away.
    pub fn serves(&self, now: &Snapshot) -> bool {
        let words_fit =
            now.plan.words.is_none() || now.plan.words == self.words || !self.has_text();
        self.known.serves(&now.known) && words_fit
    }

    fn has_text(&self) -> bool {
        self.probes.iter().any(|slotted| {
            matches!(slotted.status.probe.point, Point::Tracepoint { .. }) && slotted.link.is_some()
        })
    }

    /// Follows modules that came and went: lets go of what is not for now, without which nothing is in the way of
    /// [`Self::attach_next`]. `unloaded` ones took their probes with them, even if they are back.
    pub fn update(&mut self, plan: &Plan, unloaded: &BTreeSet<String>) {
        for (slotted, planned) in self.probes.iter_mut().zip(&plan.probes) {
            let status = &mut slotted.status;
            let is_gone = unloaded.contains(status.probe.point.module());
            if (is_gone || planned.off.is_some())
                && let Some(link) = slotted.link.take()
            {
                self.stale.push((status.probe.program, link));
            }
            // What the kernel refused once it refuses again, unless the module is another one now.
            if is_gone || !status.off.as_ref().is_some_and(Reason::is_refusal) {
                status.off.clone_from(&planned.off);
            }
        }
        self.disown();
    }

    /// Gives back one link whose place is gone; tells whether there was one. Each takes the kernel as long as
    /// attaching, which comes first.
    pub fn release_next(&mut self) -> bool {
        let Some((program, link)) = self.stale.pop() else { return false };
        if let Some(program) = self.programs.program_mut(program) {
            attach::detach(program, link);
        }
        true
    }

    /// Features that have a probe which should be attached and is not.
    pub fn waiting(&self) -> impl Iterator<Item = Feature> {
        let waits = |slotted: &&Slotted| slotted.status.off.is_none() && slotted.link.is_none();
        self.probes.iter().filter(waits).map(|slotted| slotted.status.probe.feature)
    }

    /// Whether links wait to be given back.
    pub fn has_stale(&self) -> bool {
        !self.stale.is_empty()
    }

    /// What the programs read with.
    pub fn known(&self) -> &Known {
        &self.known
    }

    /// Adds how often the kernel skipped probes, as last asked.
    pub fn add_skips(&self, config: &Config, totals: &mut Totals) {
        self.skips.add(&self.numbers, config, totals);
    }

    /// Asks the kernel how often it skipped probes.
    pub fn ask_skips(&mut self) {
        for slotted in &self.probes {
            let probe = slotted.status.probe;
            if slotted.link.is_some()
                && let Some(program) = self.programs.program(probe.program)
                && let Ok(info) = program.info()
            {
                self.numbers.insert(info.id().into(), probe);
            }
        }
        self.skips.read();
    }

    /// Takes away what reads through a table that was disproven.
    pub fn disown(&mut self) {
        let Proof::Disproven(what) = &self.proof else { return };
        for slotted in &mut self.probes {
            let status = &mut slotted.status;
            let mut fields = status.probe.fields.iter().copied().flatten();
            if !fields.any(|field| self.known.is_tabled(field)) {
                continue;
            }
            if let Some(link) = slotted.link.take()
                && let Some(program) = self.programs.program_mut(status.probe.program)
            {
                attach::detach(program, link);
            }
            if status.off.is_none() {
                status.off = Some(Reason::Disproven(what.clone()));
            }
        }
    }

    /// Takes all probes away; the maps stay to be read.
    pub fn detach(&mut self) {
        for slotted in &mut self.probes {
            if let Some(link) = slotted.link.take()
                && let Some(program) = self.programs.program_mut(slotted.status.probe.program)
            {
                attach::detach(program, link);
            }
        }
    }

    pub fn statuses(&self) -> Vec<ProbeStatus> {
        self.probes.iter().map(|slotted| slotted.status.clone()).collect()
    }

    /// The recorded headers of a connection, oldest first.
    pub fn flight(&self, conn: u64, sid: u32) -> Vec<Slot> {
        let mut slots: Vec<Slot> = [false, true]
            .into_iter()
            .flat_map(|sent| (0..SLOTS).map(move |count| slot(sid, sent, count.into())))
            .filter_map(|index| self.flight.get(&index, 0).ok())
            .filter(|slot| slot.conn == conn && slot.time != 0)
            .collect();
        slots.sort_by_key(|slot| slot.time);
        slots
    }
}

fn load_one(programs: &mut Ebpf, probe: &Probe) -> Result<(), Reason> {
    let program = programs
        .program_mut(probe.program)
        .ok_or_else(|| Reason::Load("the object does not have it".into()))?;
    attach::load(program).map_err(|error| Reason::Load(verdict(&error)))
}

fn attach_one(programs: &mut Ebpf, probe: &Probe) -> Result<Link, ProgramError> {
    let program = programs.program_mut(probe.program).ok_or(ProgramError::NotLoaded)?;
    attach::attach(program, &probe.point)
}

/// The verifier's last words, which say what it stumbled over; the whole of its log is thousands of lines.
fn verdict(error: &ProgramError) -> String {
    let ProgramError::LoadError { io_error, verifier_log } = error else { return chain(error) };
    let log = verifier_log.to_string();
    let mut lines = log.lines().rev().filter(|line| !line.starts_with("processed "));
    match lines.find(|line| !line.trim().is_empty()) {
        Some(line) => format!("{io_error}: {line}"),
        None => io_error.to_string(),
    }
}

fn errno(error: &ProgramError) -> Option<i32> {
    match error {
        ProgramError::SyscallError(error) => error.io_error.raw_os_error(),
        _ => None,
    }
}

fn is_permission(error: &ProgramError) -> bool {
    let kind = errno(error).map(|errno| io::Error::from_raw_os_error(errno).kind());
    kind == Some(io::ErrorKind::PermissionDenied)
}

/// What is behind a refusal to attach.
fn explain(roots: &Roots, point: &Point, error: &ProgramError) -> Reason {
    let text = chain(error);
    let Some(function) = point.function() else { return Reason::Attach(text) };
    let Ok(symbols) = Symbols::read(roots, [function]) else { return Reason::Attach(text) };
    if let Err(reason) = Reason::of_function(&symbols, point.module(), function) {
        return reason;
    }
    if symbols::is_traceable(roots, function) == Some(false) {
        return Reason::Attach(format!("{text}: ftrace has no site in {function}"));
    }
    if errno(error) == Some(Errno::NOENT.raw_os_error()) && point.module() != "vmlinux" {
        return Reason::Attach(format!(
            "{text}: this kernel refuses probes on functions of modules by name, a bug of 6.1.60 to 6.1.70 and \
             6.6.0; update it"
        ));
    }
    Reason::Attach(text)
}

fn missing_map(name: &str) -> StartError {
    StartError::Load(format!("the object has no map {name}"))
}

fn of_map(error: MapError) -> StartError {
    StartError::Load(chain(&error))
}
