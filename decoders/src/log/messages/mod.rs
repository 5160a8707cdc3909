//! The message tables: each text once, as the format string that prints it, beside what it means.
//!
//! A message is found by what stands before it (a connection, a disk, a driver's name), which picks the
//! tables, and then by the first format that reads the whole rest. Texts are the kernel's from 5.10 to 7.3
//! and open-iscsi's 2.1; where versions differ, both stand here.

mod core;
mod driver;
mod iscsid;
mod lio;
mod scsi;
mod storage;

use super::{
    drivers::Driver,
    event::{Kind, Layer, LogEvent, ScsiAddress, Subject},
    scan::{Args, scan},
};

/// One message of one program.
#[derive(Debug)]
pub struct Message {
    /// The text, as a format: `%d`, `%x` for numbers, `%s`, `%S` for words, `%*` for a rest that may be empty.
    pub format: &'static str,
    /// What it means, for a person.
    pub meaning: &'static str,
    /// The kernel error code (`enum iscsi_err`) the same function raises right after it.
    pub leads_to: Option<u32>,
    /// Of a target that refuses a login with these words, the login status that says the same (RFC 7143, 11.13.5):
    /// class in the upper byte, detail in the lower. What the target really answers may be less telling.
    pub refuses: Option<u32>,
    build: Build,
}

type Build = for<'a> fn(&mut Subject<'a>, &Args<'a>) -> Kind<'a>;

/// A message whose text says it all.
const fn note(format: &'static str, meaning: &'static str) -> Message {
    Message { format, meaning, leads_to: None, refuses: None, build: |_, _| Kind::Note }
}

/// A message that announces a connection error.
const fn leads_to(code: u32, format: &'static str, meaning: &'static str) -> Message {
    Message { format, meaning, leads_to: Some(code), refuses: None, build: |_, _| Kind::Note }
}

/// A message with values worth typing.
const fn typed(format: &'static str, meaning: &'static str, build: Build) -> Message {
    Message { format, meaning, leads_to: None, refuses: None, build }
}

/// A trace line: the function's name comes first, then whatever it traces.
static DEBUG: Message = typed(
    "%s %*",
    "A trace of this kernel function, printed because its debug parameter is on; not an error.",
    |_, args| Kind::Debug { function: args.text(0).trim_end_matches(':') },
);

/// The prefix says whose it is, but the text is in no table.
static UNKNOWN: Message =
    typed("%*", "Not a message this version knows; perhaps a newer kernel's.", |_, _| {
        Kind::Unknown
    });

impl Message {
    fn read<'a>(&'static self, text: &'a str, mut subject: Subject<'a>) -> Option<LogEvent<'a>> {
        let first = self.format.as_bytes().first();
        // Most formats are refused by their first letter, long before the scanner would.
        if first != Some(&b'%') && first != text.as_bytes().first() {
            return None;
        }
        let args = scan(self.format, text)?;
        let kind = (self.build)(&mut subject, &args);
        let layer = match kind {
            Kind::Target | Kind::Driver { driver: Driver::Isert, .. } => Layer::Target,
            _ => Layer::Initiator,
        };
        Some(LogEvent { layer, subject, kind, message: self })
    }
}

/// As [`find`], for texts that any disk's line can bear.
fn find_storage<'a>(
    table: &'static [Message],
    text: &'a str,
    subject: Subject<'a>,
) -> Option<LogEvent<'a>> {
    find(table, text, subject).map(|event| LogEvent { layer: Layer::Storage, ..event })
}

fn find<'a>(
    table: &'static [Message],
    text: &'a str,
    subject: Subject<'a>,
) -> Option<LogEvent<'a>> {
    table.iter().find_map(|message| message.read(text, subject))
}

