//! The target's pings: NOP-Ins that ask for a NOP-Out (RFC 7143, section 11.19).

use iscsi_decoders::Timestamp;
use iscsi_decoders::pdu::{Direction, Opcode, RESERVED_TAG};
use iscsi_decoders::stream::{Pdu, Stamp};

use super::finding::Kind;

/// Pings waiting for an answer; more are not remembered.
const PINGS_MAX: usize = 64;

/// Pings without an answer so far, by Target Transfer Tag.
#[derive(Debug, Default)]
pub(super) struct Pings(Vec<(u32, Stamp)>);

impl Pings {
    /// Takes a PDU of either side; only NOPs with a Target Transfer Tag count.
    pub fn take(&mut self, pdu: &Pdu<'_>) {
        let opcode = pdu.header.opcode();
        if !matches!(opcode, Opcode::NOP_IN | Opcode::NOP_OUT) {
            return;
        }
        let Some(tag) = pdu.target_transfer_tag().filter(|&tag| tag != RESERVED_TAG) else {
            return;
        };
        if opcode == Opcode::NOP_OUT {
            self.0.retain(|(ping, _)| *ping != tag);
        } else if self.0.len() < PINGS_MAX {
            self.0.push((tag, pdu.stamp));
        }
    }

    /// No answer is expected any more.
    pub fn forget(&mut self) {
        self.0.clear();
    }

    /// Those unanswered for `at_least` nanoseconds at `now`. All are forgotten.
    pub fn unanswered(
        &mut self,
        now: Timestamp,
        at_least: i64,
    ) -> impl Iterator<Item = Kind> + use<> {
        let waited = std::mem::take(&mut self.0).into_iter().map(move |(_, at)| now.since(at.time));
        waited
            .filter(move |waited| *waited >= at_least)
            .map(|waited| Kind::NopUnanswered { from: Direction::ToInitiator, waited })
    }
}
