//! All sessions of a machine.

use std::io;
use std::thread;

use super::index::Index;
use super::recovery::Clues;
use super::{Connection, Host, Iface, Negotiated, Session, Timeouts, comparison, problems};
use crate::host::Roots;
use crate::host::device::{Device, Users};
use crate::host::iscsid;
use crate::host::notes::Notes;
use crate::host::record;
use crate::host::sysfs::Dir;
use crate::host::tcp;

/// How much is read of each session; each step includes those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Detail {
    /// What a line in a list needs.
    Line,
    /// Both ends, states, sockets.
    State,
    /// Timeouts, login keys, iscsid's record.
    Settings,
    /// Logical units, and who uses them.
    Devices,
}

/// What was found.
#[derive(Debug, Default)]
pub struct Survey {
    /// By session number.
    pub sessions: Vec<Session>,
    /// What could not be read and why, beyond single sessions.
    pub notes: Notes,
}

const CLASS: &str = "class/iscsi_session";

/// Reads every session.
///
/// # Errors
/// The class cannot be read although it exists. Without the class, as before `scsi_transport_iscsi` is loaded, there
/// are no sessions.
pub fn survey(roots: &Roots, detail: Detail) -> io::Result<Survey> {
    let class = match Dir::open(&roots.sysfs(CLASS)) {
        Ok(class) => class,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Survey::default()),
        Err(error) => return Err(error),
    };
    let mut sids: Vec<u32> = class
        .names()
        .iter()
        .filter_map(|name| name.strip_prefix("session")?.parse().ok())
        .collect();
    sids.sort_unstable();
    let index = Index::read(roots);
    let reader = Reader { class, index, roots, detail, users: Users::read(roots, detail) };
    let mut survey = Survey { sessions: reader.all(&sids), notes: Notes::default() };
    if detail >= Detail::State {
        sockets(&mut survey, roots);
        let mut states = iscsid::states(roots, &mut survey.notes);
        for session in &mut survey.sessions {
            session.iscsid_state = states.remove(&session.sid);
        }
    }
    recovery(&mut survey, roots);
    for session in &mut survey.sessions {
        problems::find(session);
    }
    Ok(survey)
}

/// What all sessions need while they are read.
struct Reader<'a> {
    class: Dir,
    index: Index,
    roots: &'a Roots,
    detail: Detail,
    users: Users,
}

