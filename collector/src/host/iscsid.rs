//! iscsid: whether it runs, and what only it knows.
//!
//! Its state of a session is asked through iscsiadm, not over its socket: a request there is a C struct that differs
//! between versions, and iscsid does nothing else until all of it came (open-iscsi: `mgmt_ipc_read_data`).

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read};
use std::process::{Command, Stdio};
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use rustix::process::geteuid;

use super::Roots;
use super::notes::Notes;

/// A healthy iscsid answers in milliseconds; one that hangs must not make us hang.
const PATIENCE: Duration = Duration::from_secs(2);

/// Every process of that name; the second is the one that writes the log.
#[must_use]
pub fn pids(roots: &Roots) -> Vec<u32> {
    let is_iscsid = |pid: &u32| {
        fs::read_to_string(roots.path(&format!("/proc/{pid}/comm")))
            .is_ok_and(|name| name.trim() == "iscsid")
    };
    let Ok(processes) = fs::read_dir(roots.path("/proc")) else { return Vec::new() };
    let mut pids: Vec<u32> = processes
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter(is_iscsid)
        .collect();
    pids.sort_unstable();
    pids
}

/// What iscsid is about to do with each session, by session number: `NO CHANGE`, `REOPEN`, ...
#[must_use]
pub fn states(roots: &Roots, notes: &mut Notes) -> BTreeMap<u32, String> {
    // Asking an iscsid that does not run would start one, and it answers root only.
    if !roots.is_machine() || pids(roots).is_empty() || !geteuid().is_root() {
        return BTreeMap::new();
    }
    match ask() {
        Ok(Some(text)) => parse(&text),
        Ok(None) => {
            notes.add(format!(
                "iscsid did not answer within {} s: what it is about to do is not known",
                PATIENCE.as_secs()
            ));
            BTreeMap::new()
        }
        Err(error) => {
            notes.add(format!("iscsiadm, which asks iscsid for its state, cannot be run: {error}"));
            BTreeMap::new()
        }
    }
}

/// What iscsiadm prints; nothing if it takes too long.
fn ask() -> io::Result<Option<String>> {
    let mut iscsiadm = Command::new("iscsiadm")
        .args(["-m", "session", "-P", "1"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let (sender, text) = channel();
    if let Some(mut out) = iscsiadm.stdout.take() {
        thread::spawn(move || {
            let mut text = Vec::new();
            let read = out.read_to_end(&mut text);
            // Nobody waits any more if it took too long.
            let _ = sender.send(read.map(|_| String::from_utf8_lossy(&text).into_owned()));
        });
    }
    let text = text.recv_timeout(PATIENCE);
    if text.is_err() {
        iscsiadm.kill()?;
    }
    iscsiadm.wait()?;
    text.ok().transpose()
}

/// Reads `SID: 7` and the `Internal iscsid Session State: NO CHANGE` that follows.
fn parse(text: &str) -> BTreeMap<u32, String> {
    let mut states = BTreeMap::new();
    let mut sid = None;
    for line in text.lines() {
        match line.trim().split_once(": ") {
            Some(("SID", number)) => sid = number.trim().parse().ok(),
            Some(("Internal iscsid Session State", state)) => {
                if let Some(sid) = sid.take() {
                    // Its spelling in open-iscsi.
                    let state = if state == "REPOEN" { "REOPEN" } else { state };
                    states.insert(sid, state.to_owned());
                }
            }
            _ => {}
        }
    }
    states
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::tests::Scratch;

    #[test]
    fn states_belong_to_the_session_named_before_them() {
        let text = "Target: iqn.x:a (non-flash)\n\tCurrent Portal: 10.0.0.1:3260,1\n\t\tSID: 7\n\
                    \t\tiSCSI Session State: LOGGED_IN\n\t\tInternal iscsid Session State: NO CHANGE\n\
                    \t\tSID: 8\n\t\tInternal iscsid Session State: REPOEN\n\
                    \t\tInternal iscsid Session State: of nobody\n";
        let expected = [(7, "NO CHANGE".to_owned()), (8, "REOPEN".to_owned())];
        assert_eq!(parse(text), BTreeMap::from(expected));
    }

    #[test]
    fn a_copy_of_a_machine_is_not_asked() {
        let scratch = Scratch::new("iscsid-copy");
        scratch.write("proc/77/comm", "iscsid\n");
        let roots = Roots::under(scratch.path());
        assert_eq!(pids(&roots), [77]);
        assert!(states(&roots, &mut Notes::default()).is_empty());
    }
}
