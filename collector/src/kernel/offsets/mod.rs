//! Where the fields the probes read lie in this kernel: from its BTF, or for kernels whose modules have none, from a
//! table.

mod table;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use iscsi_ebpf::offsets::{ABSENT, FIELDS, Field, Offsets};

use super::btf::{self, KernelBtf};
use super::release::Release;

const COUNT: usize = size_of::<Offsets>() / size_of::<u32>();

/// The offsets of one kernel with the modules it has loaded right now.
#[derive(Clone, Debug)]
pub struct Known {
    /// As the probes take them.
    pub offsets: Offsets,
    /// Fields without a place, by name, and why.
    missing: BTreeMap<&'static str, btf::Error>,
    /// Fields that are not from BTF.
    tabled: BTreeSet<&'static str>,
    /// Where those are from.
    source: Option<&'static str>,
}

impl Known {
    /// Finds every field.
    #[must_use]
    pub fn find(btf: &mut KernelBtf, release: &Release) -> Self {
        let table = table::of(release);
        let mut known = Self {
            offsets: Offsets::UNKNOWN,
            missing: BTreeMap::new(),
            tabled: BTreeSet::new(),
            source: None,
        };
        for field in FIELDS {
            let found =
                btf.types(field.module).and_then(|types| types.offset(field.type_name, field.path));
            match found {
                Ok(offset) => known.set(field, offset),
                Err(error) => match table.as_ref().and_then(|table| table.get(field)) {
                    Some(offset) => {
                        known.set(field, offset);
                        known.tabled.insert(field.name);
                        known.source = table.as_ref().map(|table| table.source);
                    }
                    None => {
                        known.missing.insert(field.name, error);
                    }
                },
            }
        }
        known
    }

    fn set(&mut self, field: &Field, offset: u32) {
        if let Some(place) = words(&mut self.offsets).get_mut(field.position) {
            *place = offset;
        }
    }

    /// Why a field has no place; none where it has one.
    #[must_use]
    pub fn missing(&self, field: &str) -> Option<&btf::Error> {
        self.missing.get(field)
    }

    /// Whether offsets are used that the kernel itself does not vouch for, and where they are from. Such must be
    /// proven before anything read with them is believed.
    #[must_use]
    pub fn unproven(&self) -> Option<&'static str> {
        self.source
    }

    /// Whether a field is one of the unproven.
    #[must_use]
    pub fn is_tabled(&self, field: &str) -> bool {
        self.tabled.contains(field)
    }

    /// Whether probes that run with `self` can go on when the kernel is now as `now`: nothing new is known, and
    /// nothing lies elsewhere. What is gone with its module does not matter, as its probes do not run.
    #[must_use]
    pub fn serves(&self, now: &Self) -> bool {
        let have: [u32; COUNT] = zerocopy::transmute!(self.offsets);
        let want: [u32; COUNT] = zerocopy::transmute!(now.offsets);
        have.iter().zip(want).all(|(have, want)| want == ABSENT || *have == want)
    }
}

fn words(offsets: &mut Offsets) -> &mut [u32; COUNT] {
    zerocopy::transmute_mut!(offsets)
}
