//! What programs about iSCSI wrote: the journal, or where there is none the files of syslog.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};

use iscsi_decoders::log::Source;

use super::super::files;
use super::super::item::Found;
use super::super::log::{Filter, Safe};
use super::super::setting::Setting;

/// Where it is put.
pub(super) const MEMBER: &str = "log/journal.log";
/// Without `--since`: nanoseconds the journal goes back.
const WINDOW: i64 = 24 * 3600 * 1_000_000_000;
/// More of a file's end is not looked at.
const MOST: u64 = 16 << 20;
const UNITS: [&str; 7] = [
    "iscsid.service",
    "iscsid.socket",
    "iscsi.service",
    "open-iscsi.service",
    "iscsiuio.service",
    "multipathd.service",
    "tgt.service",
];
const FILES: [&str; 5] = [
    "var/log/messages",
    "var/log/syslog",
    "var/log/daemon.log",
    "var/log/iscsid.log",
    "var/log/kern.log",
];

pub(super) fn collect(setting: &Setting) -> Found {
    let mut found = Found::default();
    let wish = &setting.wish;
    if wish.programs.are_there() {
        let since = wish.since.map_or(wish.now.0.saturating_sub(WINDOW), |since| since.0);
        let since = format!("--since=@{}", since.div_euclid(1_000_000_000));
        let mut arguments = vec![
            "--no-pager",
            "-q",
            "-o",
            "json",
            "--output-fields=MESSAGE,SYSLOG_IDENTIFIER,_SYSTEMD_UNIT,_TRANSPORT",
            &since,
        ];
        for unit in UNITS {
            arguments.extend(["-u", unit]);
        }
        match wish.programs.run("journalctl", &arguments, wish.patience, &*wish.stop) {
            Ok(said) => {
                if let Some(complaint) = said.complaint {
                    found.missing("journalctl", complaint);
                }
                if !wish.roots.is_machine() || rustix::process::geteuid().is_root() {
                    keep(setting, &said.text, "journalctl -u iscsid -u multipathd ...", &mut found);
                } else {
                    keep(
                        setting,
                        &said.text,
                        "journalctl (without root, perhaps not all)",
                        &mut found,
                    );
                }
            }
            Err(why) => found.missing("journalctl (log of iscsid)", why),
        }
    }
    if found.items.is_empty() {
        let mut all = String::new();
        for path in FILES {
            match tail(setting, path) {
                Ok(text) => all.push_str(&text),
                Err(error) => {
                    if let Some(why) = files::why(&error) {
                        found.missing(format!("/{path}"), why);
                    }
                }
            }
        }
        keep(setting, &all, "/var/log", &mut found);
    }
    found
}

fn keep(setting: &Setting, text: &str, origin: &str, found: &mut Found) {
    let mut filter = Filter::new(&setting.names);
    let mut kept = String::new();
    for line in text.lines() {
        let Some(safe) = filter.line(line.as_bytes(), found) else { continue };
        // The kernel's own are in its log.
        if safe.source != Source::Kernel {
            kept.push_str(&rendered(&safe));
        }
    }
    found.text(MEMBER, origin, kept);
}

/// As journalctl's `short-iso-precise`, in UTC; without a time where the line has none we can trust.
fn rendered(safe: &Safe) -> String {
    let program = safe.source.name().unwrap_or("unknown");
    let time = safe.wall.map(|ns| format!("{} ", super::super::time::precise(ns)));
    format!("{}{program}: {}\n", time.unwrap_or_default(), safe.text)
}

/// The end of a file.
fn tail(setting: &Setting, path: &str) -> std::io::Result<String> {
    let path = setting.on_machine(path);
    if !path.metadata()?.is_file() {
        return Err(std::io::Error::other("it is no regular file"));
    }
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(MOST)))?;
    let mut bytes = Vec::new();
    file.take(MOST).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned() + "\n")
}
