//! The incidents under way: which one a line belongs to, and when one is over.

use std::{collections::VecDeque, io};

use iscsi_decoders::log::{Kind, LogEvent, Span, Times};

use super::{
    apply,
    incident::{Incident, Key, Phase, StepKind},
    steps,
    topology::{Owner, Topology, disk_of_number},
    weight::{Weight, is_iscsi, weigh},
};

const SECOND: i64 = 1_000_000_000;
/// A session that is back is watched this long: an error in this time is the same trouble again.
const SETTLE: i64 = 30 * SECOND;
/// A failed session is reported when nothing happened for this long; it stays open until it is back.
const INTERIM: i64 = 10 * SECOND;
/// The kernel tells when a recovery fails after replacement_timeout (120 s unless configured otherwise) and
/// says nothing when it succeeds.
const RECOVERY: i64 = 120 * SECOND;
/// Added to that timeout before silence counts as success.
const GRACE: i64 = 30 * SECOND;
/// What a driver or the target says belongs to a loss that follows within this time.
const HINT_WITHIN: i64 = 2 * SECOND;
/// At most so many of them are kept.
const HINTS: usize = 4;
/// A disk the log did not introduce may fail with a session for this long after the session's last line.
const CLAIM: i64 = 120 * SECOND;
/// A clock this far back is another boot's.
const REBOOT: i64 = -60 * SECOND;
/// More incidents at once than this: the one that was quiet the longest is closed.
const OPEN: usize = 64;

/// What became of a line.
#[derive(Debug, Default)]
pub(super) struct Noted {
    /// The line is about iSCSI and gets an explanation.
    pub(super) ours: bool,
    /// Session it belongs to, if it does not say so itself.
    pub(super) session: Option<(u32, Certainty)>,
    /// It does not follow for sure, which is worth saying once in an incident.
    pub(super) first_guess: bool,
    /// More than one failing session could be meant.
    pub(super) ambiguous: Vec<u32>,
    /// The incident it is part of.
    pub(super) incident: Option<u32>,
    /// How often a line like it came in this incident; 1 if it is in none.
    pub(super) count: u64,
    /// Name of the disk or its address.
    pub(super) disk: Option<Box<str>>,
}

/// How well a line's session is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Certainty {
    Sure,
    Probable,
}

/// Something said that may explain a loss to come.
struct Hint {
    at: Times,
    kind: StepKind,
    words: Box<str>,
    /// A target on this machine refused a login: the status, and what it said.
    refused: Option<(u32, Box<str>)>,
}

pub(super) struct Tracker {
    pub(super) topology: Topology,
    open: Vec<Incident>,
    numbers: u32,
    latest: Times,
    hints: VecDeque<Hint>,
}

impl Tracker {
    pub(super) fn new() -> Self {
        Self {
            topology: Topology::new(),
            open: Vec::new(),
            numbers: 0,
            latest: Times::default(),
            hints: VecDeque::new(),
        }
    }

    /// Time passed: closes what is over. Call before each line with the line's time.
    pub(super) fn advance(
        &mut self,
        now: Times,
        mut report: impl FnMut(&Incident) -> io::Result<()>,
    ) -> io::Result<()> {
        if now == Times::default() {
            return Ok(());
        }
        let rebooted = now.since(&self.latest).is_some_and(|span| span.ns < REBOOT);
        if rebooted {
            self.finish(&mut report)?;
            self.topology.forget();
        }
        self.latest = now;
        self.close(|incident| now.since(&incident.last).map_or(0, |quiet| quiet.ns), report)
    }

    /// A live log was silent for this long: the log's clock went on as well.
    pub(super) fn quiet(
        &mut self,
        silence: i64,
        report: impl FnMut(&Incident) -> io::Result<()>,
    ) -> io::Result<()> {
        let latest = self.latest;
        let quiet =
            |incident: &Incident| latest.since(&incident.last).map_or(0, |span| span.ns) + silence;
        self.close(quiet, report)
    }

