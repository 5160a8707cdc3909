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
const COMMON: [&str; 22] = [
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
];

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
        let is_digits = name.bytes().all(|byte| byte.is_ascii_digit());
        if name.len() < 2 || known || is_digits && name.len() < 6 {
            return;
        }
        let seen = self.0.entry(name.to_owned()).or_insert(identity);
        // The most telling kind wins, whatever was read first.
        *seen = (*seen).min(identity);
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
    fn the_more_telling_kind_wins() {
        let mut names = Names::default();
        names.add(Identity::Name, "web1");
        names.add(Identity::Host, "web1");
        names.add(Identity::Name, "web1");
        assert_eq!(names.iter().next(), Some(("web1", Identity::Host)));
    }
}
