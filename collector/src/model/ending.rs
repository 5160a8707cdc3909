//! Answers that end other tasks than their own: task management and logout.

use iscsi_decoders::pdu::{Bhs, Opcode};
use iscsi_decoders::scsi::Lun;

use super::sequence::after;
use super::task::Task;

/// Tasks that get no answer of their own any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// ABORT TASK.
    Task(u32),
    /// ABORT TASK SET, CLEAR TASK SET, LOGICAL UNIT RESET.
    LogicalUnit {
        /// The logical unit.
        lun: Option<Lun>,
        /// CmdSN of the request: commands sent after it live on (RFC 7143, section 4.2.3.3).
        before: u32,
    },
    /// TARGET WARM RESET, TARGET COLD RESET, I_T NEXUS RESET.
    Session {
        /// As above.
        before: u32,
    },
    /// A logout: of one connection by its CID, or of all.
    Logout(Option<u16>),
}

impl Ending {
    /// What the answer to `request` ends.
    pub fn of(request: &Bhs, answer: &Bhs) -> Option<Self> {
        if answer.opcode() == Opcode::LOGOUT_RESPONSE && answer.response() == Some(0) {
            // Reason 0 closes the session, the others one connection (RFC 7143, section 11.14.1).
            return Some(Self::Logout(request.cid().filter(|_| request.reason() != Some(0))));
        }
        let before = request.cmd_sn()?;
        match (request.function()?, answer.response()?) {
            // 1: the task does not exist, because its answer came before this one.
            (1, 0 | 1) => Some(Self::Task(request.referenced_task_tag()?)),
            (2 | 4 | 5, 0) => Some(Self::LogicalUnit { lun: request.lun(), before }),
            (6 | 7 | 11, 0) => Some(Self::Session { before }),
            _ => None,
        }
    }

    /// Whether it ends this task; `cid` is that of the task's connection.
    pub fn ends(self, task: &Task, cid: Option<u16>) -> bool {
        let is_before = |limit| task.request.cmd_sn().is_some_and(|cmd_sn| after(limit, cmd_sn));
        match self {
            Self::Task(tag) => tag == task.request.initiator_task_tag(),
            Self::LogicalUnit { lun, before } => {
                task.is_scsi() && task.lun == lun && is_before(before)
            }
            Self::Session { before } => task.is_scsi() && is_before(before),
            Self::Logout(_) => self.logs_out(cid),
        }
    }

    /// Whether it logs the connection with this CID out. The CID of a login that was not captured is unknown;
    /// a logout is then taken to be about the connection it came on.
    pub fn logs_out(self, cid: Option<u16>) -> bool {
        matches!(self, Self::Logout(which) if which.is_none() || cid.is_none() || which == cid)
    }
}
