//! iscsid's node records: what the administrator asked for (open-iscsi: `usr/idbm.c`).
//!
//! `nodes/TARGET/ADDRESS,PORT,TPGT/IFACE`; portals made without a group tag are `ADDRESS,PORT`, and very old records
//! are a file in place of the last folder. Records hold CHAP secrets and are readable by root only: of each file
//! only keys listed here are kept.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::notes::Notes;
use super::roots::Roots;
use super::session::{Session, comparison_keys};

/// Where distributions keep records.
pub const FOLDERS: [&str; 2] = ["/etc/iscsi/nodes", "/var/lib/iscsi/nodes"];

/// Beyond the settings that are compared: what has no counterpart in the kernel.
const OTHERS: [&str; 15] = [
    "node.startup",
    "node.leading_login",
    "node.session.auth.authmethod",
    "node.session.initial_login_retry_max",
    "node.session.reopen_max",
    "node.session.nr_sessions",
    "node.session.scan",
    "node.session.xmit_thread_priority",
    "node.session.err_timeo.host_reset_timeout",
    "node.session.iscsi.DefaultTime2Retain",
    "node.session.iscsi.DefaultTime2Wait",
    "node.conn[0].startup",
    "node.conn[0].timeo.login_timeout",
    "node.conn[0].timeo.logout_timeout",
    "node.conn[0].timeo.auth_timeout",
];

/// A record.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Record {
    /// The file, as it is called on the machine.
    pub path: PathBuf,
    /// Its settings, by iscsid's names; never those of CHAP.
    pub values: BTreeMap<&'static str, String>,
}

impl Record {
    /// A setting's value.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&str> {
        self.values.get(key).map(String::as_str)
    }

    fn parse(path: PathBuf, text: &str) -> Self {
        let mut values = BTreeMap::new();
        for line in text.lines() {
            let Some((key, value)) = line.split_once('=') else { continue };
            let (key, value) = (key.trim(), value.trim());
            let known = comparison_keys().chain(OTHERS).find(|known| *known == key);
            if let Some(known) = known.filter(|_| !value.is_empty()) {
                values.insert(known, value.to_owned());
            }
        }
        Self { path, values }
    }
}

/// The record a session was made from.
pub(super) fn find(roots: &Roots, session: &Session, notes: &mut Notes) -> Option<Record> {
    let target = session.target_name.as_deref().filter(|name| is_file_name(name))?;
    let connection = session.connection()?;
    let address = connection.persistent_address.as_deref()?;
    let portal = format!("{address},{}", connection.persistent_port?);
    let iface = session.iface.as_ref().and_then(|iface| iface.name.as_deref()).unwrap_or("default");
    for folder in FOLDERS {
        match read(&roots.path(folder).join(target), &portal, iface) {
            Ok(record) => return Some(Record { path: roots.name_there(&record.path), ..record }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => {
                notes.error("iscsid's record, which tells what was asked for", &error);
                return None;
            }
        }
    }
    notes.add(format!(
        "iscsid's record: none for {portal} and iface {iface} (made by the firmware, or deleted)"
    ));
    None
}

fn read(target: &Path, portal: &str, iface: &str) -> io::Result<Record> {
    let mut portals: Vec<String> = fs::read_dir(target)?
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| {
            name.strip_prefix(portal).is_some_and(|tag| tag.is_empty() || tag.starts_with(','))
        })
        .collect();
    portals.sort();
    let mut result = Err(io::ErrorKind::NotFound.into());
    for name in portals {
        for path in [target.join(&name).join(iface), target.join(&name)] {
            match fs::read_to_string(&path) {
                Ok(text) => return Ok(Record::parse(path, &text)),
                Err(error) if is_no_such_record(&error) => {}
                Err(error) => result = Err(error),
            }
        }
    }
    result
}

/// A file where newer records have a folder, or the other way round, is no error.
fn is_no_such_record(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory | io::ErrorKind::IsADirectory
    )
}

/// A target's name comes from a target: it must not lead out of the folder.
fn is_file_name(name: &str) -> bool {
    !name.is_empty() && !name.contains('/') && name != "." && name != ".."
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::session::{Connection, Iface};
    use crate::host::tests::Scratch;

    const TEXT: &str = "# BEGIN RECORD 2.1.8\nnode.name = iqn.x:t\nnode.session.timeo.replacement_timeout = 120\n\
        node.session.auth.authmethod = CHAP\nnode.session.auth.username = alice\n\
        node.session.auth.password = canary-secret\nnode.session.auth.password_in = canary-secret-in\n\
        discovery.sendtargets.auth.password = canary-secret\nnode.conn[0].iscsi.HeaderDigest = None\n# END RECORD\n";

    fn session(target: &str) -> Session {
        Session {
            target_name: Some(target.to_owned()),
            iface: Some(Iface { name: Some("default".to_owned()), ..Iface::default() }),
            connections: vec![Connection {
                persistent_address: Some("10.0.0.1".to_owned()),
                persistent_port: Some(3260),
                ..Connection::default()
            }],
            ..Session::default()
        }
    }

    #[test]
    fn a_record_is_found_in_every_layout_open_iscsi_has_used() {
        for (number, path) in [
            "etc/iscsi/nodes/iqn.x:t/10.0.0.1,3260,1/default",
            "etc/iscsi/nodes/iqn.x:t/10.0.0.1,3260/default",
            "etc/iscsi/nodes/iqn.x:t/10.0.0.1,3260",
            "var/lib/iscsi/nodes/iqn.x:t/10.0.0.1,3260,1/default",
        ]
        .into_iter()
        .enumerate()
        {
            let scratch = Scratch::new(&format!("record-{number}"));
            scratch.write(path, TEXT);
            scratch.write("etc/iscsi/nodes/iqn.x:t/10.0.0.1,32601,1/default", "another port");
            let mut notes = Notes::default();
            let record =
                find(&Roots::under(scratch.path()), &session("iqn.x:t"), &mut notes).unwrap();
            assert_eq!(record.path, Path::new("/").join(path));
            assert_eq!(record.get("node.session.timeo.replacement_timeout"), Some("120"), "{path}");
        }
    }

    #[test]
    fn secrets_are_not_kept() {
        let record = Record::parse(PathBuf::new(), TEXT);
        assert_eq!(record.get("node.session.auth.authmethod"), Some("CHAP"));
        let kept = format!("{record:?}");
        assert!(!kept.contains("canary") && !kept.contains("alice"), "{kept}");
    }

    #[test]
    fn a_session_without_record_says_so() {
        let scratch = Scratch::new("record-none");
        let mut notes = Notes::default();
        assert_eq!(find(&Roots::under(scratch.path()), &session("iqn.x:t"), &mut notes), None);
        assert!(
            notes.iter().any(|note| note.starts_with("iscsid's record: none for 10.0.0.1,3260")),
            "{notes:?}"
        );
    }

    #[test]
    fn a_target_cannot_choose_which_file_is_read() {
        let scratch = Scratch::new("record-escape");
        scratch.write("etc/iscsi/10.0.0.1,3260,1/default", TEXT);
        scratch.write("etc/iscsi/nodes/unrelated", "");
        let roots = Roots::under(scratch.path());
        for name in ["..", "../../iscsi", ""] {
            assert_eq!(find(&roots, &session(name), &mut Notes::default()), None, "{name}");
        }
    }
}