impl Reader<'_> {
    /// Reading is nearly all system calls, so it spreads over the processors.
    fn all(&self, sids: &[u32]) -> Vec<Session> {
        /// Fewer than this are not worth a thread.
        const AT_LEAST: usize = 64;
        let threads = thread::available_parallelism().map_or(1, usize::from);
        let share = sids.len().div_ceil(threads).max(AT_LEAST);
        thread::scope(|scope| {
            let parts: Vec<_> = sids
                .chunks(share)
                .map(|part| {
                    scope.spawn(|| part.iter().map(|&sid| self.one(sid)).collect::<Vec<_>>())
                })
                .collect();
            // A thread that panicked would have a defect of ours to report; its part is missing then.
            parts.into_iter().filter_map(|part| part.join().ok()).flatten().collect()
        })
    }

    fn one(&self, sid: u32) -> Session {
        let mut session = Session { sid, ..Session::default() };
        let mut notes = Notes::default();
        let name = format!("session{sid}");
        match self.class.sub(&name) {
            Ok(attributes) => self.fill(&mut session, &attributes, &name, &mut notes),
            Err(error) => notes.error(&name, &error),
        }
        // The kernel shows both on every session: without them, the session ended under our eyes.
        if session.state.is_none() || session.target_name.is_none() {
            notes.add("the session went away while it was read");
        }
        session.notes = notes;
        session
    }

    fn fill(&self, session: &mut Session, attributes: &Dir, name: &str, notes: &mut Notes) {
        session.state = attributes.text("state", notes);
        session.target_name = attributes.text("targetname", notes);
        session.target_portal_group_tag = attributes.number("tpgt", notes);
        if !session.is_logged_in() || self.detail >= Detail::State {
            session.timeouts = Timeouts::recovery(attributes, notes);
        }
        session.host = self.host(name, notes);
        if self.detail >= Detail::State {
            session.target_state = attributes.text("target_state", notes);
            session.creator_pid = attributes.number("creator", notes);
            session.target_alias = attributes.text("targetalias", notes);
            session.isid = attributes.text("isid", notes);
            session.iface = Some(self.iface(session, attributes, notes));
        }
        if self.detail >= Detail::Settings {
            session.timeouts = Timeouts::read(attributes, notes);
            session.negotiated = Negotiated::read(attributes, notes);
        }
        let (sid, detail) = (session.sid, self.detail);
        let connections = self.index.connections(sid);
        session.connections = connections
            .filter_map(|(cid, dir)| Some(Connection::read(&dir.ok()?, cid, detail, notes)))
            .collect();
        let devices = self.index.devices(sid);
        session.devices =
            devices.map(|place| Device::read(&place, detail, &self.users, notes)).collect();
        if self.detail >= Detail::Settings {
            session.record = record::find(self.roots, session, notes);
            session.settings = comparison::rows(session);
        }
    }

    /// The host is a part of the path the class' link points to, as in
    /// `../../devices/platform/host3/session7/iscsi_session/session7`.
    fn host(&self, name: &str, notes: &mut Notes) -> Option<Host> {
        let link = self.class.link(name)?;
        let (above, _) = link.split_once(&format!("/{name}/"))?;
        let (_, host_name) = above.rsplit_once('/')?;
        let number = host_name.strip_prefix("host")?.parse().ok()?;
        let mut host = Host { number, ..Host::default() };
        // No need to go through /sys/class: each link costs a walk.
        let path = format!("{above}/scsi_host/{host_name}");
        host.driver = self.class.text(&format!("{path}/proc_name"), notes);
        // As iscsiadm does: iscsi_tcp is tcp, adapters' drivers are transports' names.
        let transport =
            host.driver.as_deref().map(|name| name.strip_prefix("iscsi_").unwrap_or(name));
        host.transport = transport.map(str::to_owned);
        if self.detail == Detail::Line {
            return Some(host);
        }
        let dir = self.class.sub(&path).ok()?;
        host.state = dir.text("state", notes);
        if self.detail >= Detail::Settings {
            host.can_queue = dir.number("can_queue", notes);
            host.cmd_per_lun = dir.number("cmd_per_lun", notes);
            host.busy = dir.number("host_busy", notes);
            host.eh_deadline = dir.text("eh_deadline", notes);
        }
        Some(host)
    }

    fn iface(&self, session: &Session, attributes: &Dir, notes: &mut Notes) -> Iface {
        let mut iface = Iface {
            name: attributes.text("ifacename", notes),
            initiator_name: attributes.text("initiatorname", notes),
            ..Iface::default()
        };
        let Some(number) = session.host.as_ref().map(|host| host.number) else { return iface };
        if let Ok(dir) = attributes.sub(&format!("device/../iscsi_host/host{number}")) {
            iface.ip_address = dir.text("ipaddress", notes);
            iface.hw_address = dir.text("hwaddress", notes);
            iface.netdev = dir.text("netdev", notes);
        }
        iface
    }
}

/// Finds the sockets of all connections in one go.
fn sockets(survey: &mut Survey, roots: &Roots) {
    let wanted = survey.sessions.iter().flat_map(|session| &session.connections);
    let wanted: Vec<_> = wanted.filter_map(Connection::ends).collect();
    if wanted.is_empty() {
        return;
    }
    if !roots.is_machine() {
        survey.notes.add("TCP: only the kernel of the machine itself knows its sockets");
        return;
    }
    let mut found = match tcp::look_up(&wanted) {
        Ok(found) => found,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            survey.notes.add("TCP: this kernel does not list its sockets; modprobe tcp_diag");
            return;
        }
        Err(error) => {
            survey.notes.add(format!("TCP: the kernel does not list sockets: {error}"));
            return;
        }
    };
    for session in &mut survey.sessions {
        for connection in &mut session.connections {
            connection.tcp = connection.ends().and_then(|ends| found.remove(&ends));
            if connection.tcp.is_none() && connection.ends().is_some() {
                session.notes.add(
                    "TCP: its socket is not in this network namespace; look from the one iscsid runs in \
                     (nsenter -t $(pgrep -o iscsid) -n)",
                );
            }
        }
    }
}

/// How far sessions without connection are; the log is read only if there are any.
fn recovery(survey: &mut Survey, roots: &Roots) {
    if survey.sessions.iter().all(|session| session.is_logged_in() || session.state.is_none()) {
        return;
    }
    let clues = Clues::read(roots, &mut survey.notes);
    for session in &mut survey.sessions {
        session.recovery = clues.about(session);
    }
}
