//! Options to what the probes are told.

use iscsi_ebpf::NAME;
use iscsi_ebpf::config::{COUNT_ONLY, Config};
use iscsi_ebpf::event::Kind;

use super::Live;
use crate::category::Categories;
use crate::cli::Failure;
use crate::source::live::wish;

impl Live {
    pub(super) fn config(&self) -> Result<Config, Failure> {
        let mut config = wish::watching(&self.kinds());
        config.sid = self.session.unwrap_or(iscsi_ebpf::NONE);
        config.lun = self.lun.unwrap_or(u64::MAX);
        config.min_latency =
            self.min_latency.map_or(0, |span| u64::try_from(span.0.as_nanos()).unwrap_or(u64::MAX));
        config.data_max = self.data_size.unwrap_or(config.data_max);
        config.classes = match &self.classes[..] {
            [] => u32::MAX,
            some => some.iter().fold(0, |bits, class| bits | 1 << class.number() as u32),
        };
        if self.count {
            config.count = COUNT_ONLY;
        }
        if let Some(target) = &self.target {
            let name = target.as_bytes();
            // One byte less, for the NUL the kernel ends names with.
            let room = config.target.get_mut(..name.len()).filter(|room| room.len() < NAME);
            let Some(room) = room else {
                let most = NAME - 1;
                return Err(Failure::usage(format!(
                    "--target: iSCSI names have {most} bytes at most"
                )));
            };
            room.copy_from_slice(name);
            config.target_length = u32::try_from(name.len()).unwrap_or(0);
        }
        Ok(config)
    }

    /// Whether only some PDUs are asked for.
    pub(super) fn is_selective(&self) -> bool {
        self.lun.is_some() || !self.classes.is_empty()
    }

    fn kinds(&self) -> Vec<Kind> {
        let mut kinds = wish::kinds(self.shown.categories(Categories::DEFAULT));
        if self.count {
            kinds.retain(|kind| !wish::PDUS.contains(kind));
        } else {
            // Whether TCP still gets through tells a dead network from a dead target.
            kinds.push(Kind::Tcp);
        }
        if self.min_latency.is_some() {
            kinds.push(Kind::Command);
        }
        kinds
    }
}
