//! The numbers that order commands and responses (RFC 7143, section 4.2.2).

use iscsi_decoders::Timestamp;
use iscsi_decoders::pdu::{Bhs, Opcode, RESERVED_TAG};

use super::finding::{Kind, Sequence};

/// A closed window shorter than this is the normal ebb and flow of a busy target.
const WINDOW_CLOSED_MIN: i64 = 10_000_000;

/// Follows CmdSN, StatSN and the command window of one connection.
#[derive(Debug, Default)]
pub(super) struct Numbers {
    next_cmd_sn: Option<u32>,
    next_stat_sn: Option<u32>,
    max_cmd_sn: Option<u32>,
    closed_since: Option<Timestamp>,
}

/// Whether `a` comes after `b` in serial number arithmetic (RFC 1982).
fn after(a: u32, b: u32) -> bool {
    a.wrapping_sub(b).cast_signed() > 0
}

/// Whether the PDU uses up its StatSN. R2T and an unsolicited NOP-In only show the next one.
fn consumes_stat_sn(header: &Bhs) -> bool {
    match header.opcode() {
        Opcode::R2T => false,
        Opcode::NOP_IN => header.initiator_task_tag() != RESERVED_TAG,
        _ => true,
    }
}

impl Numbers {
    /// Bytes are missing: whatever comes next may follow.
    pub fn forget(&mut self) {
        *self = Self::default();
    }

    /// Checks a header; `alone` says that no other open connection of the session
    /// shares the CmdSN and the window.
    pub fn check(&mut self, header: &Bhs, at: Timestamp, alone: bool) -> Option<Kind> {
        if let Some(cmd_sn) = header.cmd_sn() {
            return self.request(header, cmd_sn, alone);
        }
        // A refused login's numbers are not valid (RFC 7143, section 11.13.4).
        if header.status_class().is_some_and(|class| class > 0) {
            return None;
        }
        let reopened = self.window(header, at);
        let stat_sn = header.stat_sn()?;
        let expected = self.next_stat_sn.replace(stat_sn);
        if consumes_stat_sn(header) {
            self.next_stat_sn = Some(stat_sn.wrapping_add(1));
        }
        match expected {
            Some(expected) if expected != stat_sn => {
                Some(Kind::SequenceBroken { sequence: Sequence::StatSn, expected, found: stat_sn })
            }
            _ => reopened,
        }
    }

    fn request(&mut self, header: &Bhs, cmd_sn: u32, alone: bool) -> Option<Kind> {
        // Login Requests repeat their CmdSN, whatever the immediate bit says (RFC 7143, section 4.2.2.1).
        if header.immediate() == Some(true) || header.opcode() == Opcode::LOGIN_REQUEST {
            self.next_cmd_sn.get_or_insert(cmd_sn);
            return None;
        }
        let expected = self.next_cmd_sn.replace(cmd_sn.wrapping_add(1));
        if !alone {
            return None;
        }
        // The initiator may know of responses that come later here, or never: packets get lost and overtake each other
        // on their way into a capture.
        let behind = self
            .next_stat_sn
            .zip(header.exp_stat_sn())
            .is_some_and(|(seen, known)| after(known, seen));
        if let Some(max_cmd_sn) = self.max_cmd_sn.filter(|&max| !behind && after(cmd_sn, max)) {
            return Some(Kind::BeyondWindow { cmd_sn, max_cmd_sn });
        }
        let expected = expected.filter(|&expected| expected != cmd_sn)?;
        Some(Kind::SequenceBroken { sequence: Sequence::CmdSn, expected, found: cmd_sn })
    }

    /// Follows ExpCmdSN and MaxCmdSN; says so when a window that was closed for long is open again.
    fn window(&mut self, header: &Bhs, at: Timestamp) -> Option<Kind> {
        // Before full feature phase and after it there are no commands to hold back.
        if matches!(header.opcode(), Opcode::LOGIN_RESPONSE | Opcode::LOGOUT_RESPONSE) {
            self.closed_since = None;
            return None;
        }
        let (exp, max) = (header.exp_cmd_sn()?, header.max_cmd_sn()?);
        // An older PDU cannot shrink the window (section 4.2.2.1).
        if self.max_cmd_sn.is_none_or(|known| after(max, known)) {
            self.max_cmd_sn = Some(max);
        }
        let is_closed = self.max_cmd_sn == Some(exp.wrapping_sub(1));
        match (is_closed, self.closed_since) {
            (true, None) => self.closed_since = Some(at),
            (false, Some(_)) => return self.end_of_window(at),
            _ => {}
        }
        None
    }

    /// How long the window has been closed at `at`, if that is worth telling.
    pub fn end_of_window(&mut self, at: Timestamp) -> Option<Kind> {
        let duration = at.since(self.closed_since.take()?);
        (duration >= WINDOW_CLOSED_MIN).then_some(Kind::WindowClosed { duration })
    }
}
