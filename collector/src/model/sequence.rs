//! The numbers that order commands and responses (RFC 7143, section 4.2.2).

use iscsi_decoders::Timestamp;
use iscsi_decoders::pdu::{Bhs, Opcode, RESERVED_TAG};
use iscsi_decoders::stream::Pdu;

use super::finding::{Kind, Sequence};

/// A closed window shorter than this is the normal ebb and flow of a busy target.
const WINDOW_CLOSED_MIN: i64 = 10_000_000;

/// Follows CmdSN, StatSN and the command window of one connection.
#[derive(Debug, Default)]
pub(super) struct Numbers {
    next_cmd_sn: Option<u32>,
    next_stat_sn: Option<u32>,
    exp_cmd_sn: Option<u32>,
    max_cmd_sn: Option<u32>,
    closed_since: Option<Timestamp>,
    /// Connections the session had when these were learnt.
    connections: usize,
}

/// What is known of those who share the CmdSN and the window: the connections of the session.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sharing {
    /// How many there have been so far.
    pub connections: usize,
    /// Only one is open.
    pub alone: bool,
    /// And no others can have been open before the capture began.
    pub surely_alone: bool,
}

/// Whether `a` comes after `b` in serial number arithmetic (RFC 1982).
pub(super) fn after(a: u32, b: u32) -> bool {
    a.wrapping_sub(b).cast_signed() > 0
}

/// Serial numbers of the target only grow; what comes late changes nothing (section 4.2.2.1).
fn raise(known: &mut Option<u32>, number: u32) {
    if known.is_none_or(|known| after(number, known)) {
        *known = Some(number);
    }
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
    /// Whatever comes next may follow: bytes are missing, or the connection is logged out.
    pub fn forget(&mut self) {
        *self = Self::default();
    }

    /// Follows a request.
    pub fn request(&mut self, header: &Bhs, sharing: Sharing, found: &mut Vec<Kind>) {
        let Some(cmd_sn) = header.cmd_sn() else { return };
        self.share(sharing);
        // A Login Request is immediate whatever its bit says (section 11.12).
        if header.immediate() == Some(true) || header.opcode() == Opcode::LOGIN_REQUEST {
            self.next_cmd_sn.get_or_insert(cmd_sn);
            return;
        }
        let expected = *self.next_cmd_sn.get_or_insert(cmd_sn);
        if sharing.surely_alone {
            // The initiator may know of answers that come later here, or never: packets get lost and overtake each
            // other on their way into a capture.
            let seen = self.next_stat_sn.zip(header.exp_stat_sn());
            let behind = seen.is_some_and(|(seen, known)| after(known, seen));
            let max_cmd_sn = self.max_cmd_sn.filter(|&max| !behind && after(cmd_sn, max));
            if let Some(max_cmd_sn) = max_cmd_sn {
                // The target ignores it: the numbers go on as if it had not been sent.
                found.push(Kind::BeyondWindow { cmd_sn, max_cmd_sn });
                return;
            }
            if expected != cmd_sn {
                let sequence = Sequence::CmdSn;
                found.push(Kind::SequenceBroken { sequence, expected, found: cmd_sn });
            }
        }
        // A number that was used before is ignored as well.
        raise(&mut self.next_cmd_sn, cmd_sn.wrapping_add(1));
    }

    /// Follows what the target sends; `orderly` says that it sends nothing again.
    pub fn answer(
        &mut self,
        pdu: &Pdu<'_>,
        sharing: Sharing,
        orderly: bool,
        found: &mut Vec<Kind>,
    ) {
        let (header, at) = (pdu.header, pdu.stamp.time);
        // A refused login's numbers are not valid (section 11.13.4).
        if header.status_class().is_some_and(|class| class > 0) {
            return;
        }
        self.share(sharing);
        self.window(header, at, sharing.alone, found);
        let Some(stat_sn) = pdu.stat_sn() else { return };
        let next = stat_sn.wrapping_add(u32::from(consumes_stat_sn(header)));
        if let Some(expected) = self.next_stat_sn.replace(next)
            && expected != stat_sn
            && orderly
        {
            let sequence = Sequence::StatSn;
            found.push(Kind::SequenceBroken { sequence, expected, found: stat_sn });
        }
    }

    /// What others have sent or heard since is not known here.
    fn share(&mut self, sharing: Sharing) {
        if self.connections != sharing.connections || !sharing.alone {
            self.connections = sharing.connections;
            self.next_cmd_sn = None;
            self.exp_cmd_sn = None;
            self.max_cmd_sn = None;
            self.closed_since = None;
        }
    }

    /// Follows ExpCmdSN and MaxCmdSN; says so when a window that was closed for long is open again.
    fn window(&mut self, header: &Bhs, at: Timestamp, alone: bool, found: &mut Vec<Kind>) {
        let (Some(exp), Some(max)) = (header.exp_cmd_sn(), header.max_cmd_sn()) else { return };
        // Such a pair makes no sense and is to be ignored (section 4.2.2.1).
        if !alone || after(exp.wrapping_sub(1), max) {
            return;
        }
        raise(&mut self.exp_cmd_sn, exp);
        raise(&mut self.max_cmd_sn, max);
        let is_closed = self.max_cmd_sn == self.exp_cmd_sn.map(|exp| exp.wrapping_sub(1));
        match (is_closed, self.closed_since) {
            (true, None) => self.closed_since = Some(at),
            (false, Some(_)) => found.extend(self.end_of_window(at)),
            _ => {}
        }
    }

    /// How long the window has been closed at `at`, if that is worth telling.
    pub fn end_of_window(&mut self, at: Timestamp) -> Option<Kind> {
        let duration = at.since(self.closed_since.take()?);
        (duration >= WINDOW_CLOSED_MIN).then_some(Kind::WindowClosed { duration })
    }
}