/// A message of the kernel.
pub(super) fn kernel(text: &str) -> Option<LogEvent<'_>> {
    if let Some((subject, text)) = connection(text).or_else(|| session(text)) {
        // Old kernels named the module as well.
        let named = text.strip_prefix("iscsi: ").unwrap_or(text);
        return find(core::PREFIXED, named, subject)
            .or_else(|| find(core::PLAIN, text, subject))
            .or_else(|| driver::on_connection(text, subject))
            .or_else(|| traced(text, subject))
            .or_else(|| UNKNOWN.read(text, subject));
    }
    if let Some((host, text)) = scsi_host(text) {
        let subject = Subject { host: Some(host), ..Subject::default() };
        return driver::on_host(text, subject)
            .or_else(|| find_storage(core::ON_HOST, text, subject));
    }
    if let Some((subject, text)) = unit(text) {
        return find_storage(scsi::ON_UNIT, text, subject);
    }
    driver::plain(text)
        .or_else(|| find(core::PLAIN, text, Subject::default()))
        .or_else(|| find(lio::PLAIN, text, Subject::default()))
        .or_else(|| storage::plain(text))
}

/// A message of `iscsid`.
pub(super) fn iscsid(text: &str) -> Option<LogEvent<'_>> {
    find(iscsid::DAEMON, text, Subject::default())
}

/// A message of `iscsiadm`.
pub(super) fn iscsiadm(text: &str) -> Option<LogEvent<'_>> {
    find(iscsid::ADMIN, text, Subject::default())
}

/// A message of `multipathd`.
pub(super) fn multipathd(text: &str) -> Option<LogEvent<'_>> {
    find_storage(storage::MULTIPATHD, text, Subject::default())
}

/// Every message there is, for tests and for whoever lists them.
pub fn all() -> impl Iterator<Item = &'static Message> {
    let tables = [
        core::PREFIXED,
        core::PLAIN,
        core::ON_HOST,
        scsi::ON_UNIT,
        storage::PLAIN,
        storage::MULTIPATHD,
        lio::PLAIN,
        iscsid::DAEMON,
        iscsid::ADMIN,
    ];
    tables.into_iter().chain(driver::tables()).flatten()
}

/// `connection1:0: `; the kernel prints a blank before it, already taken off here.
fn connection(text: &str) -> Option<(Subject<'_>, &str)> {
    let (numbers, rest) = text.strip_prefix("connection")?.split_once(": ")?;
    let (session, connection) = numbers.split_once(':')?;
    let subject = Subject {
        session: Some(session.parse().ok()?),
        connection: Some(connection.parse().ok()?),
        ..Subject::default()
    };
    Some((subject, rest.trim_start()))
}

/// `session1: `
fn session(text: &str) -> Option<(Subject<'_>, &str)> {
    let (number, rest) = text.strip_prefix("session")?.split_once(": ")?;
    Some((Subject { session: Some(number.parse().ok()?), ..Subject::default() }, rest.trim_start()))
}

/// `scsi host0: `
fn scsi_host(text: &str) -> Option<(u32, &str)> {
    let (number, rest) = text.strip_prefix("scsi host")?.split_once(": ")?;
    Some((number.parse().ok()?, rest))
}

/// `sd 0:0:0:1: [sda] tag#12 `: the upper driver, the address, and what the SCSI core puts before a text.
fn unit(text: &str) -> Option<(Subject<'_>, &str)> {
    const DRIVERS: [&str; 8] = ["sd", "scsi", "sr", "st", "ch", "ses", "sg", "device"];
    let (driver, rest) = text.split_once(' ')?;
    let (address, mut rest) = rest.split_once(": ")?;
    let address = ScsiAddress::parse(address).filter(|_| DRIVERS.contains(&driver))?;
    let mut disk = None;
    if let Some((name, after)) = rest.strip_prefix('[').and_then(|text| text.split_once("] ")) {
        disk = Some(name);
        rest = after;
    }
    if let Some((_, after)) = rest.strip_prefix("tag#").and_then(|text| text.split_once(' ')) {
        rest = after;
    }
    let subject =
        Subject { host: Some(address.host), address: Some(address), disk, ..Subject::default() };
    Some((subject, rest))
}

/// The debug macros of libiscsi put `__func__` first; a function's name has a low line and no spaces.
fn traced<'a>(text: &'a str, subject: Subject<'a>) -> Option<LogEvent<'a>> {
    let word = text.split(' ').next()?.trim_end_matches(':');
    let letters = word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if letters && word.contains('_') { DEBUG.read(text, subject) } else { None }
}

#[cfg(test)]
mod tests;
