//! One PDU: which part of its data segment may be kept.

use iscsi_decoders::pdu::{Bhs, Digest, Opcode, keys};
use iscsi_decoders::stream::Pdu;

use super::super::item::Found;
use super::super::kind::{Kind, masked, shown_key};
use super::{Edit, with_length};
use crate::model::rule_of;

/// Keys that are not negotiated but safe.
const DECLARED: [(&str, Kind); 12] = [
    ("InitiatorName", Kind::Iqn),
    ("InitiatorAlias", Kind::Name),
    ("TargetName", Kind::Iqn),
    ("TargetAlias", Kind::Name),
    ("TargetAddress", Kind::Address),
    ("TargetPortalGroupTag", Kind::Number),
    ("SessionType", Kind::Word),
    ("SendTargets", Kind::Word),
    ("CHAP_A", Kind::Word),
    ("CHAP_I", Kind::Number),
    ("IFMarkInt", Kind::Word),
    ("OFMarkInt", Kind::Word),
];

/// The most of a Reject's data: the rejected header (RFC 7143, 11.17).
const REJECTED: usize = 48;
/// The most sense data there can be (SPC-4, 4.5).
const SENSE: usize = 252;

/// A PDU without what lies behind its header.
pub(super) fn bare<'a>(pdu: &Pdu<'a>) -> Pdu<'a> {
    let recomputed = |digest: Digest| match digest {
        Digest::Good(_) => Digest::Unverified,
        other => other,
    };
    Pdu {
        ahs: &[],
        data: &[],
        text: &[],
        data_digest: recomputed(pdu.data_digest),
        header_digest: recomputed(pdu.header_digest),
        ..*pdu
    }
}

/// The header and the data that may be kept. Text is put together on the last of its PDUs; the others become empty.
pub(super) fn edited(pdu: &Pdu<'_>, edit: &mut dyn Edit) -> (Bhs, Vec<u8>) {
    let opcode = pdu.header.opcode();
    match opcode {
        Opcode::LOGIN_REQUEST
        | Opcode::LOGIN_RESPONSE
        | Opcode::TEXT_REQUEST
        | Opcode::TEXT_RESPONSE => {
            let mut data = Vec::new();
            for (key, value) in keys::pairs(pdu.text) {
                let (key, value) = edit.pair(key, value);
                data.extend_from_slice(format!("{key}={value}\0").as_bytes());
            }
            (with_length(pdu.header, data.len()), data)
        }
        Opcode::SCSI_RESPONSE => (*pdu.header, sense(pdu.data).to_vec()),
        // Its sense data, without what vendors put behind it.
        Opcode::ASYNC_MESSAGE => (*pdu.header, sense(pdu.data).to_vec()),
        Opcode::REJECT => (*pdu.header, pdu.data.get(..REJECTED).unwrap_or(pdu.data).to_vec()),
        _ => (*pdu.header, Vec::new()),
    }
}

/// The sense data with its length in front (RFC 7143, 11.4.7.2); behind it may be anything.
fn sense(data: &[u8]) -> &[u8] {
    let Some(length) = data.first_chunk::<2>().map(|length| u16::from_be_bytes(*length)) else {
        return &[];
    };
    let end = 2 + usize::from(length).min(SENSE);
    data.get(..end).unwrap_or(data)
}

/// A pair as it may be kept.
pub(super) fn safe_pair(key: &str, value: &str, found: &mut Found) -> (String, String) {
    let declared = DECLARED.iter().find(|(name, _)| *name == key).map(|(_, kind)| *kind);
    let kind = declared.or_else(|| rule_of(key).map(|_| Kind::Login));
    let Some(kind) = kind else {
        found.masked += 1;
        let key = if keys::is_secret(key) { key.to_owned() } else { shown_key(key) };
        let value = masked(&key, value);
        return (key, value);
    };
    let value = kind.admit(value, &mut found.names).unwrap_or_else(|| {
        found.masked += 1;
        masked(key, value)
    });
    (key.to_owned(), value)
}
