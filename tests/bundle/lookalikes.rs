//! Secrets that look like something a bundle may have.

use std::fs;

use iscsi_collector::bundle::Programs;
use iscsi_tests::machine::Machine;

use crate::collect::{Kept, bundle, wish};
use crate::planted::script;

/// A long number, hexadecimal, a disk's name, a word of every log and a number, words of a message.
const SECRETS: [&str; 5] =
    ["471108151234", "deadbee1", "md5a8f3c2e1", "Session-4711", "target/login/session"];

/// Every secret is in a record, a device's name and alias, and free text that does not say what it is.
fn kept(anonymise: bool) -> Kept {
    let machine = Machine::new("bundle-lookalikes").unwrap();
    let (mut log, mut journal) = (String::new(), String::new());
    for (sid, secret) in (1..).zip(SECRETS) {
        machine.session(sid).unwrap();
        machine.set(sid, "ifacename", secret).unwrap();
        machine.set(sid, "targetalias", secret).unwrap();
        machine.record(sid, &[("node.session.auth.password", secret)]).unwrap();
        let lines = "node.session.auth.password = \\\ncorrect-horse.battery\nstaple-again = 1\n";
        machine.write("etc/iscsi/iscsid.conf", lines).unwrap();
        log.push_str(&format!("4,{sid},{sid},-;iscsi: connection to {secret} failed\n"));
        let line = format!("cannot connect to {secret}, retrying {secret}");
        journal.push_str(&format!(
            "{{\"MESSAGE\":{},\"SYSLOG_IDENTIFIER\":\"iscsid\"}}\n",
            serde_json::to_string(&line).unwrap()
        ));
    }
    machine.write("dev/kmsg", &log).unwrap();
    let programs = machine.root().join("programs");
    let says = programs.join("says");
    script(&programs.join("journalctl"), &format!("cat {}", says.display()));
    fs::write(says, journal).unwrap();
    let mut wish = wish(machine.root());
    wish.programs = Programs::in_folder(programs);
    wish.anonymise = anonymise;
    bundle(wish)
}

#[test]
fn a_known_secret_is_nowhere_else_either() {
    for anonymise in [false, true] {
        let kept = kept(anonymise);
        let tar = kept.unpacked();
        for secret in SECRETS.into_iter().chain(["correct-horse", "staple-again"]) {
            let bytes = secret.as_bytes();
            let found = tar.windows(bytes.len()).position(|w| w.eq_ignore_ascii_case(bytes));
            let shown =
                |at: usize| String::from_utf8_lossy(&tar[at.saturating_sub(80)..at]).into_owned();
            assert_eq!(found.map(shown), None, "{secret}");
        }
        let log = kept.open().log().unwrap().to_owned();
        assert!(log.contains("cannot connect to <hidden>"), "{log}");
        assert_eq!(kept.open().text("sessions.jsonl").unwrap().lines().count(), SECRETS.len());
    }
}
