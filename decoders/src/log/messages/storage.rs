//! What the block layer, file systems and multipath print when a disk below them fails.

use super::{Message, find_storage, note, typed};
use crate::log::event::{Kind, LogEvent, Subject};

/// Older kernels name the printing function first.
pub(super) fn plain(text: &str) -> Option<LogEvent<'_>> {
    const FUNCTIONS: [&str; 3] = ["blk_update_request: ", "print_req_error: ", "end_request: "];
    let bare = FUNCTIONS.iter().find_map(|function| text.strip_prefix(function)).unwrap_or(text);
    find_storage(PLAIN, bare, Subject::default())
}

/// `blk_errors` of block/blk-core.c: one line per class of error, all of the same form.
macro_rules! block_error {
    ($class:literal, $meaning:literal) => {
        typed(concat!($class, " error, dev %s, sector %d%*"), $meaning, |subject, args| {
            subject.disk = Some(args.text(0));
            Kind::IoError { sector: args.u64(1), op: operation(args.text(2)) }
        })
    };
}

/// `ext4`, `xfs` and the rest name their device first.
macro_rules! filesystem {
    ($format:literal, $meaning:literal, $kind:expr) => {
        typed($format, $meaning, |subject, args| {
            subject.disk = Some(device(args.text(0)));
            $kind
        })
    };
}

pub(super) static PLAIN: &[Message] = &[
    block_error!(
        "I/O",
        "The I/O failed, and whoever asked for it (a file system, an application) was told so."
    ),
    block_error!("device offline", "The I/O failed because the disk is offline."),
    block_error!(
        "recoverable transport",
        "The I/O failed because the way to the disk is gone; multipath would try another path."
    ),
    block_error!("critical target", "The target refused the command as invalid or unsupported."),
    block_error!(
        "critical medium",
        "The storage behind the target cannot read or write this place."
    ),
    block_error!("critical nexus", "The I/O failed on a reservation conflict."),
    block_error!("reservation conflict", "The I/O failed on a reservation conflict."),
    block_error!("critical space allocation", "The target is out of space (thin provisioning)."),
    block_error!("timeout", "The I/O took longer than it was allowed to."),
    block_error!("protection", "The integrity check (T10 PI) failed."),
    typed(
        "Buffer I/O error on dev %s, logical block %d, lost async page write",
        "Written data could not reach the disk and is lost; the program that wrote it learns of it only with fsync.",
        buffer_error,
    ),
    typed(
        "Buffer I/O error on dev %s, logical block %d, lost sync page write",
        "Written data could not reach the disk.",
        buffer_error,
    ),
    typed(
        "Buffer I/O error on dev %s, logical block %d, %s",
        "A block could not be read into the page cache.",
        buffer_error,
    ),
    typed(
        "Buffer I/O error on device %s, logical block %d",
        "A block could not be read or written.",
        buffer_error,
    ),
    filesystem!(
        "EXT4-fs (%s): Remounting filesystem read-only",
        "ext4 accepts no more writes until it is unmounted, checked and mounted again.",
        Kind::FsReadOnly { fs: "ext4" }
    ),
    filesystem!(
        "EXT4-fs error (device %s): %s",
        "ext4 found its disk unreadable or its structures damaged.",
        Kind::FsError { fs: "ext4" }
    ),
    filesystem!(
        "EXT4-fs error (device %s) in %s",
        "ext4 could not finish an operation.",
        Kind::FsError { fs: "ext4" }
    ),
    filesystem!(
        "EXT4-fs warning (device %s): %s I/O error %*",
        "ext4 could not write data; it is lost.",
        Kind::FsError { fs: "ext4" }
    ),
    filesystem!(
        "EXT4-fs (%s): I/O error while writing superblock",
        "ext4 could not even record the error on its disk.",
        Kind::FsError { fs: "ext4" }
    ),
    filesystem!(
        "EXT4-fs (%s): previous I/O error to superblock detected",
        "ext4 had failed to write its superblock before.",
        Kind::FsError { fs: "ext4" }
    ),
    filesystem!(
        "EXT4-fs (%s): Delayed block allocation failed %*",
        "Data that programs had written cannot get a place on the disk; it is lost.",
        Kind::FsError { fs: "ext4" }
    ),
    filesystem!(
        "EXT4-fs (%s): failed to convert unwritten extents %*",
        "Written data could not be recorded; it is lost.",
        Kind::FsError { fs: "ext4" }
    ),
    filesystem!(
        "Aborting journal on device %s.",
        "The file system's journal stops: nothing can be changed any more.",
        Kind::FsError { fs: "jbd2" }
    ),
    typed(
        "JBD2: Error %d detected when updating journal superblock for %s.",
        "The journal could not record its own end.",
        |subject, args| {
            subject.disk = Some(device(args.text(1)));
            Kind::FsError { fs: "jbd2" }
        },
    ),
    filesystem!(
        "JBD2: I/O error when updating journal superblock for %s.",
        "The journal could not record its own end.",
        Kind::FsError { fs: "jbd2" }
    ),
    filesystem!(
        "JBD2: Detected IO errors while flushing file data on %s",
        "Written data could not reach the disk before the journal said so.",
        Kind::FsError { fs: "jbd2" }
    ),
    filesystem!(
        "XFS (%s): Filesystem has been shut down due to %*",
        "XFS shut itself down: every access fails until it is unmounted and mounted again.",
        Kind::FsReadOnly { fs: "xfs" }
    ),
    filesystem!(
        "XFS (%s): %s Detected. Shutting down filesystem%*",
        "XFS shut itself down: every access fails until it is unmounted and mounted again.",
        Kind::FsReadOnly { fs: "xfs" }
    ),
    filesystem!(
        "XFS (%s): %s detected at %s. Shutting down filesystem%*",
        "XFS shut itself down: every access fails until it is unmounted and mounted again.",
        Kind::FsReadOnly { fs: "xfs" }
    ),
    filesystem!(
        "XFS (%s): log I/O error %*",
        "XFS could not write its log.",
        Kind::FsError { fs: "xfs" }
    ),
    filesystem!(
        "XFS (%s): metadata I/O error %*",
        "XFS could not read or write its structures.",
        Kind::FsError { fs: "xfs" }
    ),
    filesystem!(
        "XFS (%s): writeback error %*",
        "Written data could not reach the disk and is lost.",
        Kind::FsError { fs: "xfs" }
    ),
    note(
        "XFS (%s): Please unmount the filesystem and rectify the problem(s)",
        "XFS waits for an unmount.",
    ),
    filesystem!(
        "BTRFS info (device %s): forced readonly",
        "btrfs accepts no more writes until it is mounted again.",
        Kind::FsReadOnly { fs: "btrfs" }
    ),
    filesystem!(
        "BTRFS: error (device %s) in %s",
        "btrfs could not finish an operation and goes read-only.",
        Kind::FsError { fs: "btrfs" }
    ),
    filesystem!(
        "BTRFS error (device %s) in %s",
        "btrfs could not finish an operation and goes read-only.",
        Kind::FsError { fs: "btrfs" }
    ),
    filesystem!(
        "BTRFS error (device %s): %s",
        "btrfs met an error on this disk.",
        Kind::FsError { fs: "btrfs" }
    ),
    typed(
        "device-mapper: multipath: %s Failing path %s.",
        "Multipath stopped using this path.",
        |subject, args| {
            subject.disk = Some(args.text(1));
            Kind::PathFailed
        },
    ),
    typed(
        "device-mapper: multipath: %s Reinstating path %s.",
        "Multipath uses this path again.",
        |subject, args| {
            subject.disk = Some(args.text(1));
            Kind::PathRestored
        },
    ),
    typed(
        "device-mapper: multipath: Failing path %s.",
        "Multipath stopped using this path.",
        |subject, args| {
            subject.disk = Some(args.text(0));
            Kind::PathFailed
        },
    ),
    typed(
        "device-mapper: multipath: Reinstating path %s.",
        "Multipath uses this path again.",
        |subject, args| {
            subject.disk = Some(args.text(0));
            Kind::PathRestored
        },
    ),
    typed(
        "%s: detected capacity change from %d to 0",
        "The disk no longer answers for its size, so it counts as empty.",
        |subject, args| {
            subject.disk = Some(args.text(0));
            Kind::Note
        },
    ),
];

