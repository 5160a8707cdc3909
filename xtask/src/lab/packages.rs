//! What the lab takes from Debian: programs for the guest, and tools to build it with.

use crate::setup;

/// Programs of this machine that every guest gets, with their libraries. What is not among them busybox does.
pub const PROGRAMS: &[&str] = &[
    "bash", "capsh", "depmod", "dmsetup", "fio", "ip", "iscsiadm", "iscsid", "lsmod", "mke2fs",
    "modprobe", "nft", "rmmod", "setpriv", "sg_inq", "sg_raw", "sg_reset", "sg_turs", "ss", "tc",
    "tcpdump", "tgtadm", "tgtd", "tmux", "zstd",
];

/// What those programs read: without it tmux takes no UTF-8.
pub const FILES: &[&str] = &["/usr/lib/locale/C.utf8/LC_CTYPE"];

const PACKAGES: &[&str] = &[
    "binutils",
    "busybox-static",
    "dmsetup",
    "e2fsprogs",
    "fio",
    "iproute2",
    "kmod",
    "libcap2-bin",
    "lz4",
    "nftables",
    "open-iscsi",
    "sg3-utils",
    "tcpdump",
    "tgt",
    "tmux",
    "xz-utils",
    "zstd",
];

/// Installs what is missing.
pub fn install() -> anyhow::Result<()> {
    setup::install(PACKAGES)
}
