//! The clock of the kernel log and of our trace instance (`local_clock`), beside the one on the wall.

use std::time::{SystemTime, UNIX_EPOCH};

use rustix::time::{ClockId, clock_gettime};

/// Turns the kernel's times into Unix times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Clock {
    /// Unix time when the kernel's clock was 0, nanoseconds.
    epoch: i64,
}

impl Clock {
    /// As the kernel starts out: its clock and CLOCK_MONOTONIC are the same at boot. They drift apart over days, as
    /// only the latter is steered.
    pub(super) fn at_boot() -> Self {
        let now = clock_gettime(ClockId::Monotonic);
        let monotonic = now.tv_sec.saturating_mul(1_000_000_000).saturating_add(now.tv_nsec);
        Self { epoch: unix_now().saturating_sub(monotonic) }
    }

    /// From something whose time is known on both.
    pub(super) fn measured(unix: i64, kernel: i64) -> Self {
        Self { epoch: unix.saturating_sub(kernel) }
    }

    /// Unix time of a time of the kernel's.
    pub(super) fn unix(self, kernel: i64) -> i64 {
        self.epoch.saturating_add(kernel)
    }
}

/// Unix time, nanoseconds.
pub(super) fn unix_now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_nanos()).unwrap_or(i64::MAX)
}
