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

    fn at(&self, frame: u64, tag: u64, opcode: impl Fn(u8) -> bool) -> Option<&Pdu> {
        self.walk.iter().find(|walked| {
            walked.frame == frame && walked.initiator_task_tag == tag && opcode(walked.opcode)
        })
    }
}

const TMF_REQUEST: u8 = 0x02;
const TEXT_REQUEST: u8 = 0x04;
const TEXT_RESPONSE: u8 = 0x24;
const DATA_IN: u8 = 0x25;
const NO_TAG: u64 = 0xffff_ffff;

pub const RULES: &[Rule] = &[
    Rule {
        name: "PDU not dissected",
        reason: "The snaplen cut the packet behind the header. tshark gives up on the PDU; the header is whole, and the \
                 walk over the bytes finds it at the same place.",
        applies: |difference, evidence| {
            difference.field == WHOLE
                && difference.theirs.is_none()
                && evidence.walked(&difference.pdu).is_some()
        },
    },
    Rule {
        name: "cut PDU shown early",
        reason: "A PDU over several packets, the first of them cut: tshark cannot put it together and shows its header in \
                 the packet it starts in. We show it in the packet that brings its last byte, as the walk does.",
        applies: |difference, evidence| {
            let pdu = &difference.pdu;
            let is_same_but_later = |walked: &Pdu| {
                walked.is_same(pdu)
                    && walked.frame > pdu.frame
                    && walked.number("buffer_offset") == pdu.number("buffer_offset")
                    && walked.number("data_missing").is_some()
            };
            difference.field == WHOLE
                && difference.ours.is_none()
                && evidence.walk.iter().any(is_same_but_later)
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
        reason: "The LUN is reserved in a text exchange without a Target Transfer Tag (RFC 7143, section 11.10) and in task \
                 management of the whole target (section 11.5.3); tshark shows the zeros.",
        applies: |difference, _| {
            let reserved = match difference.pdu.opcode {
                TEXT_REQUEST | TEXT_RESPONSE => {
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
