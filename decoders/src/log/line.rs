use super::{
    json::{Fields, Raw},
    stamp,
    time::{Clock, Times, Wall},
};

/// Who wrote a line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Source {
    /// The line does not say (`journalctl -o cat`, `dmesg -t`): any message may stand in it.
    #[default]
    Unknown,
    /// The kernel.
    Kernel,
    /// The daemon that logs sessions in.
    Iscsid,
    /// The administration tool, or the unit that runs it at boot.
    Iscsiadm,
    /// The daemon that watches paths.
    Multipathd,
    /// Another program.
    Other,
}

impl Source {
    /// From a syslog tag or a unit's name, without the `[pid]`.
    fn from_tag(tag: &str) -> Self {
        match tag {
            "kernel" => Self::Kernel,
            "iscsid" | "iscsid.service" | "iscsid.socket" => Self::Iscsid,
            "iscsiadm" | "iscsi.service" | "open-iscsi.service" => Self::Iscsiadm,
            "multipathd" | "multipathd.service" => Self::Multipathd,
            _ => Self::Other,
        }
    }

    /// Its name in output, `None` for [`Source::Unknown`].
    pub fn name(self) -> Option<&'static str> {
        match self {
            Self::Unknown => None,
            Self::Kernel => Some("kernel"),
            Self::Iscsid => Some("iscsid"),
            Self::Iscsiadm => Some("iscsiadm"),
            Self::Multipathd => Some("multipathd"),
            Self::Other => Some("other"),
        }
    }
}

/// A log line without its prefix.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Line<'a> {
    /// When it was written.
    pub times: Times,
    /// The machine that wrote it, if the line names it.
    pub host: Option<&'a str>,
    /// The program that wrote it.
    pub source: Source,
    /// What was written, up to the first byte that is not UTF-8 (no message we know has any).
    pub message: &'a str,
}

/// Parses lines; keeps what one line of a journal entry tells about the next (`-o export`, `-o verbose`)
/// and a buffer for messages that must be unescaped.
#[derive(Debug, Default)]
pub struct Reader {
    scratch: String,
    entry: Times,
}

impl Reader {
    /// Takes the prefix off one line, given without its newline. A line in no known format is a message of
    /// an unknown source.
    pub fn line<'a>(&'a mut self, bytes: &'a [u8]) -> Line<'a> {
        let line = self.prefixed(bytes);
        match line.message.strip_prefix("iscsid: ") {
            // iscsid writes its name itself, and the log its tag.
            Some(message) if matches!(line.source, Source::Iscsid | Source::Unknown) => {
                Line { source: Source::Iscsid, message, ..line }
            }
            _ => line,
        }
    }

    fn prefixed<'a>(&'a mut self, bytes: &'a [u8]) -> Line<'a> {
        let text = bytes.utf8_chunks().next().map_or("", |chunk| chunk.valid());
        let text = text.trim_end();
        if text.starts_with('{') {
            return journal_json(text, &mut self.scratch);
        }
        if let Some(line) = self.journal_entry(text) {
            return line;
        }
        if let Some(line) = kmsg(text) {
            return line;
        }
        let text = level(text);
        let (times, text) = leading_stamp(text);
        let stamped = times.is_some();
        let times = times.unwrap_or_default();
        if let Some(mut line) = tagged(text, stamped) {
            if line.source == Source::Kernel {
                // Syslog keeps the kernel's own stamp inside the message.
                if let Some((inner, message)) = stamp::bracket(line.message) {
                    line.times.boot = inner.boot;
                    line.message = message;
                }
            }
            line.times = Times { boot: times.boot.or(line.times.boot), wall: times.wall };
            return line;
        }
        // Only the kernel's ring buffer has lines with a stamp and no tag.
        let source = if stamped { Source::Kernel } else { Source::Unknown };
        Line { times, host: None, source, message: text }
    }

    /// `journalctl -o export` and `-o verbose`: an entry is many lines, each a field.
    fn journal_entry<'a>(&mut self, text: &'a str) -> Option<Line<'a>> {
        if text.is_empty() {
            self.entry = Times::default();
            return None;
        }
        let field = text.trim_start();
        if let Some(message) = field.strip_prefix("MESSAGE=") {
            return Some(Line { times: self.entry, message, ..Line::default() });
        }
        if let Some(value) = field.strip_prefix("__REALTIME_TIMESTAMP=") {
            self.entry.wall = value.parse().ok().and_then(micros).map(utc);
        } else if let Some(value) = field.strip_prefix("__MONOTONIC_TIMESTAMP=") {
            self.entry.boot = value.parse().ok().and_then(micros);
        } else if text.ends_with(']') && text.contains(" [s=") {
            self.entry = stamp::full(text).map(|(times, _)| times).unwrap_or_default();
        }
        None
    }
}

fn utc(ns: i64) -> Wall {
    Wall { clock: Clock::Utc, ns, digits: 6 }
}

fn micros(us: i64) -> Option<i64> {
    us.checked_mul(1000)
}