/// `multipathd`; it names paths by disk or by `major:minor`.
pub(super) static MULTIPATHD: &[Message] = &[
    typed("%s: mark as failed", "The path checker found this path dead.", |subject, args| {
        subject.disk = Some(args.text(0));
        Kind::PathFailed
    }),
    typed(
        "checker failed path %s in map %s",
        "The path checker found this path dead.",
        |subject, args| {
            subject.disk = Some(args.text(0));
            Kind::PathFailed
        },
    ),
    typed("%s: reinstated", "The path checker found this path alive again.", |subject, args| {
        subject.disk = Some(args.text(0));
        Kind::PathRestored
    }),
    note("%s: remaining active paths: %d", "How many paths this multipath device has left."),
    note("%s: Entering recovery mode: %*", "No path is left; I/O waits as no_path_retry says."),
    note(
        "%s: queue_if_no_path enabled",
        "No path is left, and I/O waits for one for as long as it takes.",
    ),
];

fn buffer_error<'a>(subject: &mut Subject<'a>, args: &crate::log::scan::Args<'a>) -> Kind<'a> {
    subject.disk = Some(args.text(0));
    Kind::BufferIoError { block: args.u64(1) }
}

/// ` op 0x1:(WRITE) flags ...`
fn operation(rest: &str) -> Option<&str> {
    Some(rest.split_once(":(")?.1.split_once(')')?.0)
}

/// Without the journal's inode (`sda1-8`) and btrfs' flags (`sda1 state EA`).
fn device(text: &str) -> &str {
    let text = text.split(' ').next().unwrap_or_default();
    match text.rsplit_once('-') {
        Some((device, inode))
            if device != "dm" && inode.bytes().all(|byte| byte.is_ascii_digit()) =>
        {
            device
        }
        _ => text,
    }
}
