//! Which session a disk belongs to, as far as the log proves it.
//!
//! No kernel message names both a session and its SCSI host. But iscsi_tcp makes one host per session and
//! prints it (`scsi host3: iSCSI Initiator over TCP/IP`) just before the session's number is given, and both
//! are given in order. So the n-th such line since the transport class was loaded is session n; in a log
//! that begins later, the first session that appears while one host is unclaimed gives the offset.

use iscsi_decoders::log::{Kind, LogEvent, ScsiAddress};

use super::bounded::Bounded;

/// More sessions, hosts or disks than any machine has.
const LIMIT: usize = 4096;

/// Whose line it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Owner {
    /// A session's; not `sure` where it follows from order and not from the text.
    Session { id: u32, sure: bool },
    /// An iSCSI host's whose session is not known.
    Host(u32),
    /// Some disk's or file system's that the log did not introduce.
    Unknown,
    /// Certainly not iSCSI's.
    Foreign,
}

struct Host {
    iscsi: bool,
    /// Its place among the iSCSI hosts of the log, from 1.
    ordinal: u32,
    /// A logical unit answered on it, so its session was logged in.
    answered: bool,
    session: Option<Bound>,
}

#[derive(Clone, Copy)]
struct Bound {
    id: u32,
    sure: bool,
}

/// What is known of a session.
#[derive(Default)]
pub(super) struct Session {
    pub(super) target: Option<Box<str>>,
    pub(super) portal: Option<Box<str>>,
    /// It was seen logged in: by `iscsid`'s word, or by a logical unit on its host.
    pub(super) was_up: bool,
    /// Its host was added in this log, so that a login would have been seen.
    pub(super) host_seen: bool,
}

pub(super) struct Topology {
    hosts: Bounded<u32, Host>,
    disks: Bounded<Box<str>, ScsiAddress>,
    /// Logical units that are ready for use.
    attached: Bounded<ScsiAddress, bool>,
    sessions: Bounded<u32, Session>,
    iscsi_hosts: u32,
    /// Session number minus ordinal of its host.
    offset: Option<i64>,
    /// The log goes back to where both began, so the offset is not a guess.
    anchored: bool,
}

impl Topology {
    pub(super) fn new() -> Self {
        Self {
            hosts: Bounded::new(LIMIT),
            disks: Bounded::new(LIMIT),
            attached: Bounded::new(LIMIT),
            sessions: Bounded::new(LIMIT),
            iscsi_hosts: 0,
            offset: None,
            anchored: false,
        }
    }

    pub(super) fn session(&self, id: u32) -> Option<&Session> {
        self.sessions.get(&id)
    }

    /// Learns what a line tells. If it gives a session's host number to a new host, that session is gone;
    /// its number is returned.
    pub(super) fn learn(&mut self, event: &LogEvent<'_>) -> Option<u32> {
        let subject = &event.subject;
        if let Some(id) = subject.session {
            self.meet(id);
            if let Some(session) = self.sessions.get_mut(&id) {
                if let Some(target) = subject.target {
                    session.target = Some(target.into());
                }
                if let Some(portal) = subject.portal {
                    session.portal = Some(portal.into());
                }
                session.was_up |=
                    matches!(event.kind, Kind::Operational | Kind::AfterRecovery { .. });
            }
        }
        if let Some((disk, address)) = subject.disk.zip(subject.address) {
            self.disks.insert(disk.into(), address);
        }
        match event.kind {
            Kind::TransportClassLoaded => {
                self.forget();
                self.offset = Some(0);
                self.anchored = true;
            }
            Kind::HostAdded { name } => return self.add_host(subject.host?, name),
            Kind::UnitFound => {
                self.found_unit(subject.host?);
                self.attached.insert(subject.address?, false);
            }
            Kind::DiskAttached => {
                self.found_unit(subject.host?);
                self.attached.insert(subject.address?, true);
            }
            _ => {}
        }
        None
    }

    /// After a reboot nothing of before holds.
    pub(super) fn forget(&mut self) {
        self.hosts.clear();
        self.disks.clear();
        self.attached.clear();
        self.sessions.clear();
        self.iscsi_hosts = 0;
        self.offset = None;
        self.anchored = false;
    }

    fn add_host(&mut self, number: u32, name: &str) -> Option<u32> {
        let iscsi = is_iscsi(name);
        self.iscsi_hosts += u32::from(iscsi);
        let host = Host { iscsi, ordinal: self.iscsi_hosts, answered: false, session: None };
        self.hosts.insert(number, host)?.session.map(|bound| bound.id)
    }

    fn found_unit(&mut self, number: u32) {
        let Some(host) = self.hosts.get_mut(&number) else { return };
        host.answered = true;
        if let Some(session) = host.session.and_then(|bound| self.sessions.get_mut(&bound.id)) {
            session.was_up = true;
        }
    }

