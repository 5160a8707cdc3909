//! The login phase of a connection, stage by stage (RFC 7143, section 6.3).

use iscsi_decoders::Timestamp;
use iscsi_decoders::pdu::{Direction, Opcode, keys};
use iscsi_decoders::stream::{ConnectionId, Pdu};

use super::finding::Kind;
use super::keys::number;
use super::negotiation::{Limits, Negotiation};
use super::session::{Nexus, Sessions};

/// Where a connection stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stage {
    /// The login was not captured.
    #[default]
    Unknown,
    /// Login under way: SecurityNegotiation (0) or LoginOperationalNegotiation (1).
    Login(u8),
    /// FullFeaturePhase.
    FullFeature,
    /// The target refused or redirected: status class and detail.
    Refused(u8, u8),
    /// Logged out.
    LoggedOut,
}

/// One stage of a login that both sides agreed to leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// The stage: 0 security, 1 operational.
    pub stage: u8,
    /// Login Requests sent in it.
    pub requests: u32,
    /// From its first request to the response that left it, nanoseconds.
    pub duration: i64,
}

/// A login has two stages; a peer that goes through more is not logging in.
const STEPS_MAX: usize = 8;

/// A connection's login.
#[derive(Debug, Default)]
pub struct Login {
    /// Where it stands.
    pub stage: Stage,
    /// What was negotiated.
    pub negotiation: Negotiation,
    /// The stages passed.
    pub steps: Vec<Step>,
    /// What the data phases must keep, once in full feature phase.
    pub limits: Option<Limits>,
    /// The connection's CID.
    pub(super) cid: Option<u16>,
    /// It adds a connection to a session that is there (a TSIH other than 0).
    pub(super) joins: bool,
    entered: Option<Timestamp>,
    requests: u32,
    /// Text is missing from the capture: what was agreed on is not known.
    incomplete: bool,
}

impl Login {
    /// Takes a Login Request or Response. Answers the session, when this PDU names it.
    pub(super) fn take(
        &mut self,
        pdu: &Pdu<'_>,
        connection: ConnectionId,
        sessions: &mut Sessions,
        found: &mut Vec<Kind>,
    ) -> Option<usize> {
        self.negotiation.take(pdu.direction, whole_pairs(pdu));
        self.incomplete |= pdu.data_missing > 0;
        match pdu.header.opcode() {
            Opcode::LOGIN_REQUEST => {
                self.requests += 1;
                self.entered.get_or_insert(pdu.stamp.time);
                if let Some(stage) = pdu.header.csg() {
                    self.stage = Stage::Login(stage);
                }
                self.cid = pdu.header.cid();
                self.joins = pdu.header.tsih().is_some_and(|tsih| tsih != 0);
                self.violations(pdu, found);
                self.session(pdu, connection, sessions)
            }
            _ => {
                self.response(pdu, found);
                None
            }
        }
    }

    fn response(&mut self, pdu: &Pdu<'_>, found: &mut Vec<Kind>) {
        let header = pdu.header;
        let (Some(class), Some(detail)) = (header.status_class(), header.status_detail()) else {
            return;
        };
        match class {
            0 => {
                if let (Some(stage), Some(next)) = (header.csg(), header.nsg()) {
                    self.leave(stage, next, pdu.stamp.time);
                }
                self.violations(pdu, found);
            }
            1 => {
                self.stage = Stage::Refused(class, detail);
                let address =
                    keys::pairs(whole_pairs(pdu)).find(|(key, _)| *key == "TargetAddress");
                found.push(Kind::LoginRedirected {
                    permanently: detail == 2,
                    address: address.map(|(_, value)| value.to_owned()),
                });
            }
            _ => {
                self.stage = Stage::Refused(class, detail);
                let target = self.negotiation.requested("TargetName").map(str::to_owned);
                found.push(Kind::LoginRefused { class, detail, target });
            }
        }
    }

    fn leave(&mut self, stage: u8, next: u8, at: Timestamp) {
        let duration = at.since(self.entered.take().unwrap_or(at));
        let requests = std::mem::take(&mut self.requests);
        if self.steps.len() < STEPS_MAX {
            self.steps.push(Step { stage, requests, duration });
        }
        if next == 3 {
            self.stage = Stage::FullFeature;
            self.limits = (!self.incomplete).then(|| self.negotiation.limits());
        } else {
            self.stage = Stage::Login(next);
        }
    }

    fn violations(&self, pdu: &Pdu<'_>, found: &mut Vec<Kind>) {
        // Half an offer, or half an answer, proves nothing.
        if self.incomplete {
            return;
        }
        for (key, _) in keys::pairs(pdu.text) {
            let entry = self.negotiation.entry(key);
            if let Some((offered, answered)) =
                entry.and_then(|entry| entry.violation(pdu.direction))
            {
                found.push(Kind::KeyViolated {
                    key: key.to_owned(),
                    offered: offered.to_owned(),
                    answered: answered.to_owned(),
                });
            }
        }
    }

    /// Takes a text PDU: of the limits only MaxRecvDataSegmentLength may change after the login (section 13.12).
    pub(super) fn text(&mut self, pdu: &Pdu<'_>) {
        let Some(limits) = &mut self.limits else { return };
        let receives = match pdu.direction {
            Direction::ToTarget => &mut limits.initiator_receives,
            Direction::ToInitiator => &mut limits.target_receives,
        };
        let mut declared =
            keys::pairs(pdu.text).filter(|(key, _)| *key == "MaxRecvDataSegmentLength");
        if let Some(length) = declared.next().and_then(|(_, value)| number(value)) {
            *receives = length;
        }
    }

    /// The names come with the first request only (section 6.3.1).
    fn session(
        &self,
        pdu: &Pdu<'_>,
        connection: ConnectionId,
        sessions: &mut Sessions,
    ) -> Option<usize> {
        let mut named = keys::pairs(whole_pairs(pdu)).filter(|(key, _)| *key == "InitiatorName");
        let initiator = named.next()?.1.to_owned();
        let discovery = self.negotiation.requested("SessionType") == Some("Discovery");
        let target = self.negotiation.requested("TargetName").filter(|_| !discovery);
        let nexus =
            Nexus { initiator, target: target.map(str::to_owned), isid: *pdu.header.isid()? };
        let index = sessions.named(nexus, connection, self.joins);
        if let Some(session) = sessions.get(index) {
            session.discovery = discovery;
        }
        Some(index)
    }

    /// Whether the connection ended while this was going on.
    pub fn unfinished(&self) -> Option<u8> {
        match self.stage {
            Stage::Login(stage) => Some(stage),
            _ => None,
        }
    }

    /// How long a data segment sent in `direction` may be.
    pub fn segment_limit(&self, direction: Direction) -> Option<u64> {
        self.limits.map(|limits| match direction {
            Direction::ToTarget => limits.target_receives,
            Direction::ToInitiator => limits.initiator_receives,
        })
    }
}

/// The text of a PDU without the pair that the capture cut: half a name would be another name.
fn whole_pairs<'a>(pdu: &Pdu<'a>) -> &'a [u8] {
    let end = match pdu.data_missing {
        0 => pdu.text.len(),
        _ => pdu.text.iter().rposition(|&byte| byte == 0).unwrap_or(0),
    };
    pdu.text.get(..end).unwrap_or_default()
}
