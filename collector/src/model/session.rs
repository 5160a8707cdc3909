//! Sessions: one initiator's relation with one target, over however many connections.

use iscsi_decoders::scsi::{DeviceType, Lun};
use iscsi_decoders::stream::ConnectionId;
use rustc_hash::FxHashMap;

use super::commands::Commands;
use super::kernel::Known;
use super::negotiation::Limits;
use super::sequence::Sharing;

/// A session. Logins with the same names and ISID are the same one: an initiator that reconnects reinstates
/// its session (RFC 7143, section 6.3.5).
#[derive(Debug, Default)]
pub struct Session {
    /// InitiatorName, when the login was captured.
    pub initiator: Option<String>,
    /// TargetName; absent in a discovery session.
    pub target: Option<String>,
    /// The initiator's part of the session identifier.
    pub isid: Option<[u8; 6]>,
    /// The target's part, from the last successful login.
    pub tsih: Option<u16>,
    /// Linux's number of it (`iscsi_cls_session.sid`), where the initiator's kernel told.
    pub sid: Option<u32>,
    /// SessionType=Discovery.
    pub discovery: bool,
    /// Its connections, in order.
    pub connections: Vec<ConnectionId>,
    /// Those of them that are open.
    open: Vec<ConnectionId>,
    /// It may have connections the capture does not show.
    unseen: bool,
    /// What its leading login agreed on, if that was captured.
    limits: Option<Limits>,
    /// Its commands.
    pub commands: Commands,
    devices: FxHashMap<Lun, DeviceType>,
}

impl Session {
    /// What kind of device a logical unit is, if an INQUIRY told.
    pub fn device(&self, lun: Lun) -> Option<DeviceType> {
        self.devices.get(&lun).copied()
    }

    /// Remembers what an INQUIRY told.
    pub fn learn_device(&mut self, lun: Lun, device: DeviceType) {
        self.devices.insert(lun, device);
    }

    /// Its open connections.
    pub(super) fn open(&self) -> &[ConnectionId] {
        &self.open
    }

    /// Who shares its CmdSN.
    pub(super) fn sharing(&self) -> Sharing {
        let alone = self.open.len() <= 1;
        let surely_alone = alone && !self.unseen;
        Sharing { connections: self.connections.len(), alone, surely_alone }
    }
}

/// What makes two logins the same session.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Nexus {
    pub initiator: String,
    pub target: Option<String>,
    pub isid: [u8; 6],
}

/// All sessions.
#[derive(Debug, Default)]
pub(super) struct Sessions {
    all: Vec<Session>,
    by_nexus: FxHashMap<Nexus, usize>,
}

impl Sessions {
    pub fn all(&self) -> &[Session] {
        &self.all
    }

    pub fn get(&mut self, index: usize) -> Option<&mut Session> {
        self.all.get_mut(index)
    }

    /// A login to the session succeeded with `limits`; answers those that apply. What concerns the whole session
    /// is negotiated by its leading login only, which one that `joins` is not (RFC 7143, section 13).
    pub fn logged_in(
        &mut self,
        index: usize,
        tsih: Option<u16>,
        limits: Option<Limits>,
        joins: bool,
    ) -> Option<Limits> {
        let session = self.all.get_mut(index)?;
        session.tsih = tsih;
        if joins {
            return Some(limits?.joining(session.limits?));
        }
        session.limits = limits;
        limits
    }

    /// A connection of the session ended.
    pub fn closed(&mut self, index: usize, connection: ConnectionId) {
        if let Some(session) = self.all.get_mut(index) {
            session.open.retain(|open| *open != connection);
        }
    }

    /// The session of a connection whose login was not seen: as `known` to the kernel, or nameless.
    pub fn unintroduced(&mut self, known: Option<&Known>, connection: ConnectionId) -> usize {
        if let Some(index) = known.and_then(|known| known.index)
            && let Some(session) = self.all.get_mut(index)
        {
            session.connections.push(connection);
            session.open.push(connection);
            return index;
        }
        let name = |name: &String| Some(name.clone()).filter(|name| !name.is_empty());
        self.all.push(Session {
            initiator: known.and_then(|known| name(&known.initiator)),
            target: known.and_then(|known| name(&known.target)),
            connections: vec![connection],
            open: vec![connection],
            unseen: true,
            ..Session::default()
        });
        self.all.len() - 1
    }

    /// The session of a login; `joins` adds a connection to those it has, else they are gone.
    pub fn named(&mut self, nexus: Nexus, connection: ConnectionId, joins: bool) -> usize {
        let all = &mut self.all;
        let index = *self.by_nexus.entry(nexus).or_insert_with_key(|nexus| {
            all.push(Session {
                initiator: Some(nexus.initiator.clone()),
                target: nexus.target.clone(),
                isid: Some(nexus.isid),
                ..Session::default()
            });
            all.len() - 1
        });
        if let Some(session) = all.get_mut(index) {
            // Some initiators repeat their names within a login.
            if session.open.contains(&connection) {
                return index;
            }
            session.connections.push(connection);
            if joins {
                session.unseen |= session.open.is_empty();
            } else {
                session.open.clear();
                session.unseen = false;
                session.limits = None;
            }
            session.open.push(connection);
        }
        index
    }
}
