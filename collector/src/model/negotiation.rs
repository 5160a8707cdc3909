//! What both sides of a login said, and what came of it.

use iscsi_decoders::pdu::{Direction, keys};

use super::keys::{Function, RULES, is_refusal, number, outcome, rule_of};

/// One key of a login with what each side said about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Negotiated {
    /// The key.
    pub key: String,
    /// The initiator's value: what was requested.
    pub requested: Option<String>,
    /// The target's value: what was offered in return.
    pub offered: Option<String>,
    /// Who spoke first.
    first: Direction,
}

impl Negotiated {
    fn said(&self, direction: Direction) -> Option<&str> {
        match direction {
            Direction::ToTarget => self.requested.as_deref(),
            Direction::ToInitiator => self.offered.as_deref(),
        }
    }

    /// The value in force: RFC 7143's result function over both values, or the default when one is silent. `None` for
    /// keys that each side declares for itself.
    pub fn result(&self) -> Option<&str> {
        let rule = rule_of(&self.key)?;
        outcome(rule, self.said(self.first), self.said(self.first.reverse()))
    }

    /// The value that silence stands for.
    pub fn default(&self) -> Option<&'static str> {
        rule_of(&self.key)?.default
    }

    /// The offer and the answer, where the answer that `answerer` gave picked something that was not on offer.
    pub fn violation(&self, answerer: Direction) -> Option<(&str, &str)> {
        let is_list = rule_of(&self.key).is_some_and(|rule| rule.function == Function::List);
        if !is_list || self.first != answerer.reverse() {
            return None;
        }
        let (offer, answer) = (self.said(self.first)?, self.said(answerer)?);
        let wrong = !is_refusal(answer) && !offer.split(',').any(|value| value == answer);
        wrong.then_some((offer, answer))
    }
}

/// RFC 7143 has about thirty keys; a peer that sends hundreds is not negotiating.
const KEYS_MAX: usize = 256;

/// Names have at most 63 bytes and values 255, binary ones 1024 (RFC 7143, section 6.1): longer ones are not kept.
const PAIR_MAX: usize = 2048;

/// All keys of one connection's login.
#[derive(Clone, Debug, Default)]
pub struct Negotiation {
    entries: Vec<Negotiated>,
}

impl Negotiation {
    /// Takes the complete text of a login PDU sent in `direction`.
    pub fn take(&mut self, direction: Direction, text: &[u8]) {
        for (key, value) in keys::pairs(text) {
            if keys::is_secret(key) || key.len() + value.len() > PAIR_MAX {
                continue;
            }
            let at = self.entries.iter().position(|entry| entry.key == key);
            if at.is_none() && self.entries.len() >= KEYS_MAX {
                continue;
            }
            let at = at.unwrap_or_else(|| {
                self.entries.push(Negotiated {
                    key: key.to_owned(),
                    requested: None,
                    offered: None,
                    first: direction,
                });
                self.entries.len() - 1
            });
            if let Some(entry) = self.entries.get_mut(at) {
                let said = match direction {
                    Direction::ToTarget => &mut entry.requested,
                    Direction::ToInitiator => &mut entry.offered,
                };
                *said = Some(value.to_owned());
            }
        }
    }

    /// Every key that was mentioned, negotiated ones first and in a fixed order.
    pub fn entries(&self) -> impl Iterator<Item = &Negotiated> {
        let rank = |key: &str| RULES.iter().position(|rule| rule.name == key);
        let ruled = RULES.iter().filter_map(|rule| self.entry(rule.name));
        ruled.chain(self.entries.iter().filter(move |entry| rank(&entry.key).is_none()))
    }

    /// What was said about a key.
    pub fn entry(&self, key: &str) -> Option<&Negotiated> {
        self.entries.iter().find(|entry| entry.key == key)
    }

    /// The initiator's value of a key.
    pub fn requested(&self, key: &str) -> Option<&str> {
        self.entry(key)?.requested.as_deref()
    }

    /// The target's value of a key.
    pub fn offered(&self, key: &str) -> Option<&str> {
        self.entry(key)?.offered.as_deref()
    }

