//! Modules that come and go while the trace runs.

use std::collections::BTreeSet;

use super::coming::Coming;
use super::generation::Generation;
use super::names::Names;
use super::{LOOK, Live, Options, StartError, clock};
use crate::kernel::probes::Plan;
use crate::kernel::snapshot::{self, Snapshot};

impl Live {
    /// Attaches to modules that came, and lets go of those that went. One that went and came back looks as before,
    /// but has no probes any more, so `is_told` by an event counts, too.
    pub(super) fn follow(&mut self, is_told: bool, sink: &mut dyn FnMut(&[u8])) {
        match snapshot::relevant(&self.options.roots) {
            Ok(modules) if modules == self.modules && !is_told => {}
            Ok(_) => {
                if let Err(error) = self.renew(sink) {
                    self.notices.say(format!("modules changed, and {error}"));
                }
            }
            Err(error) => self.notices.say(StartError::Modules(error).to_string()),
        }
    }

    fn renew(&mut self, sink: &mut dyn FnMut(&[u8])) -> Result<(), StartError> {
        let Options { roots, config, .. } = &self.options;
        let modules = snapshot::relevant(roots).map_err(StartError::Modules)?;
        let unloaded = std::mem::take(&mut self.unloaded);
        if self.generation.knows(roots, &modules) {
            let plan = Plan::make(roots, config, self.generation.known(), None, &modules);
            self.come(&modules);
            self.modules = modules;
            self.generation.update(&plan, &unloaded);
            self.statuses = self.generation.statuses();
            return Ok(());
        }
        let snapshot =
            Snapshot::take(roots, config, &mut self.btf, None).map_err(StartError::Modules)?;
        self.come(&snapshot.modules);
        let Options { roots, config, .. } = &self.options;
        // Should what follows fail, it would fail again until something changes.
        self.modules.clone_from(&snapshot.modules);
        if self.generation.serves(&snapshot) {
            self.generation.update(&snapshot.plan, &unloaded);
            self.statuses = self.generation.statuses();
            return Ok(());
        }
        let mut next = Generation::load(&mut self.loader, config, &snapshot)?;
        while let Some(probe) = next.attach_next(roots)? {
            if let Some(coming) = &mut self.coming {
                coming.attach(probe.feature);
            }
        }
        // From now on the new one sees everything; until now the old one did.
        next.since = clock::boottime();
        if let Some(coming) = &mut self.coming {
            coming.hold(next.since);
        }
        self.retire(next, sink);
        self.notices.compare(&mut self.btf);
        Ok(())
    }

    /// Notes that modules came of which no event told: at some time since the last look.
    fn come(&mut self, modules: &BTreeSet<String>) {
        if self.coming.is_none() && !modules.is_subset(&self.modules) {
            let ago = u64::try_from(LOOK.as_nanos()).unwrap_or(0);
            self.coming = Some(Coming::since(clock::boottime().saturating_sub(ago)));
        }
    }

    /// Puts `next` in the place of the generation that runs, whose last events and counts are kept.
    fn retire(&mut self, next: Generation, sink: &mut dyn FnMut(&[u8])) {
        self.ask_skips();
        self.generation.add_skips(&self.options.config, &mut self.totals);
        self.generation.detach();
        self.drain(next.since, sink);
        self.generation.proof.give_up(&mut self.totals);
        self.hear();
        let old = std::mem::replace(&mut self.generation, next);
        if let Err(error) = self.totals.add(&old.counts) {
            self.notices.say(format!("counters of the time before the modules changed: {error}"));
        }
    }

    /// Attaches one more probe, or when all are, gives one back whose place is gone.
    pub(super) fn go_on(&mut self) {
        match self.generation.attach_next(&self.options.roots) {
            Ok(Some(probe)) => {
                if let Some(coming) = &mut self.coming {
                    coming.attach(probe.feature);
                }
                return;
            }
            Ok(None) => {}
            Err(error) => self.notices.say(format!("modules changed, and {error}")),
        }
        if self.coming.is_none() {
            self.generation.release_next();
            return;
        }
        self.end_coming();
        self.names = Names::read(&self.options.roots);
        self.statuses = self.generation.statuses();
    }

    /// To be called before the last [`Self::blind`]: probes that are not attached by now will not be.
    pub fn end_coming(&mut self) {
        let Some(coming) = self.coming.take() else { return };
        let waiting = self.generation.waiting();
        let asked = self.options.config.kinds;
        let (blind, longest) = coming.end(waiting, clock::boottime(), asked);
        self.blind.extend(blind);
        self.blinded = self.blinded.max(longest);
    }
}
