//! sysfs of the iSCSI classes, of the disks behind the sessions and what is made of them, and of network devices.
//!
//! Paths and links stay as the kernel has them, so that whatever reads a machine's sysfs reads a bundle's, too.

use std::collections::BTreeSet;

use super::super::allowed::{Allowed, Class, Fields};
use super::super::files;
use super::super::item::{Content, Found};
use super::super::setting::Setting;
use super::tables;

/// Classes of which every entry is about iSCSI.
const ISCSI: [&str; 6] = [
    "iscsi_session",
    "iscsi_connection",
    "iscsi_transport",
    "iscsi_iface",
    "iscsi_endpoint",
    "iscsi_host",
];
/// Classes of which only those that sessions lead to are.
const HOSTS: [&str; 2] = ["iscsi_host", "scsi_host"];
/// A loop in a broken tree ends here.
const DEEPEST: usize = 16;

pub(super) fn collect(setting: &Setting) -> Found {
    let mut tree = Tree { setting, found: Found::default(), seen: BTreeSet::new() };
    let sessions = setting.roots().sysfs("class/iscsi_session");
    if !sessions.is_dir() {
        tree.found.missing(
            "/sys/class/iscsi_session",
            "the module scsi_transport_iscsi is not loaded: there are no sessions",
        );
    }
    for class in ISCSI {
        for (name, real) in tree.entries(class) {
            if tree.is_wanted(class, &name) {
                tree.entry(class, &name, &real);
            }
        }
    }
    for (name, real) in tree.entries("scsi_device") {
        if tree.is_of_session(&real) {
            tree.entry("scsi_device", &name, &real);
        }
    }
    for (name, real) in tree.entries("net") {
        if setting.wish.session.is_none() && tree.carries_packets(&name, &real) {
            tree.entry("net", &name, &real);
        }
    }
    tree.found
}

struct Tree<'a> {
    setting: &'a Setting,
    found: Found,
    /// Folders that were copied.
    seen: BTreeSet<String>,
}

