//! Which connections and logical units belong to which session.
//!
//! The classes list them all, and each link names the session it lies under, as in
//! `../../devices/platform/host3/session7/target3:0:0/3:0:0:0/scsi_device/3:0:0:0`: that costs one system call for a
//! logical unit where walking the folders costs twenty.

use std::collections::HashMap;
use std::io;

use crate::host::Roots;
use crate::host::device::{Address, Place};
use crate::host::sysfs::Dir;

/// What the classes list.
#[derive(Debug, Default)]
pub(super) struct Index {
    connection_class: Option<Dir>,
    /// CIDs by session.
    connections: HashMap<u32, Vec<u32>>,
    device_class: Option<Dir>,
    /// Logical units by session, with their folders as seen from the class.
    devices: HashMap<u32, Vec<(Address, String)>>,
    /// Names of block devices.
    blocks: HashMap<Address, String>,
}

impl Index {
    pub(super) fn read(roots: &Roots) -> Self {
        let class = |name| Dir::open(&roots.sysfs(&format!("class/{name}"))).ok();
        let mut index = Self {
            connection_class: class("iscsi_connection"),
            device_class: class("scsi_device"),
            ..Self::default()
        };
        for name in index.connection_class.iter().flat_map(Dir::names) {
            if let Some((sid, cid)) = connection(&name) {
                index.connections.entry(sid).or_default().push(cid);
            }
        }
        for link in index.device_class.iter().flat_map(links) {
            if let Some((sid, address, path)) = unit(&link) {
                index.devices.entry(sid).or_default().push((address, path.to_owned()));
            }
        }
        for link in class("block").iter().flat_map(links) {
            if let Some((address, name)) = block(&link) {
                index.blocks.insert(address, name.to_owned());
            }
        }
        index.connections.values_mut().for_each(|cids| cids.sort_unstable());
        index.devices.values_mut().for_each(|units| units.sort_unstable());
        index
    }

    /// The connections of a session, with their folders.
    pub(super) fn connections(&self, sid: u32) -> impl Iterator<Item = (u32, io::Result<Dir>)> {
        self.connections.get(&sid).into_iter().flatten().filter_map(move |&cid| {
            let class = self.connection_class.as_ref()?;
            Some((cid, class.sub(&format!("connection{sid}:{cid}"))))
        })
    }

    /// The logical units of a session.
    pub(super) fn devices(&self, sid: u32) -> impl Iterator<Item = Place<'_>> {
        self.devices.get(&sid).into_iter().flatten().filter_map(|(address, path)| {
            let block = self.blocks.get(address).map(String::as_str);
            Some(Place { class: self.device_class.as_ref()?, address: *address, path, block })
        })
    }
}

fn links(class: &Dir) -> impl Iterator<Item = String> {
    class.names().into_iter().filter_map(|name| class.link(&name))
}

/// `connectionS:C`
fn connection(name: &str) -> Option<(u32, u32)> {
    let (sid, cid) = name.strip_prefix("connection")?.split_once(':')?;
    Some((sid.parse().ok()?, cid.parse().ok()?))
}

/// `.../sessionS/targetH:C:T/H:C:T:L/scsi_device/H:C:T:L`, and of that the unit's own folder.
fn unit(link: &str) -> Option<(u32, Address, &str)> {
    let (above, name) = link.rsplit_once('/')?;
    let (path, _class) = above.rsplit_once('/')?;
    let sid = path.rsplit('/').find_map(|part| part.strip_prefix("session")?.parse().ok())?;
    Some((sid, Address::parse(name)?, path))
}

/// `.../H:C:T:L/block/NAME`; a partition's goes one further.
fn block(link: &str) -> Option<(Address, &str)> {
    let mut parts = link.rsplit('/');
    let name = parts.next()?;
    (parts.next()? == "block").then_some(())?;
    Some((Address::parse(parts.next()?)?, name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_name_the_session_and_the_unit() {
        let below = "../../devices/pci0000:00/0000:00:04.0/host3/session7/target3:0:1/3:0:1:2";
        let address = Address::parse("3:0:1:2").unwrap();
        let link = format!("{below}/scsi_device/3:0:1:2");
        assert_eq!(unit(&link), Some((7, address, below)));
        assert_eq!(block(&format!("{below}/block/sdb")), Some((address, "sdb")));
        assert_eq!(block(&format!("{below}/block/sdb/sdb1")), None);
        assert_eq!(connection("connection7:0"), Some((7, 0)));
    }

    #[test]
    fn disks_of_other_transports_belong_to_no_session() {
        let below = "../../devices/pci0000:00/ata1/host0/target0:0:0/0:0:0:0";
        assert_eq!(unit(&format!("{below}/scsi_device/0:0:0:0")), None);
        assert_eq!(block("../../devices/virtual/block/dm-0"), None);
    }
}
