//! Who and what is named on the machine: filled while collecting, turned into pseudonyms with `--anonymise`.

use std::collections::BTreeMap;

/// What a name names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Identity {
    /// An initiator or target.
    Iqn,
    /// A machine.
    Host,
    /// A device, in the world.
    Serial,
    /// A person.
    User,
    /// Whatever an administrator called something.
    Name,
}

/// Names that were seen, each with what it names; addresses are found by their looks and not kept here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Names(BTreeMap<String, Identity>);

/// Words that name nothing in particular: replacing them would hide what everybody has.
const COMMON: &[&str] = &[
    "localhost",
    "default",
    "none",
    "root",
    "nobody",
    "iscsi",
    "target",
    "disk",
    "block",
    "lun",
    "mpatha",
    "mpathb",
    "mpathc",
    "mpathd",
    "iser",
    "tcp",
    "home",
    "mnt",
    "srv",
    "var",
    "dev",
    "tmp",
    // What paths of the archive are made of: readers look for them.
    "etc",
    "proc",
    "sys",
    "class",
    "bus",
    "device",
    "devices",
    "platform",
    "virtual",
    "module",
    "parameters",
    "kernel",
    "net",
    "scsi",
    "host",
    "session",
    "connection",
    "queue",
    "state",
    "size",
    "address",
    "port",
    "holders",
    "nodes",
    "ifaces",
    "static",
    "log",
    "network",
    "multipath",
    "machine",
    "findings",
    "recordings",
    "sessions",
    "services",
];

/// What the kernel numbers.
const NUMBERED: [&str; 4] = ["host", "session", "connection", "target"];

/// Folders every machine has.
const FOLDERS: [&str; 28] = [
    "bin",
    "boot",
    "data",
    "dev",
    "disk",
    "disks",
    "etc",
    "home",
    "lib",
    "lost+found",
    "mapper",
    "media",
    "mnt",
    "opt",
    "proc",
    "root",
    "run",
    "sbin",
    "srv",
    "storage",
    "sys",
    "tmp",
    "usr",
    "var",
    "block",
    "fileio",
    "user",
    "by-id",
];

impl Names {
    /// Notes a name. What is too short or too common to identify anybody is left alone.
    pub fn add(&mut self, identity: Identity, name: &str) {
        let name = name.trim();
        let known = COMMON.iter().any(|common| common.eq_ignore_ascii_case(name));
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let is_numbered = NUMBERED.iter().any(|kind| name.strip_prefix(kind).is_some_and(digits));
        if name.len() < 2 || known || is_numbered || digits(name) && name.len() < 6 {
            return;
        }
        // One name, however it is written (RFC 3722).
        let name =
            if identity == Identity::Iqn { name.to_ascii_lowercase() } else { name.to_owned() };
        let seen = self.0.entry(name).or_insert(identity);
        // The most telling kind wins, whatever was read first.
        *seen = (*seen).min(identity);
    }

    /// Notes a machine: with its domain, the short form logs have, and the domain, which names its owner.
    pub fn host(&mut self, name: &str) {
        self.add(Identity::Host, name);
        let Some((short, domain)) = name.split_once('.') else { return };
        self.add(Identity::Host, short);
        if domain.contains('.') {
            self.add(Identity::Host, domain);
        }
    }

    /// Notes what names a device in the world: as it is written, and the number in it, which other places write in other
    /// ways: `naa.6001405...`, `mpath-36001405...`, `wwn-0x6001405...`.
    pub fn serial(&mut self, name: &str) {
        /// Of 64 bits, as the shortest of those numbers.
        const SHORTEST: usize = 16;
        let is_number = |part: &&str| {
            let bare = part.strip_prefix("0x").unwrap_or(part);
            bare.len() >= SHORTEST && bare.bytes().all(|byte| byte.is_ascii_hexdigit())
        };
        const AROUND: [&str; 6] = ["naa", "eui", "mpath", "scsi", "wwn", ""];
        let parts = || name.split(|letter: char| !letter.is_ascii_alphanumeric());
        if !parts().all(|part| is_number(&part) || AROUND.contains(&part)) {
            self.add(Identity::Serial, name);
        }
        let Some(number) = parts().find(is_number) else { return };
        let bare = number.strip_prefix("0x").unwrap_or(number);
        // In front of it, udev and multipath write its kind (SPC-4, 7.8.6: 2 EUI-64, 3 NAA).
        let odd = bare.len() % 2 == 1 && bare.starts_with(['2', '3']);
        let bare = if odd { bare.get(1..).unwrap_or(bare) } else { bare };
        self.add(Identity::Serial, bare);
    }

    /// Notes the parts of a path that are not the same on every machine.
    pub fn path(&mut self, path: &str) {
        let mut above = "";
        for part in path.split('/').filter(|part| !part.is_empty()) {
            let device = ["sd", "dm-", "nvme", "loop", "md", "sr", "vd"]
                .iter()
                .any(|kind| above == "dev" && part.starts_with(kind));
            if !FOLDERS.contains(&part) && !device {
                self.add(if above == "home" { Identity::User } else { Identity::Name }, part);
            }
            above = part;
        }
    }

    /// Takes over another's.
    pub fn append(&mut self, other: &Names) {
        for (name, identity) in &other.0 {
            self.add(*identity, name);
        }
    }

    /// Whether this is a name that was seen.
    pub fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// In order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Identity)> {
        self.0.iter().map(|(name, identity)| (name.as_str(), *identity))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_tell_people_and_names_and_leave_what_every_machine_has() {
        let mut names = Names::default();
        names.path("/home/ada/disks/orders.img");
        names.path("/dev/sdb");
        assert_eq!(
            names.iter().collect::<Vec<_>>(),
            [("ada", Identity::User), ("orders.img", Identity::Name)]
        );
    }

    #[test]
    fn a_device_has_one_name_however_it_is_written() {
        for written in [
            "naa.6001405deadbeef7",
            "mpath-36001405deadbeef7",
            "0x6001405deadbeef7",
            "36001405deadbeef7",
            "t10.LIO 5",
        ] {
            let mut names = Names::default();
            names.serial(written);
            let expected = if written.contains("dead") { "6001405deadbeef7" } else { written };
            assert_eq!(names.iter().collect::<Vec<_>>(), [(expected, Identity::Serial)]);
        }
    }

    #[test]
    fn a_machine_is_known_by_all_parts_of_its_name() {
        let mut names = Names::default();
        names.host("web1.corp.example");
        names.host("host1");
        let names: Vec<&str> = names.iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["corp.example", "web1", "web1.corp.example"]);
    }

    #[test]
    fn the_more_telling_kind_wins() {
        let mut names = Names::default();
        names.add(Identity::Name, "web1");
        names.add(Identity::Host, "web1");
        names.add(Identity::Name, "web1");
        assert_eq!(names.iter().next(), Some(("web1", Identity::Host)));
    }
}