    /// The first time a session appears it is joined to its host, if that is clear.
    fn meet(&mut self, id: u32) {
        if self.sessions.get(&id).is_some() {
            return;
        }
        let predicted = self.offset.map(|offset| i64::from(id) - offset);
        let hosts = self.hosts.iter().map(|(number, host)| (*number, host));
        let mut unclaimed = hosts
            .filter(|(_, host)| host.iscsi && host.session.is_none())
            .map(|(number, host)| (number, host.ordinal));
        let newest = i64::from(self.iscsi_hosts);
        let found = match predicted {
            Some(predicted) if predicted <= newest => {
                unclaimed.find(|(_, ordinal)| i64::from(*ordinal) == predicted)
            }
            // No offset yet, or lines of other hosts are missing: then it is worth what an only one is.
            _ => unclaimed.next().filter(|_| unclaimed.next().is_none()),
        };
        drop(unclaimed);
        let mut session = Session::default();
        if let Some((number, ordinal)) = found {
            self.anchored &= predicted == Some(i64::from(ordinal));
            self.offset = Some(i64::from(id) - i64::from(ordinal));
            let sure = self.anchored;
            session.host_seen = true;
            if let Some(host) = self.hosts.get_mut(&number) {
                session.was_up = host.answered;
                host.session = Some(Bound { id, sure });
            }
        }
        self.sessions.insert(id, session);
    }

    /// A host whose disks failed as a session did is taken for that session's.
    pub(super) fn join(&mut self, host: u32, id: u32) {
        let session = Some(Bound { id, sure: false });
        match self.hosts.get_mut(&host) {
            Some(known) if known.session.is_none() => known.session = session,
            Some(_) => {}
            None => {
                self.hosts.insert(host, Host { iscsi: true, ordinal: 0, answered: true, session });
            }
        }
    }

    pub(super) fn owner(&self, event: &LogEvent<'_>) -> Owner {
        let subject = &event.subject;
        if let Some(id) = subject.session {
            return Owner::Session { id, sure: true };
        }
        let host = subject.host.or_else(|| self.host_of(subject.disk?));
        let Some(number) = host else {
            let local = subject.disk.is_some_and(|disk| {
                ["nvme", "vd", "mmcblk"].iter().any(|kind| disk.starts_with(kind))
            });
            return if local { Owner::Foreign } else { Owner::Unknown };
        };
        match self.hosts.get(&number) {
            None => Owner::Unknown,
            Some(host) if !host.iscsi => Owner::Foreign,
            Some(Host { session: Some(bound), .. }) => {
                Owner::Session { id: bound.id, sure: bound.sure }
            }
            Some(_) => Owner::Host(number),
        }
    }

    #[cfg(test)]
    pub(super) fn size(&self) -> usize {
        self.hosts.len() + self.disks.len() + self.attached.len() + self.sessions.len()
    }

    /// The SCSI host of a disk, a partition of it, or its `major:minor`.
    pub(super) fn host_of(&self, disk: &str) -> Option<u32> {
        self.address_of(disk).map(|address| address.host)
    }

    /// Whether the logical unit of a line was ready for use before.
    pub(super) fn in_use(&self, event: &LogEvent<'_>) -> bool {
        event.subject.address.is_some_and(|address| self.attached.get(&address) == Some(&true))
    }

    /// The disk at an address, if its name was seen.
    pub(super) fn disk_at(&self, address: ScsiAddress) -> Option<&str> {
        self.disks.iter().find(|(_, known)| **known == address).map(|(disk, _)| &**disk)
    }

    /// The address of a disk, a partition of it, or its `major:minor`.
    pub(super) fn address_of(&self, disk: &str) -> Option<ScsiAddress> {
        if let Some(name) = disk_of_number(disk) {
            return self.disks.get(name.as_str()).copied();
        }
        let whole = disk.trim_end_matches(|char: char| char.is_ascii_digit());
        self.disks.get(whole).copied()
    }
}

/// Whether a SCSI host's name is that of an iSCSI driver.
fn is_iscsi(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["iscsi", "qla4xxx", "cxgb3i", "cxgb4i", "bnx2i", "qedi"]
        .iter()
        .any(|driver| name.contains(driver))
}

/// The name of the sd disk with a device number: majors 8, 65-71 and 128-135, 16 minors each.
pub(super) fn disk_of_number(number: &str) -> Option<String> {
    let (major, minor) = number.split_once(':')?;
    let (major, minor): (u32, u32) = (major.parse().ok()?, minor.parse().ok()?);
    let block = match major {
        8 => 0,
        65..=71 => major - 64,
        128..=135 => major - 120,
        _ => return None,
    };
    // a..z, aa..zz: a number in base 26 without a zero.
    let mut index = block * 16 + minor / 16 + 1;
    let mut letters = Vec::new();
    while index > 0 {
        index -= 1;
        letters.push(char::from(b'a' + u8::try_from(index % 26).ok()?));
        index /= 26;
    }
    Some("sd".chars().chain(letters.into_iter().rev()).collect())
}

#[cfg(test)]
mod tests {
    use iscsi_decoders::log::Reader;

