//! Offsets from a table are believed only once something read through them equals what sysfs says.
//!
//! A connection's first event tells who it is, so that comes before anything else of it. Until one was compared,
//! events about connections are held back.

use std::fs;
use std::mem;

use iscsi_ebpf::connection::Identity;
use iscsi_ebpf::event::{Header, Kind};
use zerocopy::FromBytes as _;

use super::Totals;
use crate::host::Roots;

/// Bytes of events held back at most; later ones count as lost.
const ROOM: usize = 4 << 20;

/// Connections that sysfs does not know, though it knows others, before the table counts as wrong: single ones may
/// just have ended.
const STRANGERS: u32 = 4;

/// What is known of the table.
pub enum Proof {
    /// Offsets are from BTF, or were proven.
    Sound,
    /// Nothing was compared yet.
    Pending(Pending),
    /// They are not this kernel's, and how that showed.
    Disproven(String),
}

/// Events that wait for the proof.
#[derive(Default)]
pub struct Pending {
    held: Vec<Box<[u8]>>,
    bytes: usize,
    strangers: u32,
}

enum Verdict {
    Equal,
    Different(String),
    /// A login that failed at once: there is no session to compare with any more, but what was read makes sense.
    Gone,
    Unknown,
}

impl Proof {
    pub fn needed(is_needed: bool) -> Self {
        if is_needed { Self::Pending(Pending::default()) } else { Self::Sound }
    }

    /// Hands an event on, now, later or never.
    #[inline]
    pub fn pass(
        &mut self,
        roots: &Roots,
        event: &[u8],
        totals: &mut Totals,
        sink: &mut dyn FnMut(&[u8]),
    ) {
        match self {
            Self::Sound => sink(event),
            Self::Pending(_) | Self::Disproven(_) => self.judge(roots, event, totals, sink),
        }
    }

    /// Counts what still waits as lost: nothing will prove it any more.
    pub fn give_up(&mut self, totals: &mut Totals) {
        let Self::Pending(pending) = self else { return };
        for event in mem::take(&mut pending.held) {
            if let Ok((header, _)) = Header::read_from_prefix(&event) {
                lose(&header, totals);
            }
        }
    }

    #[cold]
    fn judge(
        &mut self,
        roots: &Roots,
        event: &[u8],
        totals: &mut Totals,
        sink: &mut dyn FnMut(&[u8]),
    ) {
        let Ok((header, body)) = Header::read_from_prefix(event) else { return };
        let kind = Kind::from_number(header.kind);
        // These tell nothing that the table has a part in.
        if matches!(kind, Some(Kind::Module | Kind::Text | Kind::Netlink)) {
            return sink(event);
        }
        let Self::Pending(pending) = self else { return };
        pending.hold(event, &header, totals);
        if kind != Some(Kind::Identity) {
            return;
        }
        let Ok((identity, _)) = Identity::read_from_prefix(body) else { return };
        match compare(roots, &header, &identity) {
            Verdict::Equal | Verdict::Gone => {
                for event in mem::take(&mut pending.held) {
                    sink(&event);
                }
                *self = Self::Sound;
            }
            Verdict::Different(what) => *self = Self::Disproven(what),
            Verdict::Unknown => {
                pending.strangers += u32::from(has_sessions(roots));
                if pending.strangers >= STRANGERS {
                    *self = Self::Disproven("sysfs knows none of the sessions it shows".into());
                }
            }
        }
    }
}

impl Pending {
    fn hold(&mut self, event: &[u8], header: &Header, totals: &mut Totals) {
        if self.bytes + event.len() <= ROOM {
            self.bytes += event.len();
            self.held.push(event.into());
        } else {
            lose(header, totals);
        }
    }
}

fn lose(header: &Header, totals: &mut Totals) {
    if let Some(kind) = Kind::from_number(header.kind) {
        totals.lose(header.cpu.into(), kind, 1);
    }
}

fn compare(roots: &Roots, header: &Header, identity: &Identity) -> Verdict {
    let session = roots.sysfs(&format!("class/iscsi_session/session{}", header.sid));
    // A link to `.../host2/session1/iscsi_session/session1`.
    let Ok(device) = fs::read_link(&session) else {
        let is_gone = !has_sessions(roots) && makes_sense(roots, identity);
        return if is_gone { Verdict::Gone } else { Verdict::Unknown };
    };
    let connection = format!("class/iscsi_connection/connection{}:{}", header.sid, header.cid);
    if fs::symlink_metadata(roots.sysfs(&connection)).is_err() {
        return Verdict::Unknown;
    }
    let host = format!("host{}", header.host);
    if !device.iter().any(|part| part == host.as_str()) {
        return Verdict::Different(format!("session{} is not of {host}", header.sid));
    }
    let Ok(target) = fs::read_to_string(session.join("targetname")) else {
        return Verdict::Unknown;
    };
    let read = text(&identity.target);
    // iscsid sets the name after the session is made.
    if !read.is_empty() && read != target.trim_end() {
        return Verdict::Different(format!(
            "the target of session{} reads {read:?}, sysfs says {:?}",
            header.sid,
            target.trim_end()
        ));
    }
    if !has_transport(roots, identity) {
        let transport = text(&identity.transport);
        return Verdict::Different(format!("there is no transport {transport:?}"));
    }
    Verdict::Equal
}