    /// The numerical limits the data phases of this connection must keep.
    pub fn limits(&self) -> Limits {
        let result = |key: &str| match self.entry(key) {
            Some(entry) => entry.result(),
            None => rule_of(key).and_then(|rule| rule.default),
        };
        let limit = |key: &str| result(key).and_then(number).unwrap_or(u64::MAX);
        let receives = |value: Option<&str>| value.and_then(number).unwrap_or(8192);
        Limits {
            target_receives: receives(self.offered("MaxRecvDataSegmentLength")),
            initiator_receives: receives(self.requested("MaxRecvDataSegmentLength")),
            first_burst: limit("FirstBurstLength"),
            max_burst: limit("MaxBurstLength"),
            outstanding_r2t: limit("MaxOutstandingR2T"),
            immediate_data: result("ImmediateData") != Some("No"),
            initial_r2t: result("InitialR2T") != Some("No"),
            in_order: ["DataPDUInOrder", "DataSequenceInOrder"]
                .iter()
                .all(|key| result(key) != Some("No")),
        }
    }
}

/// What was agreed on for data transfer (RFC 7143, section 13).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The target's MaxRecvDataSegmentLength, bytes.
    pub target_receives: u64,
    /// The initiator's MaxRecvDataSegmentLength, bytes.
    pub initiator_receives: u64,
    /// FirstBurstLength: unsolicited data of one command, bytes.
    pub first_burst: u64,
    /// MaxBurstLength: data of one R2T, bytes.
    pub max_burst: u64,
    /// MaxOutstandingR2T.
    pub outstanding_r2t: u64,
    /// ImmediateData=Yes: a command may carry data.
    pub immediate_data: bool,
    /// InitialR2T=Yes: no unsolicited Data-Out PDUs.
    pub initial_r2t: bool,
    /// DataPDUInOrder=Yes and DataSequenceInOrder=Yes: offsets only grow, without holes.
    pub in_order: bool,
}

impl Limits {
    /// Those of a connection that joins a session whose leading login agreed on `leading`.
    pub(super) fn joining(self, leading: Self) -> Self {
        Self {
            target_receives: self.target_receives,
            initiator_receives: self.initiator_receives,
            ..leading
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn login() -> Negotiation {
        let mut negotiation = Negotiation::default();
        negotiation.take(
            Direction::ToTarget,
            b"HeaderDigest=CRC32C,None\0FirstBurstLength=262144\0InitialR2T=No\0\
              MaxRecvDataSegmentLength=131072\0CHAP_R=0xaffe\0",
        );
        negotiation.take(
            Direction::ToInitiator,
            b"HeaderDigest=None\0FirstBurstLength=65536\0InitialR2T=Yes\0",
        );
        negotiation
    }

    #[test]
    fn requested_offered_and_result_stand_side_by_side() {
        let negotiation = login();
        let entry = negotiation.entry("FirstBurstLength").unwrap();
        assert_eq!(entry.requested.as_deref(), Some("262144"));
        assert_eq!(entry.offered.as_deref(), Some("65536"));
        assert_eq!(entry.result(), Some("65536"));
        assert_eq!(negotiation.entry("HeaderDigest").unwrap().result(), Some("None"));
    }

    #[test]
    fn limits_follow_results_and_defaults() {
        let limits = login().limits();
        assert_eq!(limits.first_burst, 65536);
        assert_eq!(limits.initiator_receives, 131072);
        assert_eq!(limits.target_receives, 8192);
        assert!(limits.initial_r2t && limits.immediate_data);
    }

    #[test]
    fn secrets_are_not_remembered() {
        assert_eq!(login().entry("CHAP_R"), None);
    }

    #[test]
    fn an_answer_that_was_not_offered_is_a_violation() {
        let mut negotiation = Negotiation::default();
        negotiation.take(Direction::ToTarget, b"HeaderDigest=None\0AuthMethod=CHAP,None\0");
        negotiation.take(Direction::ToInitiator, b"HeaderDigest=CRC32C\0AuthMethod=CHAP\0");
        let violation = |key, answerer| negotiation.entry(key).unwrap().violation(answerer);
        let by_target = violation("HeaderDigest", Direction::ToInitiator);
        assert_eq!(by_target, Some(("None", "CRC32C")));
        assert_eq!(violation("HeaderDigest", Direction::ToTarget), None);
        assert_eq!(violation("AuthMethod", Direction::ToInitiator), None);
    }
}
