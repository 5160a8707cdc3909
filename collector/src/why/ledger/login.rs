//! How far a connection's login came.

use iscsi_decoders::pdu::{Direction, Opcode, keys};
use iscsi_decoders::stream::{Pdu, Stamp};

/// Where the login stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Phase {
    /// Not seen.
    #[default]
    Unseen,
    /// Under way in this stage.
    UnderWay(u8),
    /// Full feature phase.
    Over,
    /// Refused or redirected.
    Refused,
    /// Logged out.
    LoggedOut,
}

/// The login of a connection.
#[derive(Debug, Default)]
pub struct Login {
    /// Where it stands.
    pub phase: Phase,
    /// The first request.
    pub began: Option<Stamp>,
    /// Requests and responses so far.
    pub pdus: [u32; 2],
    /// The request that waits for its response.
    pub unanswered: Option<Stamp>,
    /// When full feature phase was reached.
    pub done: Option<Stamp>,
    /// The initiator's part of the session identifier.
    pub isid: Option<[u8; 6]>,
    /// It joins a session that is there.
    pub joins: bool,
    /// SessionType=Discovery.
    pub discovery: bool,
    /// What the target was asked to prove itself with.
    pub challenged: bool,
    /// The target's proof came.
    pub proved: Option<Stamp>,
    /// A key that one side refused or answered against the rules: `Key=value`, and who.
    pub refused_key: Option<(Box<str>, Direction)>,
}

/// What refuses a key (RFC 7143, section 6.2).
const REFUSALS: [&str; 3] = ["Reject", "NotUnderstood", "Irrelevant"];

impl Login {
    /// Takes any PDU.
    pub fn take(&mut self, pdu: &Pdu<'_>) {
        let header = pdu.header;
        match header.opcode() {
            Opcode::LOGIN_REQUEST => {
                self.began.get_or_insert(pdu.stamp);
                self.unanswered = Some(pdu.stamp);
                self.phase = Phase::UnderWay(header.csg().unwrap_or(0));
                self.joins = header.tsih().is_some_and(|tsih| tsih != 0);
                self.isid = header.isid().copied();
                let [requests, _] = &mut self.pdus;
                *requests += 1;
                self.keys(pdu);
            }
            Opcode::LOGIN_RESPONSE => {
                self.unanswered = None;
                let [_, responses] = &mut self.pdus;
                *responses += 1;
                match header.status_class() {
                    Some(0) if header.nsg() == Some(3) => {
                        self.phase = Phase::Over;
                        self.done = Some(pdu.stamp);
                    }
                    Some(0) => {
                        let next = header.nsg().or(header.csg()).unwrap_or(0);
                        self.phase = Phase::UnderWay(next);
                    }
                    _ => self.phase = Phase::Refused,
                }
                self.keys(pdu);
            }
            _ if self.phase == Phase::Unseen => self.phase = Phase::Over,
            _ => {}
        }
    }

    fn keys(&mut self, pdu: &Pdu<'_>) {
        for (key, value) in keys::pairs(pdu.text) {
            match (key, pdu.direction) {
                ("CHAP_C", Direction::ToTarget) => self.challenged = true,
                ("CHAP_R", Direction::ToInitiator) => self.proved = Some(pdu.stamp),
                ("SessionType", Direction::ToTarget) => self.discovery = value == "Discovery",
                _ => {}
            }
            if REFUSALS.contains(&value) && !keys::is_secret(key) && !key.starts_with("X-") {
                self.refused_key = Some((format!("{key}={value}").into(), pdu.direction));
            }
        }
    }

    /// Whether it is over, well, as far as is known.
    pub fn is_over(&self) -> bool {
        matches!(self.phase, Phase::Over | Phase::LoggedOut)
    }

    /// What the stage under way is called.
    pub fn stage(&self) -> Option<&'static str> {
        match self.phase {
            Phase::UnderWay(0) => Some("security negotiation"),
            Phase::UnderWay(1) => Some("operational negotiation"),
            Phase::UnderWay(_) => Some("an unknown stage"),
            _ => None,
        }
    }
}
