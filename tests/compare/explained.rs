//! Every difference between us and tshark that is not our mistake, with the reason.
//!
//! A rule that explains nothing any more fails the test, as a difference without a rule does.

use crate::difference::{Difference, WHOLE};
use crate::pdu::{Pdu, Value};

/// Why a difference is right.
pub struct Rule {
    pub name: &'static str,
    pub reason: &'static str,
    pub applies: fn(&Difference, &Evidence) -> bool,
}

/// What a rule may look at besides the difference.
pub struct Evidence<'a> {
    /// The PDUs in the stream's bytes, found without a dissector.
    pub walk: &'a [Pdu],
}

impl Evidence<'_> {
    fn confirms(&self, pdu: &Pdu) -> bool {
        self.walk.iter().any(|walked| walked.frame == pdu.frame && walked.is_same(pdu))
    }
}

const DATA_IN: u8 = 0x25;

pub const RULES: &[Rule] = &[
    Rule {
        name: "not dissected",
        reason: "tshark gives up on the rest of a packet when a SCSI payload in it is shorter than its allocation \
                 length suggests, on packets the snaplen cut, and on what its plausibility filter refuses. The walk over \
                 the stream's bytes finds the PDU at the same place.",
        applies: |difference, evidence| {
            difference.field == WHOLE
                && difference.theirs.is_none()
                && evidence.confirms(&difference.pdu)
        },
    },
    Rule {
        name: "reserved in a Data-In without S",
        reason: "Status, StatSN and Residual Count are reserved unless S is set (RFC 7143, section 11.7); tshark shows \
                 whatever is there.",
        applies: |difference, _| {
            difference.pdu.opcode == DATA_IN
                && matches!(
                    difference.field.as_str(),
                    "status" | "stat_sn" | "residual_count" | "overflow" | "underflow"
                )
                && difference.pdu.number("status_bit") == Some(0)
                && difference.ours.is_none()
        },
    },
    Rule {
        name: "a digest that was cut",
        reason: "",
        applies: |difference, _| {
            difference.field.ends_with("_digest")
                && difference.ours.is_none()
                && difference.theirs == Some(Value::Text("none".to_owned()))
        },
    },
];
