//! Lines of logs, made safe.
//!
//! Which lines: those the decoders' tables know, those of programs that are about iSCSI, and those of the kernel that
//! `allowed.toml` names because they explain what happened to iSCSI (a link that went down, a task that hung).
//!
//! Of each line, first what is known to be a secret is masked ([`crate::knobs::secrets`]), and what stands behind a word
//! that announces one ([`announced`]); then every word must be one
//! that iSCSI messages are made of ([`vocabulary`]), a number, an iSCSI name, an address, a device, or a name this
//! machine is known to have. Any other is replaced by its length.

mod announced;
mod vocabulary;
mod words;

use iscsi_decoders::log::{Kind, Line, LogEvent, Reader, Source};

use super::allowed::Allowed;
use super::item::Found;
use super::names::Names;
use crate::knobs::secrets;
pub(super) use vocabulary::Vocabulary;

/// Makes lines safe, one after the other.
pub(super) struct Filter<'a> {
    reader: Reader,
    names: &'a Names,
    /// Lines about other things, which were left out.
    pub passed_over: u64,
}

/// A line that may be copied.
pub(super) struct Safe {
    /// Nanoseconds since boot.
    pub boot: Option<i64>,
    /// Nanoseconds since the Unix epoch, where the line says so in UTC.
    pub wall: Option<i64>,
    /// The program that wrote it.
    pub source: Source,
    /// What it says.
    pub text: String,
}

impl<'a> Filter<'a> {
    pub fn new(names: &'a Names) -> Self {
        Self { reader: Reader::default(), names, passed_over: 0 }
    }

    /// What may be copied of a line, as `dmesg`, `/dev/kmsg`, `journalctl` or syslog print it.
    pub fn line(&mut self, bytes: &[u8], found: &mut Found) -> Option<Safe> {
        let line = self.reader.line(bytes);
        let safe = safe(&line, self.names, found);
        if safe.is_none() && !line.message.is_empty() {
            self.passed_over += 1;
        }
        let wall = line.times.wall.filter(|wall| wall.clock == iscsi_decoders::log::Clock::Utc);
        let (boot, wall) = (line.times.boot, wall.map(|wall| wall.ns));
        safe.map(|text| Safe { boot, wall, source: line.source, text })
    }
}

/// The text of a line as it may be copied; `None` if it is about something else.
fn safe(line: &Line<'_>, names: &Names, found: &mut Found) -> Option<String> {
    let masked = secrets::mask(line.message.trim());
    let masked = announced::mask(&masked);
    let line = Line { message: &masked, ..*line };
    let event = LogEvent::decode(&line);
    let ours = matches!(line.source, Source::Iscsid | Source::Iscsiadm | Source::Multipathd);
    if event.is_none() && !ours && !is_context(&line) {
        return None;
    }
    // These carry numbers as long as a secret may be; all of the line is known.
    let long_numbers = event.is_some_and(|event| {
        matches!(
            event.kind,
            Kind::PingTimeout(_)
                | Kind::IoError { .. }
                | Kind::BufferIoError { .. }
                | Kind::Capacity { .. }
        )
    });
    let function = match event.map(|event| event.kind) {
        Some(Kind::Debug { function }) => Some(function),
        _ => None,
    };
    Some(words::filter(&masked, words::Known { names, function, long_numbers }, found))
}

/// A message of a tracepoint as it may be copied.
pub(super) fn message(text: &str, names: &Names, found: &mut Found) -> String {
    let masked = secrets::mask(text);
    let masked = announced::mask(&masked);
    let function = masked.split(' ').find(|word| word.contains('_'));
    let function = function.filter(|name| {
        name.len() <= 48 && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
    });
    words::filter(&masked, words::Known { names, function, long_numbers: false }, found)
}

/// Whether a line of the kernel explains what happens to iSCSI.
fn is_context(line: &Line<'_>) -> bool {
    matches!(line.source, Source::Kernel | Source::Unknown)
        && Allowed::get().context.lines.iter().any(|format| fits(format, line.message))
}

/// `%*` stands for anything.
fn fits(format: &str, text: &str) -> bool {
    let mut parts = format.split("%*");
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else {
        return false;
    };
    let mut open = false;
    for part in parts {
        open = part.is_empty();
        match rest.find(part) {
            Some(at) => rest = rest.get(at + part.len()..).unwrap_or_default(),
            None => return false,
        }
    }
    open || rest.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn safe_text(line: &str) -> Option<String> {
        let names = Names::default();
        Filter::new(&names).line(line.as_bytes(), &mut Found::default()).map(|safe| safe.text)
    }

    #[test]
    fn lines_about_iscsi_stay_as_they_are() {
        for text in [
            "connection1:0: detected conn error (1020)",
            "connection9:0: ping timeout of 2 secs expired, recv timeout 2, last rx 4294914861, last ping 4294915362, now 4294915864",
            "session9: session recovery timed out after 4 secs",
            "sd 0:0:0:1: [sda] tag#12 FAILED Result: hostbyte=DID_NO_CONNECT driverbyte=DRIVER_OK cmd_age=0s",
            "scsi host0: iSCSI Initiator over TCP/IP",
        ] {
            let line = format!("[   67.320547] {text}");
            assert_eq!(safe_text(&line).as_deref(), Some(text));
        }
        assert_eq!(
            safe_text("iscsid[81]: Connection1:0 to [target: iqn.2024-01.lab:t, portal: 10.0.0.1,3260] through [iface: default] is operational now").as_deref(),
            Some("Connection1:0 to [target: iqn.2024-01.lab:t, portal: 10.0.0.1,3260] through [iface: default] is operational now")
        );
    }

    #[test]
    fn lines_that_explain_are_kept_and_others_are_not() {
        assert_eq!(
            safe_text("[ 1.0] e1000e 0000:00:1f.6 eno1: NIC Link is Down").as_deref(),
            Some("e1000e 0000:00:1f.6 eno1: NIC Link is Down")
        );
        for text in [
            "[ 1.0] usb 1-1: SerialNumber: canary",
            "[ 1.0] audit: user=ada",
            "cron[1]: (ada) CMD (x)",
        ] {
            assert_eq!(safe_text(text), None, "{text}");
        }
    }

    #[test]
    fn words_nobody_knows_are_replaced_by_their_length() {
        assert_eq!(
            safe_text("iscsid[81]: login with hunter2canary failed: 123456789012 s3cr-et")
                .as_deref(),
            Some("login with <13> failed: <12> <7>")
        );
        let masked = safe_text("iscsid[81]: Got key: CHAP_R=0x12canary").unwrap();
        assert!(!masked.contains("canary") && masked.contains("CHAP_R="), "{masked}");
    }

    #[test]
    fn formats_of_context_lines_fit_from_begin_to_end() {
        assert!(fits("%*Link is Down%*", "eth0: Link is Down"));
        assert!(fits("bond%*", "bond0: active"));
        assert!(!fits("bond%*", "vagabond"));
        assert!(!fits("a%*b", "a b c"));
        assert!(fits("a%*b%*", "a b c"));
    }
}
