//! What a machine adds to its sessions' timers.

use std::fs;

use crate::host::Roots;

/// Settings that all sessions of a machine share, read once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Machine {
    /// `net.ipv4.tcp_retries2`.
    pub(super) tcp_retries: Option<u32>,
    /// `multipath.conf`, empty where there is none.
    pub(super) multipath: String,
}

impl Machine {
    /// Reads them; what cannot be read is absent.
    #[must_use]
    pub fn read(roots: &Roots) -> Self {
        let text = |path: &str| fs::read_to_string(roots.path(path)).ok();
        let tcp_retries = text("/proc/sys/net/ipv4/tcp_retries2");
        Self {
            tcp_retries: tcp_retries.and_then(|text| text.trim().parse().ok()),
            multipath: text("/etc/multipath.conf").unwrap_or_default(),
        }
    }
}
