//! Kernel modules of iSCSI and their parameters.

use super::super::files::{self, SETTINGS};
use super::super::item::Found;
use super::super::setting::Setting;
use super::tables;

/// Parts of names of modules that are about iSCSI or under it.
const ABOUT: [&str; 17] = [
    "iscsi",
    "iser",
    "isert",
    "bnx2i",
    "cnic",
    "qedi",
    "qed",
    "qla4",
    "cxgb",
    "scsi",
    "target_core",
    "dm_multipath",
    "dm_round",
    "sd_mod",
    "tcp_diag",
    "ib_core",
    "rdma",
];

pub(super) fn collect(setting: &Setting) -> Found {
    let mut found = tables::collect(setting, "modules");
    let text = match files::read(&setting.roots().path("/proc/modules"), SETTINGS) {
        Ok(text) => text.text,
        Err(error) => {
            let why = files::why(&error).unwrap_or_else(|| "the kernel has no modules".to_owned());
            found.missing("/proc/modules", why);
            return found;
        }
    };
    let mut kept = String::new();
    for line in text.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [name, size, references, users, state, ..] = words.as_slice() else { continue };
        let plain = words.iter().take(5).all(|word| {
            word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_,-[]".contains(&byte))
        });
        if plain && ABOUT.iter().any(|part| name.contains(part)) {
            // Where it lies in memory is nobody's business.
            kept.push_str(&format!("{name} {size} {references} {users} {state} 0x0\n"));
        }
    }
    if !kept.contains("scsi_transport_iscsi") {
        found.missing("modules of iSCSI", "scsi_transport_iscsi is not loaded, or built in");
    }
    found.text("root/proc/modules", "/proc/modules", kept);
    found
}
