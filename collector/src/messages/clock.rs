//! The clock of the kernel log and of our trace instance (`local_clock`), beside the one on the wall.

use std::{
    fs::File,
    io::Read,
    path::Path,
    time::{SystemTime, UNIX_EPOCH},
};

use rustix::time::{ClockId, clock_gettime};

use crate::host::Roots;

/// Turns the kernel's times into Unix times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Clock {
    /// Unix time when the kernel's clock was 0, nanoseconds.
    epoch: i64,
}

impl Clock {
    /// As the scheduler shows it, to whom it may; else as at boot.
    pub(super) fn now(roots: &Roots) -> Self {
        let shown = [roots.sysfs("kernel/debug/sched/debug"), roots.path("/proc/sched_debug")];
        shown.iter().find_map(|path| Self::shown(path)).unwrap_or_else(Self::at_boot)
    }

    fn shown(path: &Path) -> Option<Self> {
        let mut file = File::open(path).ok()?;
        let mut head = [0; HEAD];
        let before = unix_now();
        let length = file.read(&mut head).ok()?;
        let now = before.midpoint(unix_now());
        let text = std::str::from_utf8(head.get(..length)?).ok()?;
        Some(Self::measured(now, cpu_clock(text)?))
    }

    /// As the kernel starts out: its clock and CLOCK_MONOTONIC are the same at boot. They drift apart over days, as
    /// only the latter is steered.
    fn at_boot() -> Self {
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

/// The clocks come first; the rest, which grows with processors and tasks, is not even written for us then.
const HEAD: usize = 1024;

/// `cpu_clk                                 : 63318.860123`, milliseconds (kernel: `sched_debug_header`).
fn cpu_clock(text: &str) -> Option<i64> {
    let is_clock = |line: &&str| line.starts_with("cpu_clk ");
    let (_, value) = text.lines().find(is_clock)?.split_once(':')?;
    let (milliseconds, fraction) = value.trim().split_once('.')?;
    let fraction: i64 = Some(fraction).filter(|digits| digits.len() == 6)?.parse().ok()?;
    milliseconds.parse::<i64>().ok()?.checked_mul(1_000_000)?.checked_add(fraction)
}

/// Unix time, nanoseconds.
pub(super) fn unix_now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_nanos()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::knobs::tests::Folder;

    #[test]
    fn the_scheduler_shows_the_clock_of_the_log() {
        let folder = Folder::new();
        folder.file(
            "/proc/sched_debug",
            "Sched Debug Version: v0.11, 5.10.0 #1\n\
             ktime                                   : 63400.000000\n\
             cpu_clk                                 : 63318.860123\n",
        );
        let clock = Clock::now(&folder.roots());
        let off = unix_now() - clock.unix(63_318_860_123);
        assert!((0..1_000_000_000).contains(&off), "{off}");
    }

    #[test]
    fn what_is_no_time_is_not_taken_for_one() {
        for text in
            ["", "cpu_clk : 1", "cpu_clk : 1.5", "cpu_clk : a.000000", "cpu_clk_x : 1.000000"]
        {
            assert_eq!(cpu_clock(text), None, "{text}");
        }
    }
}
