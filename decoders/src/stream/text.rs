//! Login and text keys, joined over the PDUs they are continued in (RFC 7143, section 6.2).

use crate::pdu::{Bhs, Opcode};

/// Text is negotiated in kilobytes; a peer that continues for ever is cut off here.
const TEXT_MAX: usize = 1 << 20;

/// The text of one direction of one connection.
#[derive(Debug, Default)]
pub struct Continued {
    joined: Vec<u8>,
    /// The text was handed out whole: what comes next begins another.
    done: bool,
}

/// Whether a PDU's data segment is key=value text.
pub(super) fn has_text(opcode: Opcode) -> bool {
    matches!(
        opcode,
        Opcode::LOGIN_REQUEST
            | Opcode::LOGIN_RESPONSE
            | Opcode::TEXT_REQUEST
            | Opcode::TEXT_RESPONSE
    )
}

impl Continued {
    /// Takes a PDU's data segment, of which `data_missing` bytes are not there. Answers the whole text where this PDU
    /// ends one, and nothing where it has none or it is to be continued.
    pub fn take<'a>(&'a mut self, header: &Bhs, data: &'a [u8], data_missing: u32) -> &'a [u8] {
        if !has_text(header.opcode()) {
            return &[];
        }
        if std::mem::take(&mut self.done) {
            self.joined.clear();
        }
        let continues = header.continue_bit() == Some(true);
        if (continues || !self.joined.is_empty()) && self.joined.len() < TEXT_MAX {
            self.joined.extend_from_slice(data);
        }
        let mut complete: &[u8] = &[];
        if !continues {
            self.done = true;
            complete = if self.joined.is_empty() { data } else { &self.joined };
        }
        // Of text that is cut only the pairs whose end was captured are known.
        if data_missing > 0 {
            let end = complete.iter().rposition(|&byte| byte == 0).map_or(0, |last| last + 1);
            complete = complete.get(..end).unwrap_or_default();
        }
        complete
    }

    /// Text that was to be continued has lost its continuation.
    pub fn lost(&mut self) {
        self.joined.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text_request(continues: bool) -> Bhs {
        let mut header = [0; 48];
        header[0] = Opcode::TEXT_REQUEST.0;
        header[1] = if continues { 0x40 } else { 0x80 };
        Bhs(header)
    }

    #[test]
    fn the_last_of_continued_pdus_has_the_whole_text() {
        let mut text = Continued::default();
        assert_eq!(text.take(&text_request(true), b"A=", 0), b"");
        assert_eq!(text.take(&text_request(false), b"1\0", 0), b"A=1\0");
        assert_eq!(text.take(&text_request(false), b"B=2\0", 0), b"B=2\0", "another text");
    }

    #[test]
    fn text_that_was_cut_ends_with_its_last_whole_pair() {
        let mut text = Continued::default();
        assert_eq!(text.take(&text_request(false), b"A=1\0Bcd", 3), b"A=1\0");
        text.take(&text_request(true), b"C=", 0);
        text.lost();
        assert_eq!(text.take(&text_request(false), b"D=4\0", 0), b"D=4\0");
    }
}
