//! Losses as they happen: the kernel's counters only grow, what is new is an event.

use std::collections::BTreeMap;

use iscsi_decoders::Timestamp;
use iscsi_ebpf::event::Kind as Raw;

use crate::event::loss::{Cause, Kind, Loss};
use crate::source::Event;
use crate::source::live;
use crate::source::probes::Joiner;

/// [`live::SKIPS`], nanoseconds, and what a poll may take.
const SKIPS_ASKED: i64 = 2 * live::SKIPS.as_nanos() as i64;

#[derive(Debug, Default)]
pub struct Losses {
    told: BTreeMap<(Cause, u32, Raw), u64>,
    /// Until when the counters were read.
    since: Timestamp,
}

impl Losses {
    pub fn since(now: Timestamp) -> Self {
        Self { told: BTreeMap::new(), since: now }
    }

    /// Tells what was lost since the last time.
    pub fn tell(
        &mut self,
        lost: &[live::Loss],
        now: Timestamp,
        joiner: &mut Joiner,
        sink: &mut impl FnMut(Event<'_>),
    ) {
        let (since, during) = (self.since, now.since(self.since));
        self.since = now;
        for live::Loss { cause, cpu, kind, events } in lost {
            let told = self.told.entry((*cause, *cpu, *kind)).or_default();
            let new = events.saturating_sub(*told);
            *told = *events;
            if let Some(kind) = Kind::from_number(*kind as u8)
                && new > 0
            {
                let cpu = u16::try_from(*cpu).unwrap_or(u16::MAX);
                // The kernel is asked less often how often it skipped a probe.
                let ago = if *cause == Cause::ProbeSkipped { SKIPS_ASKED } else { 0 };
                let since = Timestamp(since.0.saturating_sub(ago));
                let loss = Loss { kind, events: new, cause: *cause, during: during + ago };
                joiner.lost(cpu, loss, since, sink);
            }
        }
    }

    /// Tells that probes were off.
    pub fn tell_blind(
        blind: &[live::Blind],
        clock: live::Clock,
        joiner: &mut Joiner,
        sink: &mut impl FnMut(Event<'_>),
    ) {
        for live::Blind { kind, since, until } in blind {
            if let Some(kind) = Kind::from_number(*kind as u8) {
                let (since, until) = (clock.wall(*since), clock.wall(*until));
                let during = until.since(since);
                joiner.lost(
                    0,
                    Loss { kind, events: 0, cause: Cause::ProbesOff, during },
                    since,
                    sink,
                );
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::What;

    #[test]
    fn only_what_is_new_is_told() {
        let (mut losses, mut joiner) = (Losses::since(Timestamp(100)), Joiner::default());
        let mut told = Vec::new();
        let mut sink = |event: Event<'_>| {
            if let Event::Kernel(event) = event
                && let What::Loss(loss) = event.what
            {
                told.push((event.cpu, event.stamp.time.0, loss.events, loss.during));
            }
        };
        let lost =
            |events| [live::Loss { cause: Cause::BufferFull, cpu: 1, kind: Raw::PduSent, events }];
        losses.tell(&lost(3), Timestamp(150), &mut joiner, &mut sink);
        losses.tell(&lost(3), Timestamp(200), &mut joiner, &mut sink);
        losses.tell(&lost(10), Timestamp(300), &mut joiner, &mut sink);
        assert_eq!(told, [(1, 100, 3, 50), (1, 200, 7, 100)]);
    }
}
