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
    /// All of ours.
    pub ours: &'a [Pdu],
}

impl Evidence<'_> {
    /// The PDU as it is in the bytes.
    fn walked(&self, pdu: &Pdu) -> Option<&Pdu> {
        self.at(pdu.frame, pdu.initiator_task_tag, |opcode| opcode == pdu.opcode)
    }

    /// The LUN of the command a PDU belongs to.
    fn lun_of_request(&self, pdu: &Pdu) -> Option<&Value> {
        let frame = pdu.number("request_frame")?;
        let is_request = |other: &&Pdu| {
            other.frame == frame
                && other.opcode < 0x20
                && other.initiator_task_tag == pdu.initiator_task_tag
        };
        self.ours.iter().find(is_request)?.fields.get("lun")
    }

    fn any(&self, is: impl Fn(&Pdu) -> bool) -> bool {
        self.walk.iter().any(is)
    }

    /// Whether tshark shows a PDU in a packet before the one that completes it.
    fn is_complete_later(&self, difference: &Difference, is: impl Fn(&Pdu) -> bool) -> bool {
        let pdu = &difference.pdu;
        difference.field == WHOLE
            && difference.ours.is_none()
            && self.any(|walked| {
                walked.is_same(pdu)
                    && walked.frame > pdu.frame
                    && walked.number("buffer_offset") == pdu.number("buffer_offset")
                    && is(walked)
            })
    }

    fn at(&self, frame: u64, tag: u64, opcode: impl Fn(u8) -> bool) -> Option<&Pdu> {
        self.walk.iter().find(|walked| {
            walked.frame == frame && walked.initiator_task_tag == tag && opcode(walked.opcode)
        })
    }
}

fn is_ours_alone(difference: &Difference, evidence: &Evidence) -> bool {
    difference.field == WHOLE
        && difference.theirs.is_none()
        && evidence.walked(&difference.pdu).is_some()
}

fn has_data_digest(pdu: &Pdu) -> bool {
    pdu.fields.get("data_digest") == Some(&Value::Text("good".to_owned()))
}

const NOP_OUT: u8 = 0x00;
const NOP_IN: u8 = 0x20;
const TMF_REQUEST: u8 = 0x02;
const TEXT_REQUEST: u8 = 0x04;
const TEXT_RESPONSE: u8 = 0x24;
const DATA_IN: u8 = 0x25;
const NO_TAG: u64 = 0xffff_ffff;

pub const RULES: &[Rule] = &[
    Rule {
        name: "not dissected: cut by the snaplen",
        reason: "tshark gives up on a PDU whose packet was cut, and loses its place in the stream. The headers are whole, and \
                 the walk over the bytes finds the PDU where we do.",
        applies: |difference, evidence| {
            is_ours_alone(difference, evidence)
                && evidence.any(|pdu| pdu.number("data_missing").is_some())
        },
    },
    Rule {
        name: "not dissected: data digests",
        reason: "tshark 4.0 does not count on a data digest behind the data and takes its four bytes for the next header. The \
                 walk finds the PDU where we do, with digests that are right.",
        applies: |difference, evidence| {
            is_ours_alone(difference, evidence) && evidence.any(has_data_digest)
        },
    },
    Rule {
        name: "shown before it is complete: cut by the snaplen",
        reason: "tshark cannot put a PDU of several packets together when the first of them is cut, and shows its header in \
                 the packet it starts in. We show it in the packet that brings its last byte, as the walk does.",
        applies: |difference, evidence| {
            evidence.is_complete_later(difference, |pdu| pdu.number("data_missing").is_some())
        },
    },
    Rule {
        name: "shown before it is complete: data digests",
        reason: "The data digest comes in a packet of its own, behind the one where tshark takes the PDU to end.",
        applies: |difference, evidence| {
            let response_is_later = || match (&difference.ours, &difference.theirs) {
                (Some(Value::Number(ours)), Some(Value::Number(theirs))) => {
                    difference.field == "response_frame"
                        && theirs < ours
                        && evidence
                            .at(*ours, difference.pdu.initiator_task_tag, |opcode| opcode >= 0x20)
                            .is_some_and(has_data_digest)
                }
                _ => false,
            };
            evidence.is_complete_later(difference, has_data_digest) || response_is_later()
        },
    },
    Rule {
        name: "field not shown",
        reason: "tshark has no field for it in this PDU, or does not get to it: F outside commands and data, I of logins \
                 and Data-Out, TTT of Data-In, lengths of task management responses, keys before a cut. The bytes at the \
                 field's place in the header say what we say.",
        applies: |difference, evidence| {
            let walked = evidence.walked(&difference.pdu);
            difference.theirs.is_none()
                && difference.ours.is_some()
                && walked.and_then(|pdu| pdu.fields.get(&difference.field))
                    == difference.ours.as_ref()
        },
    },
    Rule {
        name: "LUN of the task",
        reason: "Responses and Data-In carry no LUN; we show the one of the command they answer, tshark shows none.",
        applies: |difference, evidence| {
            difference.field == "lun"
                && difference.theirs.is_none()
                && difference.ours.is_some()
                && difference.pdu.opcode >= 0x20
                && evidence.lun_of_request(&difference.pdu) == difference.ours.as_ref()
        },
    },
    Rule {
        name: "exchanges tshark does not match",
        reason: "tshark matches SCSI tasks only, and only when it dissected the command. Logins, texts, logouts, task \
                 management and pings have request and response too; the walk finds the other half where we say it is.",
        applies: |difference, evidence| {
            let pdu = &difference.pdu;
            let other = |frame: u64, is_request: bool| {
                evidence.at(frame, pdu.initiator_task_tag, |opcode| (opcode < 0x20) == is_request)
            };
            difference.theirs.is_none()
                && match (difference.field.as_str(), &difference.ours) {
                    ("request_frame", Some(Value::Number(frame))) => other(*frame, true).is_some(),
                    ("response_frame", Some(Value::Number(frame))) => {
                        other(*frame, false).is_some()
                    }
                    ("response_time_us", Some(Value::Number(time))) => pdu
                        .number("request_frame")
                        .and_then(|frame| other(frame, true)?.microseconds())
                        .zip(evidence.walked(pdu).and_then(Pdu::microseconds))
                        .is_some_and(|(from, to)| (to - from).abs_diff(*time) <= 1),
                    _ => false,
                }
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
        name: "reserved LUN",
        reason: "The LUN is reserved in pings and text exchanges without a Target Transfer Tag (RFC 7143, sections 11.18 and \
                 11.10) and in task management of the whole target (section 11.5.3); tshark shows the zeros.",
        applies: |difference, _| {
            let reserved = match difference.pdu.opcode {
                NOP_OUT | NOP_IN | TEXT_REQUEST | TEXT_RESPONSE => {
                    difference.pdu.number("target_transfer_tag") == Some(NO_TAG)
                }
                TMF_REQUEST => matches!(difference.pdu.number("function"), Some(6 | 7)),
                _ => false,
            };
            difference.field == "lun"
                && difference.ours.is_none()
                && difference.theirs == Some(Value::Number(0))
                && reserved
        },
    },
];