    /// Closes incidents that have been quiet for long enough, in the order they began.
    fn close(
        &mut self,
        quiet: impl Fn(&Incident) -> i64,
        mut report: impl FnMut(&Incident) -> io::Result<()>,
    ) -> io::Result<()> {
        let mut at = 0;
        while let Some(incident) = self.open.get_mut(at) {
            let quiet = quiet(incident);
            let recovery = incident.recovery_secs.map_or(RECOVERY, |secs| i64::from(secs) * SECOND);
            let over = match incident.phase {
                Phase::Up | Phase::Held => quiet > SETTLE,
                Phase::Down => quiet > recovery + GRACE,
                Phase::Failed => false,
            };
            if over || incident.gone {
                incident.lapsed = over && incident.phase == Phase::Down;
                report(incident)?;
                self.open.remove(at);
                continue;
            }
            if incident.phase == Phase::Failed && !incident.interim && quiet > INTERIM {
                incident.interim = true;
                report(incident)?;
            }
            at += 1;
        }
        Ok(())
    }

    /// The input ends: everything open is reported as it stands.
    pub(super) fn finish(
        &mut self,
        mut report: impl FnMut(&Incident) -> io::Result<()>,
    ) -> io::Result<()> {
        for mut incident in std::mem::take(&mut self.open) {
            incident.log_end = self.latest.since(&incident.last).filter(|span| span.ns > 0);
            // What was told already and did not change need not be told again.
            if !(incident.interim && incident.phase == Phase::Failed) {
                report(&incident)?;
            }
        }
        self.hints.clear();
        Ok(())
    }

    /// Takes a line into account. `text` is its message.
    pub(super) fn note(
        &mut self,
        event: &LogEvent<'_>,
        text: &str,
        at: Times,
        mut report: impl FnMut(&Incident) -> io::Result<()>,
    ) -> io::Result<Noted> {
        if matches!(event.kind, Kind::TransportClassLoaded) {
            self.finish(&mut report)?;
        }
        let gone = self.topology.learn(event);
        if let Some(incident) = gone.and_then(|id| self.find(Key::Session(id))) {
            apply::replaced(incident, at);
            self.close(|_| 0, &mut report)?;
        }
        let weight = weigh(event);
        let mut noted =
            Noted { ours: is_iscsi(event), count: 1, first_guess: true, ..Noted::default() };
        noted.disk = self.disk(event);
        let Some(key) = self.whose(event, weight, at, &mut noted) else {
            self.hear(weight, event, text, at, &mut noted);
            return Ok(noted);
        };
        let disk = noted.disk.as_deref().unwrap_or_default();
        let Some(index) = self.incident_for(key, weight, event, at, &mut report)? else {
            return Ok(noted);
        };
        let Some(incident) = self.open.get_mut(index) else { return Ok(noted) };
        apply::apply(incident, event, weight, disk, text, at);
        noted.incident = Some(incident.number);
        noted.count = incident.seen(event.message.format, apply::code(event));
        if let Some((id, Certainty::Probable)) = noted.session {
            noted.first_guess = incident.seen("", id) == 1;
        }
        if incident.gone {
            self.close(|_| 0, &mut report)?;
        }
        Ok(noted)
    }

    /// A line without an owner: a hint is kept for the loss it explains, or told to the one that is under way.
    fn hear(
        &mut self,
        weight: Weight,
        event: &LogEvent<'_>,
        text: &str,
        at: Times,
        noted: &mut Noted,
    ) {
        if !matches!(weight, Weight::Hint | Weight::Aside) || !is_iscsi(event) {
            return;
        }
        let mut down = self.open.iter_mut().filter(|incident| incident.phase == Phase::Down);
        if let (Some(incident), None) = (down.next(), down.next()) {
            apply::apply(incident, event, weight, "", text, at);
            noted.incident = Some(incident.number);
            noted.count = incident.seen(event.message.format, apply::code(event));
        } else if weight == Weight::Hint {
            if self.hints.len() == HINTS {
                self.hints.pop_front();
            }
            let (kind, words) = steps::step(event, "", text);
            let refused = event.message.refuses.map(|status| (status, text.into()));
            self.hints.push_back(Hint { at, kind, words: words.into(), refused });
        }
    }