fn journal_json<'a>(text: &'a str, scratch: &'a mut String) -> Line<'a> {
    let mut line = Line::default();
    let (mut message, mut tag, mut unit) = (None, None, None);
    for (key, value) in Fields::new(text).into_iter().flatten() {
        match (key, value) {
            ("MESSAGE", raw) => message = Some(raw),
            // The source's stamp is when it was written, the journal's when it arrived.
            ("_SOURCE_REALTIME_TIMESTAMP", raw) => {
                line.times.wall = raw.number().and_then(micros).map(utc)
            }
            ("__REALTIME_TIMESTAMP", raw) if line.times.wall.is_none() => {
                line.times.wall = raw.number().and_then(micros).map(utc);
            }
            ("_SOURCE_MONOTONIC_TIMESTAMP", raw) => line.times.boot = raw.number().and_then(micros),
            ("_TRANSPORT", Raw::Text("kernel")) => line.source = Source::Kernel,
            ("SYSLOG_IDENTIFIER", Raw::Text(name)) => tag = Some(name),
            ("_SYSTEMD_UNIT", Raw::Text(name)) => unit = Some(name),
            ("_HOSTNAME", Raw::Text(name)) => line.host = Some(name),
            _ => {}
        }
    }
    if line.source == Source::Unknown {
        let named = tag.or(unit).map(Source::from_tag);
        line.source = named.unwrap_or_default();
    }
    line.message = message.and_then(|raw| raw.text(scratch)).unwrap_or_default();
    line
}

/// `/dev/kmsg`: `6,1234,46318860,-;text`, the third field microseconds since boot.
fn kmsg(text: &str) -> Option<Line<'_>> {
    let (prefix, message) = text.split_once(';')?;
    let mut fields = prefix.split(',');
    let priority: u32 = fields.next()?.parse().ok()?;
    let _sequence: u64 = fields.next()?.parse().ok()?;
    let boot = micros(fields.next()?.parse().ok()?)?;
    fields.next()?;
    // The facility is above the three bits of the level; 0 is the kernel, others write through the device.
    let source = if priority >> 3 == 0 { Source::Kernel } else { Source::Unknown };
    let times = Times { boot: Some(boot), wall: None };
    match tagged(message, true) {
        Some(line) if source == Source::Unknown => Some(Line { times, ..line }),
        _ => Some(Line { times, host: None, source, message }),
    }
}

/// Takes off `<6>` (`dmesg -r`) or `kern  :info  : ` (`dmesg -x`).
fn level(text: &str) -> &str {
    const FACILITIES: [&str; 9] =
        ["kern", "user", "mail", "daemon", "auth", "syslog", "authpriv", "cron", "local"];
    let raw = || {
        let (level, rest) = text.strip_prefix('<')?.split_once('>')?;
        level.bytes().all(|byte| byte.is_ascii_digit()).then_some(rest)
    };
    let decoded = || {
        let (facility, rest) = text.split_once(':')?;
        let facility = facility.trim_end().trim_end_matches(|char: char| char.is_ascii_digit());
        let (level, rest) = rest.split_once(": ")?;
        let level = level.trim_end();
        let short = level.len() <= 6 && level.bytes().all(|byte| byte.is_ascii_lowercase());
        (FACILITIES.contains(&facility) && short && !level.is_empty()).then_some(rest)
    };
    raw().or_else(decoded).unwrap_or(text)
}

fn leading_stamp(text: &str) -> (Option<Times>, &str) {
    let stamped = stamp::bracket(text)
        .or_else(|| stamp::syslog(text))
        .or_else(|| stamp::iso(text))
        .or_else(|| stamp::full(text))
        .or_else(|| stamp::unix(text));
    match stamped {
        Some((times, rest)) => (Some(times), rest),
        None => (None, text),
    }
}

/// `iscsid[812]: message`, and behind a stamp also `host kernel: message`.
fn tagged(text: &str, stamped: bool) -> Option<Line<'_>> {
    let line = |host, text| {
        tag(text).map(|(source, message)| Line { times: Times::default(), host, source, message })
    };
    line(None, text).or_else(|| {
        let (host, rest) =
            text.split_once(' ').filter(|(host, _)| stamped && !host.ends_with(':'))?;
        line(Some(host), rest)
    })
}

/// Kernel messages look like tagged ones (`scsi host0: iSCSI ...`), so a tag counts only if it names a
/// program we know or carries a pid.
fn tag(text: &str) -> Option<(Source, &str)> {
    let (tag, message) = text.split_once(": ")?;
    let (name, pid) = match tag.split_once('[') {
        Some((name, pid)) => (name, Some(pid.strip_suffix(']')?)),
        None => (tag, None),
    };
    let is_pid =
        pid.is_some_and(|pid| !pid.is_empty() && pid.bytes().all(|byte| byte.is_ascii_digit()));
    let source = Source::from_tag(name);
    let plausible = !name.is_empty() && !name.contains(' ') && (is_pid || source != Source::Other);
    plausible.then_some((source, message))
}
