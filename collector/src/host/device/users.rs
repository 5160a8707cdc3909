//! What is made of block devices and who mounts them.

use super::{Block, Io};
use crate::host::Roots;
use crate::host::mounts::Mounts;
use crate::host::notes::Notes;
use crate::host::session::Detail;
use crate::host::sysfs::Dir;

/// What has to be known of the whole machine to tell who uses a device.
#[derive(Debug, Default)]
pub struct Users {
    mounts: Mounts,
    /// `class/block`, where every block device has a link.
    class: Option<Dir>,
}

/// More layers than anybody stacks; a loop in a broken tree ends here.
const DEEPEST: usize = 16;

/// sysfs counts in these, whatever the device's own blocks are.
const SECTOR: u64 = 512;

impl Users {
    /// Reads mounts and swaps, if devices will be.
    #[must_use]
    pub fn read(roots: &Roots, detail: Detail) -> Self {
        if detail < Detail::Devices {
            return Self::default();
        }
        Self { mounts: Mounts::read(roots), class: Dir::open(&roots.sysfs("class/block")).ok() }
    }

    /// A block device with everything over it.
    pub(super) fn block(&self, dir: &Dir, name: &str, notes: &mut Notes) -> Block {
        self.layer(dir, name, Some("disk"), DEEPEST, notes)
    }

    fn layer(
        &self,
        dir: &Dir,
        name: &str,
        kind: Option<&'static str>,
        depth: usize,
        notes: &mut Notes,
    ) -> Block {
        let mapper_name = dir.text("dm/name", notes);
        let kind = kind.or_else(|| Some(kind_of(name, dir.text("dm/uuid", notes).as_deref())));
        let numbers = dir.text("dev", notes).unwrap_or_default();
        let usage = self.mounts.of(&numbers, name, mapper_name.as_deref());
        let mut block = Block {
            name: name.to_owned(),
            kind,
            size_bytes: dir
                .number::<u64>("size", notes)
                .and_then(|sectors| sectors.checked_mul(SECTOR)),
            read_only: dir.flag("ro", notes),
            write_cache: dir.text("queue/write_cache", notes),
            mounted_at: usage.map(|usage| usage.mounted_at.clone()).unwrap_or_default(),
            swap: usage.is_some_and(|usage| usage.swap),
            // Partitions' reads and writes are the disk's.
            io: if kind == Some("disk") {
                dir.text("stat", notes).as_deref().and_then(Io::parse)
            } else {
                None
            },
            mapper_name,
            holders: Vec::new(),
        };
        if let Some(depth) = depth.checked_sub(1) {
            self.partitions(dir, &mut block, depth, notes);
            self.holders(dir, &mut block, depth, notes);
        }
        block
    }

    fn partitions(&self, dir: &Dir, block: &mut Block, depth: usize, notes: &mut Notes) {
        let mut names = dir.names();
        names.retain(|name| name.strip_prefix(&block.name).is_some_and(|rest| !rest.is_empty()));
        names.sort_by_key(|name| (name.len(), name.clone()));
        for name in names {
            if let Ok(partition) = dir.sub(&name)
                && partition.text("partition", notes).is_some()
            {
                block.holders.push(self.layer(&partition, &name, Some("partition"), depth, notes));
            }
        }
    }

    fn holders(&self, dir: &Dir, block: &mut Block, depth: usize, notes: &mut Notes) {
        let mut names = dir.sub("holders").map(|dir| dir.names()).unwrap_or_default();
        names.sort();
        for name in names {
            if let Some(holder) = self.class.as_ref().and_then(|class| class.sub(&name).ok()) {
                block.holders.push(self.layer(&holder, &name, None, depth, notes));
            }
        }
    }
}

/// Device mapper users write what they are in front of the UUID.
fn kind_of(name: &str, uuid: Option<&str>) -> &'static str {
    match uuid.and_then(|uuid| uuid.split_once('-')).map(|(kind, _)| kind) {
        Some("mpath") => "multipath",
        Some("LVM") => "lvm",
        Some("CRYPT") => "crypt",
        Some(part) if part.starts_with("part") => "partition",
        _ if name.starts_with("dm-") => "dm",
        _ if name.starts_with("md") => "md",
        _ if name.starts_with("bcache") => "bcache",
        _ => "holder",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn device_mapper_devices_are_told_apart_by_their_uuid() {
        assert_eq!(kind_of("dm-0", Some("mpath-36001405")), "multipath");
        assert_eq!(kind_of("dm-1", Some("part1-mpath-36001405")), "partition");
        assert_eq!(kind_of("dm-2", Some("LVM-abc")), "lvm");
        assert_eq!(kind_of("dm-3", None), "dm");
        assert_eq!(kind_of("md127", None), "md");
    }
}