    use super::*;

    fn learn(topology: &mut Topology, line: &str) -> Option<u32> {
        let mut reader = Reader::default();
        let event = LogEvent::decode(&reader.line(line.as_bytes())).unwrap();
        topology.learn(&event)
    }

    fn owner(topology: &Topology, line: &str) -> Owner {
        let mut reader = Reader::default();
        topology.owner(&LogEvent::decode(&reader.line(line.as_bytes())).unwrap())
    }

    const LOADED: &str = "Loading iSCSI transport class v2.0-870.";

    #[test]
    fn a_lone_session_probably_owns_the_lone_host() {
        let mut topology = Topology::new();
        learn(&mut topology, "scsi host0: iSCSI Initiator over TCP/IP");
        learn(
            &mut topology,
            "scsi 0:0:0:1: Direct-Access     IET  VIRTUAL-DISK  0001 PQ: 0 ANSI: 5",
        );
        learn(&mut topology, "sd 0:0:0:1: [sdb] Attached SCSI disk");
        assert_eq!(owner(&topology, "I/O error, dev sdb1, sector 1"), Owner::Host(0));
        learn(&mut topology, "connection9:0: detected conn error (1022)");
        assert_eq!(
            owner(&topology, "I/O error, dev sdb1, sector 1"),
            Owner::Session { id: 9, sure: false }
        );
        assert!(topology.session(9).unwrap().was_up);
    }

    #[test]
    fn since_the_module_was_loaded_hosts_and_sessions_count_alike() {
        let mut topology = Topology::new();
        learn(&mut topology, LOADED);
        for host in [2, 3, 5] {
            learn(&mut topology, &format!("scsi host{host}: iSCSI Initiator over TCP/IP"));
        }
        learn(&mut topology, "connection2:0: detected conn error (1020)");
        assert_eq!(
            owner(&topology, "sd 3:0:0:0: [sdc] rejecting I/O to offline device"),
            Owner::Session { id: 2, sure: true }
        );
        assert_eq!(
            owner(&topology, "sd 2:0:0:0: [sdb] rejecting I/O to offline device"),
            Owner::Host(2)
        );
    }

    #[test]
    fn a_session_from_before_the_log_takes_no_host_of_a_later_one() {
        let mut topology = Topology::new();
        learn(&mut topology, "scsi host5: iSCSI Initiator over TCP/IP");
        learn(&mut topology, "connection8:0: detected conn error (1020)");
        learn(&mut topology, "scsi host6: iSCSI Initiator over TCP/IP");
        learn(&mut topology, "connection3:0: detected conn error (1020)");
        assert_eq!(
            owner(&topology, "sd 6:0:0:0: [sdc] rejecting I/O to offline device"),
            Owner::Host(6)
        );
        learn(&mut topology, "connection9:0: detected conn error (1020)");
        let owner = owner(&topology, "sd 6:0:0:0: [sdc] rejecting I/O to offline device");
        assert_eq!(owner, Owner::Session { id: 9, sure: false });
    }

    #[test]
    fn two_unclaimed_hosts_and_no_beginning_prove_nothing() {
        let mut topology = Topology::new();
        learn(&mut topology, "scsi host2: iSCSI Initiator over TCP/IP");
        learn(&mut topology, "scsi host3: iSCSI Initiator over TCP/IP");
        learn(&mut topology, "connection7:0: detected conn error (1020)");
        assert_eq!(
            owner(&topology, "sd 3:0:0:0: [sdc] rejecting I/O to offline device"),
            Owner::Host(3)
        );
    }

    #[test]
    fn a_host_number_given_again_ends_the_session_that_had_it() {
        let mut topology = Topology::new();
        learn(&mut topology, "scsi host0: iSCSI Initiator over TCP/IP");
        learn(&mut topology, "connection5:0: detected conn error (1020)");
        assert_eq!(learn(&mut topology, "scsi host0: iSCSI Initiator over TCP/IP"), Some(5));
    }

    #[test]
    fn other_hosts_and_local_disks_are_foreign() {
        let mut topology = Topology::new();
        learn(&mut topology, "scsi host1: ahci");
        assert_eq!(
            owner(&topology, "sd 1:0:0:0: [sda] rejecting I/O to offline device"),
            Owner::Foreign
        );
        assert_eq!(
            owner(&topology, "EXT4-fs (nvme0n1p2): Remounting filesystem read-only"),
            Owner::Foreign
        );
        assert_eq!(
            owner(&topology, "EXT4-fs (dm-3): Remounting filesystem read-only"),
            Owner::Unknown
        );
    }

    #[test]
    fn device_numbers_are_disks() {
        let name = |number| disk_of_number(number).unwrap();
        assert_eq!(
            (name("8:0"), name("8:33"), name("65:160")),
            ("sda".into(), "sdc".into(), "sdaa".into())
        );
        assert_eq!(name("65:0"), "sdq");
        assert_eq!(disk_of_number("253:0"), None);
    }
}
