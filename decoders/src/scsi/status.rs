//! SCSI status codes (SAM-5 5.3.1, table 37), the `Status` byte of a SCSI Response PDU (RFC 7143 11.4.2).
//! Their meanings for people are in the [`crate::catalogue`].

/// The task completed without error.
pub const GOOD: u8 = 0x00;
/// Sense data says what happened.
pub const CHECK_CONDITION: u8 = 0x02;
/// The requested operation (PRE-FETCH) is satisfied.
pub const CONDITION_MET: u8 = 0x04;
/// The logical unit cannot accept the command now.
pub const BUSY: u8 = 0x08;
/// A linked command completed; obsolete since SAM-4.
pub const INTERMEDIATE: u8 = 0x10;
/// A linked command completed and its condition is met; obsolete since SAM-4.
pub const INTERMEDIATE_CONDITION_MET: u8 = 0x14;
/// Another initiator's reservation forbids the command.
pub const RESERVATION_CONFLICT: u8 = 0x18;
/// The command was terminated by TERMINATE I/O PROCESS; obsolete since SAM-2.
pub const COMMAND_TERMINATED: u8 = 0x22;
/// The logical unit has no room for another task.
pub const TASK_SET_FULL: u8 = 0x28;
/// An auto contingent allegiance exists and blocks the task.
pub const ACA_ACTIVE: u8 = 0x30;
/// Another initiator aborted the task (control mode page TAS = 1).
pub const TASK_ABORTED: u8 = 0x40;
