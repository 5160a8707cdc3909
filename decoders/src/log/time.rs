use super::civil::DAY;

/// What the wall clock time of a log line counts from; two times compare only on the same clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clock {
    /// UTC: the line gave an offset, or the journal's own time stamp was there.
    Utc,
    /// Local time of a machine whose zone the line does not tell (`dmesg -T`, `short-full`).
    Local,
    /// As [`Clock::Local`], and the year is missing (classic syslog, `journalctl -o short`).
    NoYear,
}

/// A wall clock time as printed in a log line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wall {
    /// What it counts from.
    pub clock: Clock,
    /// Nanoseconds since 1970-01-01 00:00 on that clock; for [`Clock::NoYear`] since 1 January of a leap year.
    pub ns: i64,
    /// Digits after the second that the line printed, 0..=9: how exact a difference can be.
    pub digits: u8,
}

/// When a line was written, as far as it says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Times {
    /// Nanoseconds since boot, from the kernel's own stamp (`[   46.318860]`).
    pub boot: Option<i64>,
    /// Wall clock time.
    pub wall: Option<Wall>,
}

/// The span between two log lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Nanoseconds; negative if the later line bears the earlier time.
    pub ns: i64,
    /// Digits after the second that both lines printed.
    pub digits: u8,
}

/// Kernel stamps have microseconds.
const BOOT_DIGITS: u8 = 6;

impl Times {
    /// The time from `earlier` to `self`, or `None` if the two lines share no clock.
    ///
    /// The kernel's stamp is preferred, it does not jump; but it starts again at a reboot, so where it runs
    /// backwards the wall clock decides.
    pub fn since(&self, earlier: &Self) -> Option<Span> {
        let boot = self.boot.zip(earlier.boot).map(|(later, earlier)| Span {
            ns: later.saturating_sub(earlier),
            digits: BOOT_DIGITS,
        });
        let wall = self.wall.zip(earlier.wall).and_then(|(later, earlier)| later.since(earlier));
        match (boot, wall) {
            (Some(boot), Some(wall)) if boot.ns < 0 => Some(wall),
            (Some(boot), _) => Some(boot),
            (None, wall) => wall,
        }
    }
}

impl Wall {
    fn since(self, earlier: Self) -> Option<Span> {
        const LEAP_YEAR: i64 = 366 * DAY;
        if self.clock != earlier.clock {
            return None;
        }
        let mut ns = self.ns.saturating_sub(earlier.ns);
        // 31 December to 1 January: without a year the new year seems to lie before the old one.
        if self.clock == Clock::NoYear && ns < -LEAP_YEAR / 2 {
            ns += LEAP_YEAR;
        }
        Some(Span { ns, digits: self.digits.min(earlier.digits) })
    }
}

#[cfg(test)]
mod tests {
    use super::{super::civil::SECOND, *};

    fn wall(clock: Clock, ns: i64) -> Times {
        Times { boot: None, wall: Some(Wall { clock, ns, digits: 0 }) }
    }

    #[test]
    fn the_kernels_stamp_wins_over_a_coarse_wall_clock() {
        let earlier = Times { boot: Some(1_000_000), ..wall(Clock::Utc, 0) };
        let later = Times { boot: Some(3_000_000), ..wall(Clock::Utc, SECOND) };
        assert_eq!(later.since(&earlier), Some(Span { ns: 2_000_000, digits: 6 }));
    }

    #[test]
    fn a_reboot_between_two_lines_is_bridged_by_the_wall_clock() {
        let earlier = Times { boot: Some(900 * SECOND), ..wall(Clock::Utc, 0) };
        let later = Times { boot: Some(3 * SECOND), ..wall(Clock::Utc, 60 * SECOND) };
        assert_eq!(later.since(&earlier).map(|span| span.ns), Some(60 * SECOND));
    }

    #[test]
    fn times_of_different_clocks_have_no_difference() {
        assert_eq!(wall(Clock::Utc, 5).since(&wall(Clock::Local, 3)), None);
        assert_eq!(Times::default().since(&wall(Clock::Utc, 0)), None);
    }

    #[test]
    fn new_year_without_a_year_is_one_second_not_minus_a_year() {
        let last = wall(Clock::NoYear, (366 * 86_400 - 1) * SECOND);
        assert_eq!(wall(Clock::NoYear, 0).since(&last).map(|span| span.ns), Some(SECOND));
    }
}