    /// The incident a line of `key` is part of, newly begun if the line is reason enough.
    fn incident_for(
        &mut self,
        key: Key,
        weight: Weight,
        event: &LogEvent<'_>,
        at: Times,
        report: impl FnMut(&Incident) -> io::Result<()>,
    ) -> io::Result<Option<usize>> {
        if let Some(index) = self.open.iter().position(|incident| incident.key == key) {
            return Ok(Some(index));
        }
        let begins = match weight {
            Weight::Loss | Weight::Trouble { .. } => true,
            // A reset reported by a disk that was in use; on the way to the first use it is normal.
            _ => matches!(event.kind, Kind::ResetOccurred) && self.topology.in_use(event),
        };
        if !begins {
            return Ok(None);
        }
        self.make_room(report)?;
        self.numbers += 1;
        let mut incident = Incident::new(self.numbers, key, at);
        if let Key::Session(id) = key
            && let Some(session) = self.topology.session(id)
        {
            incident.target = session.target.clone();
            incident.portal = session.portal.clone();
            incident.never_up = session.host_seen && !session.was_up;
        }
        for hint in self.hints.drain(..) {
            if at.since(&hint.at).is_none_or(|span| (0..=HINT_WITHIN).contains(&span.ns)) {
                incident.refused_here = incident.refused_here.or(hint.refused);
                apply::hint(&mut incident, hint.kind, hint.words, hint.at);
            }
        }
        self.open.push(incident);
        Ok(Some(self.open.len() - 1))
    }

    fn make_room(&mut self, mut report: impl FnMut(&Incident) -> io::Result<()>) -> io::Result<()> {
        if self.open.len() < OPEN {
            return Ok(());
        }
        let latest = self.latest;
        let quiet = |incident: &Incident| latest.since(&incident.last).map_or(0, |span| span.ns);
        let oldest = (0..self.open.len()).max_by_key(|at| self.open.get(*at).map_or(0, quiet));
        if let Some(at) = oldest {
            report(&self.open.remove(at))?;
        }
        Ok(())
    }

    /// Whose trouble a line is, as far as that can be told.
    fn whose(
        &mut self,
        event: &LogEvent<'_>,
        weight: Weight,
        at: Times,
        noted: &mut Noted,
    ) -> Option<Key> {
        let owner = self.topology.owner(event);
        match owner {
            Owner::Session { id, sure } => {
                noted.ours = true;
                let certainty = if sure { Certainty::Sure } else { Certainty::Probable };
                noted.session = Some((id, certainty));
                Some(Key::Session(id))
            }
            Owner::Host(_) | Owner::Unknown => {
                let host = if let Owner::Host(host) = owner { Some(host) } else { None };
                noted.ours |= host.is_some();
                let suspects = self.suspects(weight, at);
                match suspects[..] {
                    [id] => {
                        noted.ours = true;
                        noted.session = Some((id, Certainty::Probable));
                        if let Some(host) = host.or(event.subject.host) {
                            self.topology.join(host, id);
                        }
                        Some(Key::Session(id))
                    }
                    [] => host.map(Key::Host),
                    _ => {
                        noted.ours = true;
                        noted.ambiguous = suspects;
                        None
                    }
                }
            }
            Owner::Foreign => {
                noted.ours = false;
                None
            }
        }
    }

    /// The failing sessions that a disk's trouble may come from.
    fn suspects(&self, weight: Weight, at: Times) -> Vec<u32> {
        let Weight::Trouble { transport } = weight else { return Vec::new() };
        let failing = self.open.iter().filter(|incident| {
            let recent = at.since(&incident.last).is_none_or(|span: Span| span.ns <= CLAIM);
            // Until the recovery times out commands wait; only what fails fast can fail by then.
            recent
                && match incident.phase {
                    Phase::Failed => true,
                    Phase::Down => transport,
                    Phase::Held | Phase::Up => false,
                }
        });
        failing
            .filter_map(|incident| match incident.key {
                Key::Session(id) => Some(id),
                Key::Host(_) => None,
            })
            .collect()
    }

    fn disk(&self, event: &LogEvent<'_>) -> Option<Box<str>> {
        let subject = &event.subject;
        if let Some(disk) = subject.disk {
            return Some(disk_of_number(disk).map_or_else(|| disk.into(), String::into_boxed_str));
        }
        let address = subject.address?;
        Some(self.topology.disk_at(address).map_or_else(|| address.to_string().into(), Into::into))
    }

    /// Entries held, of every kind; for the test that they do not grow with the log.
    #[cfg(test)]
    pub(super) fn size(&self) -> usize {
        self.open
            .iter()
            .map(|incident| 1 + incident.steps.len() + incident.explained.len())
            .sum::<usize>()
            + self.hints.len()
            + self.topology.size()
    }

    fn find(&mut self, key: Key) -> Option<&mut Incident> {
        self.open.iter_mut().find(|incident| incident.key == key)
    }
}
