//! Modules that came, until all of their probes are on: what was not seen meanwhile.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use iscsi_ebpf::event::Kind;
use iscsi_ebpf::text::Module;
use zerocopy::FromBytes as _;

use super::clock;
use crate::kernel::probes::Feature;
use crate::kernel::snapshot;

/// A time in which events of a kind were not seen: their module had come, but not all of its probes were attached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Blind {
    /// The kind.
    pub kind: Kind,
    /// CLOCK_BOOTTIME, nanoseconds: from when.
    pub since: u64,
    /// Until when.
    pub until: u64,
}

/// Modules that have come.
#[derive(Debug, PartialEq, Eq)]
pub struct Coming {
    /// When the first one did.
    since: u64,
    /// When the last probe of a feature was attached.
    attached: BTreeMap<Feature, u64>,
}

impl Coming {
    pub fn since(since: u64) -> Self {
        Self { since, attached: BTreeMap::new() }
    }

    /// A probe of a feature is attached now.
    pub fn attach(&mut self, feature: Feature) {
        self.attached.insert(feature, clock::boottime());
    }

    /// Those that are attached see nothing before `until`.
    pub fn hold(&mut self, until: u64) {
        self.attached.values_mut().for_each(|attached| *attached = until);
    }

    /// All are attached by `now`, or will not be any more, as those of `waiting` features. Gives the times in which
    /// events were not seen, of the kinds that were `asked` for (a bit each), and the longest of all.
    pub fn end(
        mut self,
        waiting: impl Iterator<Item = Feature>,
        now: u64,
        asked: u32,
    ) -> (Vec<Blind>, Duration) {
        self.attached.extend(waiting.map(|feature| (feature, now)));
        let Self { since, attached } = self;
        let longest = attached.values().max().map_or(0, |until| until.saturating_sub(since));
        let blind = attached.into_iter().flat_map(|(feature, until)| {
            let kinds = feature.kinds().iter().copied();
            let asked = kinds.filter(move |kind| asked & (1 << *kind as u32) != 0);
            asked.map(move |kind| Blind { kind, since, until })
        });
        (blind.collect(), Duration::from_nanos(longest))
    }
}

/// Notes a module that came or went; tells whether it matters to us.
pub fn note(
    time: u64,
    body: &[u8],
    unloaded: &mut BTreeSet<String>,
    coming: &mut Option<Coming>,
) -> bool {
    let Ok((module, _)) = Module::read_from_prefix(body) else { return false };
    let end = module.name.iter().position(|byte| *byte == 0).unwrap_or(module.name.len());
    let Some(Ok(name)) = module.name.get(..end).map(str::from_utf8) else { return false };
    let matters = snapshot::is_relevant(name);
    if matters && module.loaded == 0 {
        unloaded.insert(name.to_owned());
    } else if matters {
        coming.get_or_insert_with(|| Coming::since(time));
    }
    matters
}

#[cfg(test)]
mod tests {
    use zerocopy::{FromZeros as _, IntoBytes as _};

    use super::*;

    #[test]
    fn only_modules_with_probes_or_fields_matter() {
        let (mut unloaded, mut coming) = (BTreeSet::new(), None);
        let mut event = |name: &str, loaded| {
            let mut module = Module::new_zeroed();
            module.loaded = loaded;
            module.name[..name.len()].copy_from_slice(name.as_bytes());
            note(7, module.as_bytes(), &mut unloaded, &mut coming)
        };
        assert!(event("iscsi_tcp", 0) && event("ib_iser", 1));
        assert!(!event("ext4", 0) && !event("", 0));
        assert_eq!(unloaded.into_iter().collect::<Vec<_>>(), ["iscsi_tcp"]);
        assert_eq!(coming, Some(Coming::since(7)));
    }

    #[test]
    fn a_kind_is_blind_until_the_last_of_its_probes_is_on_if_it_was_asked_for() {
        let mut coming = Coming::since(100);
        coming.attached = [(Feature::Sent, 150), (Feature::Text, 300)].into();
        let asked = 1 << Kind::PduSent as u32 | 1 << Kind::Nop as u32;
        let (blind, longest) = coming.end([Feature::Pings].into_iter(), 250, asked);
        assert_eq!(
            blind,
            [
                Blind { kind: Kind::PduSent, since: 100, until: 150 },
                Blind { kind: Kind::Nop, since: 100, until: 250 },
            ]
        );
        assert_eq!(longest, Duration::from_nanos(200));
    }
}
