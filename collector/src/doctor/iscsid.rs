//! Who makes sessions and brings them back: iscsid, and the records it goes by.

use std::fs;
use std::io;
use std::time::Duration;

use super::{Check, Status};
use crate::bundle::Programs;
use crate::host::Roots;
use crate::host::iscsid::pids;
use crate::host::record::FOLDERS;

const NAME: &str = "iscsid";
/// How long it may take to say its version.
const PATIENCE: Duration = Duration::from_secs(5);

pub(super) fn checks(roots: &Roots) -> Vec<Check> {
    let pids = pids(roots);
    let mut checks = vec![running(roots, &pids)];
    checks.extend(pids.first().and_then(|&pid| namespace(roots, pid)));
    checks.push(records(roots));
    checks
}

fn running(roots: &Roots, pids: &[u32]) -> Check {
    if pids.is_empty() {
        let check =
            |status, detail| Check::new(NAME, status, detail).remedy("systemctl start iscsid");
        return if has_sessions(roots) {
            check(
                Status::Danger,
                "not running: a session that loses its connection will not come back",
            )
        } else {
            check(Status::Limited, "not running: nobody can log in")
        };
    }
    let pids: Vec<String> = pids.iter().map(u32::to_string).collect();
    let version = version(roots).map(|version| format!(", {version}")).unwrap_or_default();
    Check::ok(NAME, format!("running, process {}{version}", pids.join(" and ")))
}

fn has_sessions(roots: &Roots) -> bool {
    fs::read_dir(roots.sysfs("class/iscsi_session"))
        .is_ok_and(|mut sessions| sessions.next().is_some())
}

/// What the installed program says, as in `iscsid version 2.1.8`.
fn version(roots: &Roots) -> Option<String> {
    if !roots.is_machine() {
        return None;
    }
    let said = Programs::of_machine().run("iscsid", &["--version"], PATIENCE, &|| false).ok()?;
    let version = said.text.split_whitespace().skip_while(|word| *word != "version").nth(1)?;
    Some(format!("version {version}"))
}

/// Sockets are only seen from the network namespace they were made in.
fn namespace(roots: &Roots, pid: u32) -> Option<Check> {
    let link = |pid: &str| fs::read_link(roots.path(&format!("/proc/{pid}/ns/net"))).ok();
    let (ours, theirs) = (link("self")?, link(&pid.to_string())?);
    if ours == theirs {
        return None;
    }
    let detail = "iscsid runs in another one: `sessions` shows no TCP figures";
    let remedy = format!("nsenter -t {pid} -n iscsi-trace ...");
    Some(Check::new("network namespace", Status::Limited, detail).remedy(remedy))
}

fn records(roots: &Roots) -> Check {
    let name = "records";
    for folder in FOLDERS {
        match fs::read_dir(roots.path(folder)) {
            Ok(targets) => {
                return Check::ok(name, format!("{} targets in {folder}", targets.count()));
            }
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                let detail = format!(
                    "{folder} is hidden: settings cannot be compared with what was asked for"
                );
                return Check::new(name, Status::Limited, detail).remedy("run as root");
            }
            Err(_) => {}
        }
    }
    Check::ok(name, "none: no target was ever discovered or entered here")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::tests::Scratch;

    #[test]
    fn a_missing_iscsid_is_a_danger_once_there_are_sessions() {
        let scratch = Scratch::new("iscsid");
        let roots = Roots::under(scratch.path());
        scratch.write("proc/1/comm", "systemd\n");
        assert_eq!(checks(&roots)[0].status, Status::Limited);
        scratch.write("sys/class/iscsi_session/session1", "");
        assert_eq!(checks(&roots)[0].status, Status::Danger);
        scratch.write("proc/77/comm", "iscsid\n");
        scratch.write("proc/8/comm", "iscsid\n");
        assert_eq!(checks(&roots)[0], Check::ok("iscsid", "running, process 8 and 77"));
    }

    #[test]
    fn records_are_looked_for_where_distributions_put_them() {
        let scratch = Scratch::new("iscsid-records");
        scratch.write("var/lib/iscsi/nodes/iqn.x:a/10.0.0.1,3260,1/default", "");
        let check = records(&Roots::under(scratch.path()));
        assert_eq!(check, Check::ok("records", "1 targets in /var/lib/iscsi/nodes"));
    }
}
