//! Whether a secret shows: not by looking for it, but by changing it and comparing what is printed.

use iscsi_collector::source::Event;
use iscsi_decoders::pdu::{Opcode, keys};
use iscsi_decoders::stream::{self, Pdu};

/// Login text with every secret value replaced by as many other bytes; `None` when there is no secret in it.
pub fn replaced(text: &[u8]) -> Option<Vec<u8>> {
    let mut copy = Vec::with_capacity(text.len());
    let mut found = false;
    for pair in text.split_inclusive(|&byte| byte == 0) {
        let is_secret = keys::pairs(pair).any(|(key, _)| keys::is_secret(key));
        match pair.iter().position(|&byte| byte == b'=') {
            Some(at) if is_secret => {
                found = true;
                let (key, value) = pair.split_at(at + 1);
                copy.extend_from_slice(key);
                copy.extend(value.iter().map(|&byte| if byte == 0 { 0 } else { b'#' }));
            }
            _ => copy.extend_from_slice(pair),
        }
    }
    found.then_some(copy)
}

/// Hands `see` the event as it would be with other secrets; tells whether there were any.
pub fn with_others(event: &Event<'_>, mut see: impl FnMut(&Event<'_>)) -> bool {
    let Event::Stream(stream::Event::Pdu(pdu)) = *event else {
        see(event);
        return false;
    };
    let replaced = replaced(pdu.text);
    let text = replaced.as_deref().unwrap_or(pdu.text);
    let negotiates = matches!(
        pdu.header.opcode(),
        Opcode::LOGIN_REQUEST
            | Opcode::LOGIN_RESPONSE
            | Opcode::TEXT_REQUEST
            | Opcode::TEXT_RESPONSE
    );
    // A part of continued text may hold a part of a secret without its key.
    let data = if negotiates { vec![b'#'; pdu.data.len()] } else { pdu.data.to_vec() };
    see(&Event::Stream(stream::Event::Pdu(Pdu { text, data: &data, ..pdu })));
    replaced.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_secret_values_are_replaced_and_lengths_stay() {
        let text = b"CHAP_N=ada\0CHAP_A=5\0CHAP_R=0x12\0";
        assert_eq!(replaced(text).unwrap(), b"CHAP_N=###\0CHAP_A=5\0CHAP_R=####\0");
        assert_eq!(replaced(b"AuthMethod=CHAP\0"), None);
    }
}
