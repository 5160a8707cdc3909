//! How often the kernel skipped probes: one that would interrupt another on the same CPU does not run.
//!
//! From [`TELLS`] on, the kernel says so in `/proc/self/fdinfo`: `recursion_misses` of programs, `missed` of links.
//! Before, the probes themselves hold what they see against the kernel's counters of PDUs.

use std::collections::BTreeMap;
use std::fs;

use iscsi_ebpf::config::Config;
use iscsi_ebpf::event::Kind;

use super::Totals;
use crate::host::Roots;
use crate::kernel::probes::{Feature, Point, Probe};
use crate::kernel::release::{Release, Version};

/// The first kernel whose links tell in fdinfo what they missed.
const TELLS: Version = Version(6, 17);

/// Whether this kernel tells.
pub fn are_told(roots: &Roots) -> bool {
    Release::read(roots).version() >= TELLS
}

/// What was read so far.
#[derive(Default)]
pub struct Skips {
    /// By the number of a link or program, as a link's count ends with it: the program, and the count.
    links: BTreeMap<u64, (u64, u64)>,
    programs: BTreeMap<u64, u64>,
}

impl Skips {
    /// Asks the kernel.
    pub fn read(&mut self) {
        // Where it cannot be read, as without /proc, there is nothing to add.
        for entry in fs::read_dir("/proc/self/fdinfo").into_iter().flatten().flatten() {
            let text = fs::read_to_string(entry.path()).unwrap_or_default();
            let number = |name: &str| {
                text.lines().find_map(|line| line.strip_prefix(name)?.trim().parse::<u64>().ok())
            };
            let Some(program) = number("prog_id:") else { continue };
            if let Some(link) = number("link_id:") {
                self.links.insert(link, (program, number("missed:").unwrap_or(0)));
            } else {
                self.programs.insert(program, number("recursion_misses:").unwrap_or(0));
            }
        }
    }

    /// Adds them up: at most so many events are missing.
    pub fn add(
        &self,
        probes: &BTreeMap<u64, &'static Probe>,
        config: &Config,
        totals: &mut Totals,
    ) {
        let links = self.links.values().copied();
        let programs = self.programs.iter().map(|(program, count)| (*program, *count));
        for (program, count) in links.chain(programs) {
            let Some(probe) = probes.get(&program) else { continue };
            let Some(kind) = kind(probe) else { continue };
            if config.kinds & (1 << kind as u32) != 0 {
                totals.skip(kind, count);
            } else if kind == Kind::Command && config.count != 0 {
                totals.uncounted += count;
            }
        }
    }
}

/// The event that is missing when a probe did not run.
fn kind(probe: &Probe) -> Option<Kind> {
    let kinds = probe.feature.kinds();
    let second = match (probe.feature, probe.point) {
        // The header is another probe's.
        (Feature::Received, _) => probe.program == "__iscsi_complete_pdu",
        (_, Point::Return { .. }) => true,
        _ => false,
    };
    kinds.get(usize::from(second)).or(kinds.first()).copied()
}

#[cfg(test)]
mod tests {
    use zerocopy::FromZeros as _;

    use super::*;
    use crate::kernel::probes::PROBES;

    fn probe(program: &str) -> &'static Probe {
        PROBES.iter().find(|probe| probe.program == program).unwrap()
    }

    #[test]
    fn each_count_is_of_the_event_that_the_probe_would_have_sent() {
        let probes = BTreeMap::from([
            (1, probe("iscsi_tcp_hdr_recv_done")),
            (2, probe("__iscsi_complete_pdu")),
            (3, probe("iscsi_eh_abort_return")),
            (4, probe("iscsi_complete_task")),
            (5, probe("iscsi_if_rx")),
        ]);
        let mut skips = Skips::default();
        skips.links.extend([(10, (1, 3)), (11, (1, 4)), (12, (2, 1)), (13, (5, 9))]);
        skips.programs.extend([(1, 2), (3, 5), (4, 6), (99, 7)]);
        let kinds = [Kind::PduReceived, Kind::PduData, Kind::HandlerReturned];
        let mut config = Config { count: 1, ..Config::new_zeroed() };
        config.kinds = kinds.iter().fold(0, |bits, kind| bits | 1 << *kind as u32);
        let mut totals = Totals::default();
        skips.add(&probes, &config, &mut totals);
        let found: Vec<_> = totals.loss().iter().map(|loss| (loss.kind, loss.events)).collect();
        assert_eq!(found, [(kinds[0], 9), (kinds[1], 1), (kinds[2], 5)]);
        assert_eq!(totals.uncounted, 6, "commands that no table has");
    }
}
