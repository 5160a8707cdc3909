//! `why --live`: what this machine's initiator runs into, whenever something new is known of it.

use std::time::Duration;

use super::{Incidents, Why, keep};
use crate::category::Categories;
use crate::cli::{Exit, Failure};
use crate::host::Roots;
use crate::host::session::{Detail, survey};
use crate::interrupt::{Interrupt, Second};
use crate::source::Event;
use crate::source::live::{self, Feed, now, wish};
use crate::why::{Driver, Told, complete};

/// Incidents are told this soon.
const TICK: Duration = Duration::from_millis(100);

#[derive(Default)]
struct Watcher {
    driver: Driver,
    /// Made or changed since they were printed last.
    news: Incidents,
    found: bool,
}

impl Watcher {
    fn take(&mut self, event: &Event<'_>) {
        let Self { driver, news, .. } = self;
        driver.observe(event, &mut |told: Told<'_, '_>| keep(&told, news));
    }

    fn print(&mut self, why: &Why) -> std::io::Result<()> {
        if self.news.is_empty() {
            return Ok(());
        }
        // Whether disks went offline only sysfs knows; it is asked when I/O has failed.
        let gave_up = self.news.values().any(|incident| incident.led_to.gave_up.is_some());
        if gave_up && let Ok(survey) = survey(&Roots::machine(), Detail::Line) {
            complete(&mut self.news.values_mut().collect::<Vec<_>>(), &survey.sessions);
        }
        why.print(&self.news, self.found)?;
        self.found = true;
        self.news.clear();
        Ok(())
    }
}

impl Why {
    pub(super) fn live(&self) -> anyhow::Result<Exit> {
        let interrupt = Interrupt::watch(Second::Ends)?;
        let config = wish::watching(&wish::kinds(Categories::all() - Categories::FUNCTION));
        let options =
            live::Options { config, roots: Roots::machine(), ring_bytes: live::RING_BYTES };
        let asked = now();
        let kernel =
            live::Live::start(options).map_err(|error| Failure::denied(error.to_string()))?;
        eprintln!("iscsi-trace: watching this machine's initiator; Ctrl-C ends");
        let mut watcher = Watcher::default();
        let mut feed = Feed::new(kernel, asked, false, &mut |event| watcher.take(&event));
        while !interrupt.came() {
            feed.poll(TICK, &mut |event| watcher.take(&event))?;
            feed.notices().iter().for_each(|notice| eprintln!("iscsi-trace: {notice}"));
            watcher.print(self)?;
        }
        let finished = feed.finish(&mut |event| watcher.take(&event))?;
        finished.notices.iter().for_each(|notice| eprintln!("iscsi-trace: {notice}"));
        let Watcher { driver, news, .. } = &mut watcher;
        driver.finish(finished.last, &mut |told: Told<'_, '_>| keep(&told, news));
        watcher.print(self)?;
        let lost: u64 = finished.totals.loss().iter().map(|loss| loss.events).sum();
        if lost > 0 {
            eprintln!("iscsi-trace: {lost} events were lost: causes may be less certain");
        }
        if !watcher.found {
            eprintln!("iscsi-trace: nothing failed meanwhile");
        }
        let is_bad = self.strict && (watcher.found || lost > 0);
        Ok(if is_bad { Exit::Findings } else { Exit::Done })
    }
}
