//! The time stamps log lines begin with. Each function takes a text and returns the stamp and what follows.

use super::{
    civil::{self, SECOND},
    time::{Clock, Times, Wall},
};

const WEEKDAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// `[   46.318860] `, `[Sat Nov 22 12:00:01 2025] `, and their kin with a second bracket for the printing
/// task (`CONFIG_PRINTK_CALLER`) or a difference (`dmesg -d`: `[   46.318860 <    0.000012>] `).
pub(super) fn bracket(text: &str) -> Option<(Times, &str)> {
    let (inside, rest) = text.strip_prefix('[')?.split_once(']')?;
    let times = boot(inside).or_else(|| human(inside)).or_else(|| relative(inside))?;
    Some((times, caller(rest)))
}

fn boot(inside: &str) -> Option<Times> {
    let (ns, digits, rest) = civil::seconds(inside.trim_start())?;
    let plain = rest.is_empty() || rest.starts_with(" <") && rest.ends_with('>');
    (digits > 0 && plain).then_some(Times { boot: Some(ns), wall: None })
}

/// `dmesg -T`: the C library's `ctime`, in the reader's time zone.
fn human(inside: &str) -> Option<Times> {
    let (weekday, date) = inside.split_once(' ')?;
    let (month, rest) = date.split_once(' ')?;
    let (day, rest) = civil::number(rest.trim_start())?;
    let (time, digits, rest) = civil::time_of_day(rest.strip_prefix(' ')?)?;
    let (year, rest) = civil::number(rest.strip_prefix(' ')?)?;
    let days = civil::days(year, civil::month(month)?, day)?;
    (WEEKDAYS.contains(&weekday) && rest.is_empty())
        .then(|| wall(Clock::Local, days * civil::DAY + time, digits))
}

/// `dmesg -e` prints `[Nov22 12:00]` once a minute and `[  +0.000012]` between: no usable time, but a stamp.
fn relative(inside: &str) -> Option<Times> {
    let delta = inside.trim_start().strip_prefix('+').and_then(civil::seconds);
    let minute = || {
        let (date, time) = inside.split_once(' ')?;
        let (month, day) = date.split_at_checked(3)?;
        civil::month(month)?;
        civil::number(day)?;
        time.contains(':').then_some(())
    };
    (delta.is_some() || minute().is_some()).then_some(Times::default())
}

fn caller(rest: &str) -> &str {
    let inside = rest.trim_start().strip_prefix('[').and_then(|text| text.split_once(']'));
    let is_caller = |id: &str| {
        id.trim_start()
            .strip_prefix(['T', 'C'])
            .is_some_and(|number| civil::number(number).is_some_and(|(_, rest)| rest.is_empty()))
    };
    let rest = match inside {
        Some((id, after)) if is_caller(id) => after,
        _ => rest,
    };
    rest.strip_prefix(' ').unwrap_or(rest)
}

/// Classic syslog and `journalctl -o short[-precise]`: `Nov 22 12:00:01`, the year left out.
pub(super) fn syslog(text: &str) -> Option<(Times, &str)> {
    let (month, rest) = text.split_once(' ')?;
    let month = civil::month(month)?;
    let (day, rest) = civil::number(rest.trim_start())?;
    let (time, digits, rest) = civil::time_of_day(rest.strip_prefix(' ')?)?;
    let days = civil::days(2000, month, day)?.checked_sub(civil::days(2000, 1, 1)?)?;
    Some((wall(Clock::NoYear, days * civil::DAY + time, digits), rest.strip_prefix(' ')?))
}

/// ISO 8601 as rsyslog, `dmesg --time-format iso` (comma, no `T` trouble) and `journalctl -o short-iso` write
/// it: `2025-11-22T12:00:01,318860+01:00`, offset with or without colon, or `Z`.
pub(super) fn iso(text: &str) -> Option<(Times, &str)> {
    let (days, rest) = date(text)?;
    let (time, digits, rest) = civil::time_of_day(rest.strip_prefix('T')?)?;
    let (offset, rest) = offset(rest)?;
    Some((wall(Clock::Utc, days * civil::DAY + time - offset, digits), rest.strip_prefix(' ')?))
}

/// `journalctl -o short-full` and `with-unit`: `Sat 2025-11-22 12:00:01 CET`; the zone's name is not unique.
pub(super) fn full(text: &str) -> Option<(Times, &str)> {
    let (weekday, rest) = text.split_once(' ')?;
    if !WEEKDAYS.contains(&weekday) {
        return None;
    }
    let (days, rest) = date(rest)?;
    let (time, digits, rest) = civil::time_of_day(rest.strip_prefix(' ')?)?;
    let (zone, rest) = rest.strip_prefix(' ')?.split_once(' ')?;
    let clock = if zone == "UTC" { Clock::Utc } else { Clock::Local };
    Some((wall(clock, days * civil::DAY + time, digits), rest))
}

/// `journalctl -o short-unix`: seconds since the epoch with six digits.
pub(super) fn unix(text: &str) -> Option<(Times, &str)> {
    let (ns, digits, rest) = civil::seconds(text)?;
    let plausible = digits == 6 && ns >= 100_000_000 * SECOND;
    plausible.then_some((wall(Clock::Utc, ns, digits), rest.strip_prefix(' ')?))
}

fn wall(clock: Clock, ns: i64, digits: u8) -> Times {
    Times { boot: None, wall: Some(Wall { clock, ns, digits }) }
}

fn date(text: &str) -> Option<(i64, &str)> {
    let (year, rest) = civil::number(text)?;
    let (month, rest) = civil::number(rest.strip_prefix('-')?)?;
    let (day, rest) = civil::number(rest.strip_prefix('-')?)?;
    Some((civil::days(year, month, day)?, rest))
}

/// Nanoseconds east of UTC.
fn offset(text: &str) -> Option<(i64, &str)> {
    if let Some(rest) = text.strip_prefix('Z') {
        return Some((0, rest));
    }
    let sign = match text.chars().next()? {
        '+' => 1,
        '-' => -1,
        _ => return None,
    };
    let (hours, rest) = text.split_at_checked(1)?.1.split_at_checked(2)?;
    let (minutes, rest) = rest.strip_prefix(':').unwrap_or(rest).split_at_checked(2)?;
    let hours: i64 = hours.parse().ok()?;
    let minutes: i64 = minutes.parse().ok()?;
    Some((sign * (hours * 3600 + minutes * 60) * SECOND, rest))
}
