//! Lines of `trace_pipe`.

use super::Line;

/// What a line tells.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Traced {
    /// An event.
    Event(Line),
    /// Events were overwritten before they were read.
    Lost(u64),
    /// The rest of a message that has line ends in it.
    Rest,
}

/// Reads `iscsid-812 [001] .....   63.318860: iscsi_dbg_trans_conn: connection1:0: ...`, or of the function tracer
/// `... 63.318860: iscsi_queuecommand <-scsi_queue_rq`.
pub(super) fn parse(line: &str) -> Traced {
    if let Some(count) = lost(line) {
        return Traced::Lost(count);
    }
    event(line).map_or(Traced::Rest, Traced::Event)
}

/// `CPU:1 [LOST 123 EVENTS]`
fn lost(line: &str) -> Option<u64> {
    let (_, rest) = line.strip_prefix("CPU:")?.split_once(" [LOST ")?;
    rest.strip_suffix(" EVENTS]")?.parse().ok()
}

fn event(line: &str) -> Option<Line> {
    // The command's name comes first and may hold anything, the processor's number in brackets too: the first place
    // where a processor, flags and a time follow each other is meant.
    let (time, text) = line.match_indices(" [").find_map(|(at, _)| {
        let (cpu, rest) = line.get(at + 2..)?.split_once("] ")?;
        if cpu.len() < 3 || !cpu.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let (_flags, rest) = rest.trim_start().split_once(' ')?;
        let (time, text) = rest.trim_start().split_once(": ")?;
        Some((nanoseconds(time)?, text))
    })?;
    let named = text.split_once(": ").or_else(|| Some((text.strip_suffix(':')?, "")));
    let named = named.filter(|(name, _)| !name.is_empty() && !name.contains(' '));
    let (event, text) = named.unwrap_or(("function", text));
    Some(Line { time, event: Some(event.to_owned()), text: text.trim().to_owned() })
}

/// `63.318860`, always six digits.
fn nanoseconds(time: &str) -> Option<i64> {
    let (seconds, micros) = time.split_once('.')?;
    let seconds: i64 = seconds.parse().ok()?;
    let micros: i64 = Some(micros).filter(|digits| digits.len() == 6)?.parse().ok()?;
    seconds.checked_mul(1_000_000_000)?.checked_add(micros * 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> Line {
        match parse(text) {
            Traced::Event(line) => line,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn an_event_is_its_time_its_name_and_its_text() {
        let line = line(
            "           iscsid-812     [001] .....    63.318860: iscsi_dbg_trans_conn: connection1:0: \
             iscsi_if_create_conn Completed creating transport conn",
        );
        assert_eq!(line.time, 63_318_860_000);
        assert_eq!(line.event.as_deref(), Some("iscsi_dbg_trans_conn"));
        assert_eq!(
            line.text,
            "connection1:0: iscsi_if_create_conn Completed creating transport conn"
        );
    }

    #[test]
    fn a_commands_name_may_look_like_anything() {
        let line = line(" a [b: 1] [00-9  [000] d.h1.    1.000001: scsi_eh_wakeup: host_no=3");
        assert_eq!((line.time, line.text.as_str()), (1_000_001_000, "host_no=3"));
    }

    #[test]
    fn the_function_tracer_has_no_event_name() {
        let line =
            line("  kworker/u4:1-35 [000] .....  7.000000: iscsi_queuecommand <-scsi_queue_rq");
        assert_eq!(line.event.as_deref(), Some("function"));
        assert_eq!(line.text, "iscsi_queuecommand <-scsi_queue_rq");
    }

    #[test]
    fn loss_is_counted_and_rests_are_told_apart() {
        assert_eq!(parse("CPU:1 [LOST 123 EVENTS]"), Traced::Lost(123));
        for rest in ["", "no event", "CPU:1 [LOST EVENTS]", "a [000] x 1.2: y"] {
            assert_eq!(parse(rest), Traced::Rest, "{rest}");
        }
    }
}
