//! What the SCSI core and sd print about a logical unit, behind `sd H:C:T:L: [sdX] tag#N `.

use super::{Message, note, typed};
use crate::log::event::Kind;

pub(super) static ON_UNIT: &[Message] = &[
    typed(
        "rejecting I/O to offline device",
        "The disk is offline, so I/O fails without being sent; with iSCSI the usual reason is that its session timed out.",
        |_, _| Kind::IoRejected { dead: false },
    ),
    typed(
        "rejecting I/O to dead device",
        "The disk was removed (logout, or the LUN went away), so I/O to it fails.",
        |_, _| Kind::IoRejected { dead: true },
    ),
    typed(
        "timing out command, waited %ds",
        "The command used up its timeout times its retries and fails.",
        |_, args| Kind::CommandTimedOut { secs: args.u32(0) },
    ),
    typed(
        "Device offlined - not ready after error recovery",
        "Abort and all resets failed: the kernel gave the disk up until someone writes `running` to its state in sysfs.",
        |_, _| Kind::DeviceOffline,
    ),
    typed(
        "Power-on or device reset occurred",
        "The target reports that it, the logical unit or the session was reset since the last command (unit attention 29h); the command is retried.",
        |_, _| Kind::ResetOccurred,
    ),
    typed(
        "reservation conflict",
        "Another initiator holds a reservation on this logical unit (cluster software, or a stale persistent reservation).",
        |_, _| Kind::ReservationConflict,
    ),
    typed(
        "%s failed: Result: hostbyte=%s driverbyte=%s",
        "A command that sd itself sent failed; the host byte says on whose account.",
        |_, args| Kind::FailedResult { host_byte: args.text(1), driver_byte: word(args.text(2)) },
    ),
    typed(
        "%s Result: hostbyte=%s driverbyte=%s",
        "A command failed; the host byte says on whose account.",
        |_, args| Kind::FailedResult { host_byte: args.text(1), driver_byte: word(args.text(2)) },
    ),
    typed(
        "Sense Key : %s [%s]%*",
        "The target's reason for a failed command, first part: the kind of error.",
        |_, args| Kind::SenseKey { key: args.text(0).trim_end() },
    ),
    typed(
        "Add. Sense: %s",
        "The target's reason for a failed command, second part: the error itself.",
        |_, args| Kind::AddSense { text: args.text(0) },
    ),
    note("Sense not available.", "The target gave no reason, or never got the command."),
    note("CDB: %s", "The command that failed: its name and bytes."),
    typed("Attached SCSI disk", "The disk is ready for use.", |_, _| Kind::DiskAttached),
    typed("Attached SCSI removable disk", "The disk is ready for use.", |_, _| Kind::DiskAttached),
    typed(
        "%d %d-byte logical blocks: %*",
        "The disk's size, as the target reported it.",
        |_, args| Kind::Capacity { blocks: args.u64(0) },
    ),
    typed("Write Protect is %s", "The target answered MODE SENSE.", |_, _| Kind::Answered),
    typed("Write cache: %s, read cache: %*", "The target answered MODE SENSE.", |_, _| {
        Kind::Answered
    }),
    note("Asking for cache data failed", "MODE SENSE was not answered, or refused."),
    note(
        "Assuming drive cache: write through",
        "The disk did not say whether it caches writes; the safe case is assumed.",
    ),
    note(
        "Assuming drive cache: write back",
        "The disk did not say whether it caches writes; sd assumes that it does.",
    ),
    typed(
        "Synchronizing SCSI cache",
        "The disk is being removed or the machine shuts down; written data is flushed.",
        |_, _| Kind::CacheSync,
    ),
    note(
        "Warning! Received an indication that the LUN assignments on this target have changed. %*",
        "LUNs were mapped or unmapped at the target; rescan the session to see them (iscsiadm -m session -R).",
    ),
    note(
        "Warning! Received an indication that the operating parameters on this target have changed. %*",
        "The target was reconfigured; rescan the disk.",
    ),
    note(
        "Inquiry data has changed",
        "The target presents the logical unit differently now; rescan it.",
    ),
    note(
        "Capacity data has changed",
        "The logical unit was resized at the target; rescan it (echo 1 > /sys/block/sdX/device/rescan).",
    ),
    note(
        "Mode parameters changed",
        "Settings of the logical unit were changed, perhaps by another initiator.",
    ),
    note(
        "Asymmetric access state changed",
        "The target moved the logical unit between controllers (ALUA); multipath follows.",
    ),
    note(
        "alua: port group %s state %s %*",
        "This path's access state, as the target reports it (ALUA).",
    ),
    note(
        "Medium access timeout failure. Offlining disk!",
        "Too many reads or writes timed out in a row; the disk is offline now.",
    ),
    typed("%s PQ: %d ANSI: %d%*", "The target presented a logical unit.", |_, _| Kind::UnitFound),
];

/// A result's driver byte may be followed by `cmd_age=30s`.
fn word(text: &str) -> &str {
    text.split(' ').next().unwrap_or_default()
}