impl Tree<'_> {
    /// A class' entries, each with the folder it stands for.
    fn entries(&self, class: &str) -> Vec<(String, String)> {
        let folder = format!("sys/class/{class}");
        let names = files::names(&self.setting.on_machine(&folder)).unwrap_or_default();
        let real = |name: &str| self.real(&format!("{folder}/{name}"));
        names.into_iter().filter_map(|name| Some((name.clone(), real(&name)?))).collect()
    }

    /// Where a path leads, if it is a link that leads into sysfs; else the path itself.
    fn real(&self, path: &str) -> Option<String> {
        match self.link(path) {
            Some(target) => resolve(path, &target),
            None => Some(path.to_owned()),
        }
    }

    fn link(&self, path: &str) -> Option<String> {
        let target = self.setting.on_machine(path).read_link().ok()?;
        target.into_os_string().into_string().ok()
    }

    /// Keeps a link, if it is one.
    fn keep_link(&mut self, path: &str) {
        if let Some(target) = self.link(path).filter(|target| resolve(path, target).is_some()) {
            let origin = format!("/{path}");
            self.found.put(format!("root/{path}"), origin, Content::Link(target));
        }
    }

    fn is_wanted(&self, class: &str, name: &str) -> bool {
        let Some(wanted) = self.setting.wish.session else { return true };
        match class {
            "iscsi_session" => name == format!("session{wanted}"),
            "iscsi_connection" => name.starts_with(&format!("connection{wanted}:")),
            // The session leads to its own.
            "iscsi_host" | "iscsi_endpoint" => false,
            _ => true,
        }
    }

    fn is_of_session(&self, real: &str) -> bool {
        let mut sessions = real.split('/').filter_map(|part| part.strip_prefix("session"));
        match self.setting.wish.session {
            Some(wanted) => sessions.any(|number| number.parse() == Ok(wanted)),
            None => sessions.any(|number| number.parse::<u32>().is_ok()),
        }
    }

    /// Devices without hardware that are not up carry nothing.
    fn carries_packets(&self, name: &str, real: &str) -> bool {
        let state =
            files::read(&self.setting.on_machine(&format!("{real}/operstate")), files::SETTINGS);
        let is_down = state.is_ok_and(|text| text.text.trim() == "down");
        name != "lo" && !(is_down && real.contains("/virtual/"))
    }

    fn entry(&mut self, class: &str, name: &str, real: &str) {
        let Some(table) = Allowed::get().class(class) else { return };
        self.keep_link(&format!("sys/class/{class}/{name}"));
        let Class { fields, device, .. } = table;
        self.values(real, fields);
        let link = format!("{real}/device");
        if !matches!(class, "iscsi_session" | "iscsi_connection" | "scsi_device") {
            return;
        }
        self.keep_link(&link);
        let Some(below) = self.real(&link) else { return };
        self.values(&below, device);
        match class {
            "iscsi_session" => self.hosts(&below),
            "scsi_device" => self.disks(&below),
            _ => {}
        }
    }

    /// The host above a session: `.../host3/session7`.
    fn hosts(&mut self, session: &str) {
        let Some((above, _)) = session.rsplit_once('/') else { return };
        let Some((_, host)) = above.rsplit_once('/') else { return };
        for class in HOSTS {
            let Some(table) = Allowed::get().class(class) else { continue };
            self.keep_link(&format!("sys/class/{class}/{host}"));
            self.values(&format!("{above}/{class}/{host}"), &table.fields);
        }
    }

    fn disks(&mut self, device: &str) {
        let folder = format!("{device}/block");
        for name in files::names(&self.setting.on_machine(&folder)).unwrap_or_default() {
            self.keep_link(&format!("sys/class/block/{name}"));
            self.block(&format!("{folder}/{name}"), &name, DEEPEST);
        }
    }

    /// A block device, its partitions, and what is made of them.
    fn block(&mut self, real: &str, name: &str, depth: usize) {
        let Some(table) = Allowed::get().class("block") else { return };
        self.values(real, &table.fields);
        let Some(depth) = depth.checked_sub(1) else { return };
        for part in files::names(&self.setting.on_machine(real)).unwrap_or_default() {
            let path = format!("{real}/{part}");
            let is_partition = part.starts_with(name) && part != name;
            if is_partition && self.setting.on_machine(&format!("{path}/partition")).exists() {
                self.keep_link(&format!("sys/class/block/{part}"));
                self.block(&path, &part, depth);
            }
        }
        let holders = format!("{real}/holders");
        for holder in files::names(&self.setting.on_machine(&holders)).unwrap_or_default() {
            let path = format!("{holders}/{holder}");
            // Only the name counts for whoever reads it.
            self.found.put(
                format!("root/{path}"),
                format!("/{path}"),
                Content::Text(String::new()),
            );
            let class = format!("sys/class/block/{holder}");
            self.keep_link(&class);
            if let Some(real) = self.real(&class) {
                self.block(&real, &holder, depth);
            }
        }
    }

    fn values(&mut self, folder: &str, fields: &Fields) {
        if !fields.is_empty() && self.seen.insert(folder.to_owned()) {
            tables::values(self.setting, folder, fields, &mut self.found);
        }
    }
}

/// Where a relative link of sysfs leads: upwards, then down. Others are none the kernel makes.
fn resolve(path: &str, target: &str) -> Option<String> {
    let mut above: Vec<&str> = path.split('/').collect();
    above.pop();
    let mut going_up = true;
    for part in target.split('/') {
        match part {
            ".." if going_up && above.len() > 1 => {
                above.pop();
            }
            "" | "." | ".." => return None,
            name if name.bytes().all(|b| b.is_ascii_alphanumeric() || b"._:-+@!,".contains(&b)) => {
                going_up = false;
                above.push(name);
            }
            _ => return None,
        }
    }
    (above.first() == Some(&"sys")).then(|| above.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_up_and_down_inside_sysfs_and_nowhere_else() {
        let path = "sys/class/iscsi_session/session1";
        let real = "../../devices/platform/host3/session1/iscsi_session/session1";
        assert_eq!(
            resolve(path, real).as_deref(),
            Some("sys/devices/platform/host3/session1/iscsi_session/session1")
        );
        for bad in ["/etc/shadow", "../../../etc/shadow", "a/../../b", "nowhere: else", ""] {
            assert_eq!(resolve(path, bad), None, "{bad}");
        }
    }
}
