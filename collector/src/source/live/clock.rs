//! The kernel's clock of events beside the one on the wall.

use std::time::SystemTime;

use iscsi_decoders::Timestamp;
use rustix::time::{ClockId, Timespec, clock_gettime};

/// The wall clock.
#[must_use]
pub fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_nanos()).unwrap_or(i64::MAX))
}

/// Reads of the two clocks of which the quickest counts: one that was interrupted is off by the interruption.
const ATTEMPTS: usize = 5;

/// Turns CLOCK_BOOTTIME, which events carry, into wall time. The distance of the two is taken once, so that events
/// keep their intervals when the wall clock is set or steered meanwhile; [`Clock::drift`] tells by how much it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clock {
    /// Wall time minus boot time, nanoseconds.
    distance: i64,
}

impl Clock {
    /// Measures the distance.
    #[must_use]
    pub fn now() -> Self {
        let measure = || {
            let before = nanoseconds(clock_gettime(ClockId::Boottime));
            let wall = nanoseconds(clock_gettime(ClockId::Realtime));
            let after = nanoseconds(clock_gettime(ClockId::Boottime));
            (after - before, wall - before.midpoint(after))
        };
        let (_, distance) = (0..ATTEMPTS).map(|_| measure()).min().unwrap_or_default();
        Self { distance }
    }

    /// The wall time of an event.
    #[must_use]
    pub fn wall(&self, boottime: u64) -> Timestamp {
        Timestamp(self.distance.saturating_add_unsigned(boottime))
    }

    /// Nanoseconds the wall clock went forward against the events since this clock was taken; negative is back.
    #[must_use]
    pub fn drift(&self) -> i64 {
        Self::now().distance.saturating_sub(self.distance)
    }
}

/// CLOCK_BOOTTIME.
pub(super) fn boottime() -> u64 {
    u64::try_from(nanoseconds(clock_gettime(ClockId::Boottime))).unwrap_or(0)
}

fn nanoseconds(time: Timespec) -> i64 {
    time.tv_sec.saturating_mul(1_000_000_000).saturating_add(time.tv_nsec)
}

#[cfg(test)]
mod tests {
    use std::time::{SystemTime, UNIX_EPOCH};

    use super::*;

    #[test]
    fn now_reads_as_the_system_says() {
        let clock = Clock::now();
        let wall = clock.wall(boottime()).0;
        let system = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos();
        assert!(i64::try_from(system).unwrap().abs_diff(wall) < 1_000_000_000);
        assert!(clock.drift().abs() < 1_000_000_000);
    }

    #[test]
    fn intervals_stay_what_they_were() {
        let clock = Clock { distance: 1_700_000_000_000_000_000 };
        assert_eq!(clock.wall(5).since(clock.wall(2)), 3);
    }
}