/// The names of target (RFC 7143 section 4.2.7) and transport lie behind three pointers each: wrong offsets do not
/// lead to such.
fn makes_sense(roots: &Roots, identity: &Identity) -> bool {
    let name = text(&identity.target);
    ["iqn.", "eui.", "naa."].iter().any(|kind| name.starts_with(kind))
        && has_transport(roots, identity)
}

fn has_transport(roots: &Roots, identity: &Identity) -> bool {
    let transport = text(&identity.transport);
    !transport.is_empty()
        && fs::symlink_metadata(roots.sysfs(&format!("class/iscsi_transport/{transport}"))).is_ok()
}

fn has_sessions(roots: &Roots) -> bool {
    fs::read_dir(roots.sysfs("class/iscsi_session"))
        .is_ok_and(|mut sessions| sessions.next().is_some())
}

fn text(bytes: &[u8]) -> String {
    let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    String::from_utf8_lossy(bytes.get(..end).unwrap_or_default()).into_owned()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;
    use std::path::Path;

    use zerocopy::{FromZeros as _, IntoBytes as _};

    use super::*;

    fn sysfs(root: &Path) -> Roots {
        let class = root.join("sys/class");
        let device = root.join("sys/devices/platform/host2/session1/iscsi_session/session1");
        for folder in [
            device.clone(),
            class.join("iscsi_session"),
            class.join("iscsi_connection/connection1:0"),
            class.join("iscsi_transport/tcp"),
        ] {
            fs::create_dir_all(folder).unwrap();
        }
        symlink(&device, class.join("iscsi_session/session1")).unwrap();
        fs::write(device.join("targetname"), "iqn.2026-01.x:a\n").unwrap();
        Roots::under(root)
    }

    fn event(kind: Kind, sid: u32, target: &str) -> Vec<u8> {
        let mut header = Header::new_zeroed();
        (header.kind, header.sid, header.host, header.conn) = (kind as u8, sid, 2, 99);
        let mut identity = Identity::new_zeroed();
        identity.target[..target.len()].copy_from_slice(target.as_bytes());
        identity.transport[..3].copy_from_slice(b"tcp");
        [header.as_bytes(), identity.as_bytes()].concat()
    }

    /// Kinds handed on, and whether the proof stands.
    fn run(events: &[Vec<u8>]) -> (Vec<u8>, Proof) {
        let folder = tempfile::tempdir().unwrap();
        let roots = sysfs(folder.path());
        let mut proof = Proof::needed(true);
        let mut seen = Vec::new();
        let mut totals = Totals::default();
        for event in events {
            proof.pass(&roots, event, &mut totals, &mut |event| seen.push(event[20]));
        }
        (seen, proof)
    }

    #[test]
    fn events_wait_until_a_name_equals_sysfs() {
        let kinds = [Kind::PduSent, Kind::Module, Kind::Identity, Kind::PduReceived];
        let events = kinds.map(|kind| event(kind, 1, "iqn.2026-01.x:a"));
        let (seen, proof) = run(&events);
        assert!(matches!(proof, Proof::Sound));
        let order = [Kind::Module, Kind::PduSent, Kind::Identity, Kind::PduReceived];
        assert_eq!(seen, order.map(|kind| kind as u8));
    }

    #[test]
    fn a_name_that_differs_disproves_and_nothing_is_handed_on() {
        let (seen, proof) = run(&[event(Kind::Identity, 1, "x?"), event(Kind::PduSent, 1, "")]);
        assert!(matches!(proof, Proof::Disproven(what) if what.contains("sysfs says")));
        assert_eq!(seen, [0_u8; 0]);
    }

    #[test]
    fn sessions_that_sysfs_does_not_know_disprove_only_when_they_repeat() {
        let stranger = || event(Kind::Identity, 7777, "iqn.2026-01.x:a");
        assert!(matches!(run(&[stranger()]).1, Proof::Pending(_)));
        let many: Vec<_> = (0..STRANGERS).map(|_| stranger()).collect();
        assert!(matches!(run(&many).1, Proof::Disproven(_)));
    }

    #[test]
    fn a_session_that_is_gone_already_is_proven_by_its_names() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("sys/class/iscsi_transport/tcp")).unwrap();
        let judge = |target| {
            let mut proof = Proof::needed(true);
            let mut seen = 0;
            let event = event(Kind::Identity, 1, target);
            let roots = Roots::under(folder.path());
            proof.pass(&roots, &event, &mut Totals::default(), &mut |_| seen += 1);
            (matches!(proof, Proof::Sound), seen)
        };
        assert_eq!(judge("iqn.2026-01.x:a"), (true, 1));
        assert_eq!(judge("\u{1}garbage"), (false, 0));
    }

    #[test]
    fn what_waits_in_vain_is_lost() {
        let folder = tempfile::tempdir().unwrap();
        let mut totals = Totals::default();
        let mut proof = Proof::needed(true);
        let sent = event(Kind::PduSent, 1, "");
        proof.pass(&Roots::under(folder.path()), &sent, &mut totals, &mut |_| panic!("unproven"));
        assert_eq!(totals.loss().len(), 0);
        proof.give_up(&mut totals);
        assert_eq!(totals.loss().iter().map(|loss| loss.events).sum::<u64>(), 1);
    }

    #[test]
    fn a_session_without_its_name_yet_is_proven_by_its_ids() {
        let (seen, proof) = run(&[event(Kind::Identity, 1, "")]);
        assert!(matches!(proof, Proof::Sound));
        assert_eq!(seen, [Kind::Identity as u8]);
    }
}
