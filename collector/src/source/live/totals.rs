//! What was lost and counted, over all CPUs and all generations of the probes.

use std::collections::BTreeMap;

use aya::maps::{MapData, MapError, PerCpuArray, PerCpuHashMap};
use iscsi_ebpf::command::{BUCKETS, Counters, Key};
use iscsi_ebpf::event::{Kind, LEFT_OUT, SKIPPED, UNCOUNTED};

use crate::event::loss::Cause;

/// Events of one kind that were lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Loss {
    /// Why.
    pub cause: Cause,
    /// The CPU, where that is known: 0 otherwise.
    pub cpu: u32,
    /// The events' kind.
    pub kind: Kind,
    /// How many.
    pub events: u64,
}

/// Everything counted.
#[derive(Clone, Debug, Default)]
pub struct Totals {
    lost: BTreeMap<(Cause, u32, Kind), u64>,
    commands: BTreeMap<(u32, u64, u32), Counters>,
    /// Commands that are in no counter, because there were too many sessions and logical units for the map.
    pub uncounted: u64,
}

impl Totals {
    /// Lost events; none of a CPU and kind is left out.
    #[must_use]
    pub fn loss(&self) -> Vec<Loss> {
        let loss = |((cause, cpu, kind), events): (&(Cause, u32, Kind), &u64)| Loss {
            cause: *cause,
            cpu: *cpu,
            kind: *kind,
            events: *events,
        };
        self.lost.iter().map(loss).collect()
    }

    /// Commands by session, logical unit and class, in this order.
    #[must_use]
    pub fn commands(&self) -> Vec<(Key, Counters)> {
        let key = |&(sid, lun, class): &(u32, u64, u32)| Key { sid, class, lun };
        self.commands.iter().map(|(place, counters)| (key(place), *counters)).collect()
    }

    /// Counts events that were lost behind the ring buffer.
    pub(super) fn lose(&mut self, cpu: u32, kind: Kind, events: u64) {
        self.count(Cause::BufferFull, cpu, kind, events);
    }

    /// Counts events whose probe the kernel skipped.
    pub(super) fn skip(&mut self, kind: Kind, events: u64) {
        self.count(Cause::ProbeSkipped, 0, kind, events);
    }

    fn count(&mut self, cause: Cause, cpu: u32, kind: Kind, events: u64) {
        if events != 0 {
            *self.lost.entry((cause, cpu, kind)).or_default() += events;
        }
    }

    /// Adds what a generation's maps have.
    pub(super) fn add(&mut self, maps: &Counts) -> Result<(), MapError> {
        self.add_commands(maps);
        self.add_lost(maps)
    }

    /// Adds the lost ones only, which is quick whatever there is in the way of commands.
    pub(super) fn add_lost(&mut self, maps: &Counts) -> Result<(), MapError> {
        for kind in Kind::ALL {
            let events = maps.lost.get(&(*kind as u32), 0)?;
            for (cpu, events) in (0..).zip(events.iter()) {
                self.lose(cpu, *kind, *events);
            }
            let left_out = maps.lost.get(&(LEFT_OUT + *kind as u32), 0)?;
            for (cpu, events) in (0..).zip(left_out.iter()) {
                self.count(Cause::LeftOut, cpu, *kind, *events);
            }
            let skipped = maps.lost.get(&(SKIPPED + *kind as u32), 0)?;
            self.skip(*kind, skipped.iter().sum());
        }
        self.uncounted += maps.lost.get(&UNCOUNTED, 0)?.iter().sum::<u64>();
        Ok(())
    }

    fn add_commands(&mut self, maps: &Counts) {
        for entry in &maps.commands {
            // A key may be gone again, or come meanwhile; neither is an error of the whole.
            let Ok((key, counters)) = entry else { continue };
            let total = self.commands.entry((key.sid, key.lun, key.class)).or_insert(NONE);
            for counters in counters.iter() {
                merge(total, counters);
            }
        }
    }
}

const NONE: Counters =
    Counters { commands: 0, bytes: 0, errors: 0, sum: 0, max: 0, histogram: [0; BUCKETS] };

/// A generation's maps of counters.
pub struct Counts {
    pub lost: PerCpuArray<MapData, u64>,
    pub commands: PerCpuHashMap<MapData, Key, Counters>,
}

fn merge(total: &mut Counters, more: &Counters) {
    total.commands += more.commands;
    total.bytes += more.bytes;
    total.errors += more.errors;
    total.sum += more.sum;
    total.max = total.max.max(more.max);
    for (total, more) in total.histogram.iter_mut().zip(more.histogram) {
        *total += more;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_of_cpus_add_up_and_the_longest_stays() {
        let mut total = NONE;
        let mut one = Counters { commands: 2, bytes: 512, errors: 1, sum: 30, max: 20, ..NONE };
        one.histogram[4] = 2;
        merge(&mut total, &one);
        merge(&mut total, &Counters { max: 7, ..one });
        assert_eq!((total.commands, total.bytes, total.errors), (4, 1024, 2));
        assert_eq!((total.sum, total.max, total.histogram[4]), (60, 20, 4));
    }

    #[test]
    fn losses_of_generations_add_up_per_cpu_and_kind() {
        let mut totals = Totals::default();
        totals.lose(1, Kind::PduSent, 3);
        totals.lose(1, Kind::PduSent, 4);
        totals.lose(0, Kind::Text, 0);
        assert_eq!(
            totals.loss(),
            [Loss { cause: Cause::BufferFull, cpu: 1, kind: Kind::PduSent, events: 7 }]
        );
    }
}
