//! The machine itself: kernel, distribution, programs; and the names it and its people have.

use super::super::files::{self, SETTINGS};
use super::super::item::Found;
use super::super::kind::Kind;
use super::super::names::Identity;
use super::super::setting::Setting;
use super::tables;

/// User ids below are the system's own.
const FIRST_PERSON: u32 = 1000;
const NOBODY: u32 = 65534;

pub(super) fn collect(setting: &Setting) -> Found {
    let mut found = tables::collect(setting, "machine");
    names(setting, &mut found);
    versions(setting, &mut found);
    found
}

/// Names that free text may have: they are read to be recognised, and not copied.
fn names(setting: &Setting, found: &mut Found) {
    let text = |path: &str| {
        files::read(&setting.roots().path(path), SETTINGS).map(|text| text.text).unwrap_or_default()
    };
    for host in [text("/etc/hostname"), text("/proc/sys/kernel/hostname")] {
        Kind::Host.admit(host.trim(), &mut found.names);
    }
    for line in text("/etc/hosts").lines() {
        let line = line.split('#').next().unwrap_or_default();
        for host in line.split_whitespace().skip(1).filter(|host| !host.contains("local")) {
            Kind::Host.admit(host, &mut found.names);
        }
    }
    for line in text("/etc/passwd").lines() {
        let mut fields = line.split(':');
        let (name, id) = (fields.next().unwrap_or_default(), fields.nth(1));
        let id = id.and_then(|id| id.parse::<u32>().ok());
        if id.is_some_and(|id| id >= FIRST_PERSON && id != NOBODY) {
            found.names.add(Identity::User, name);
        }
    }
}

fn versions(setting: &Setting, found: &mut Found) {
    let wish = &setting.wish;
    if !wish.programs.are_there() {
        return;
    }
    let mut text = String::new();
    for (program, option) in
        [("iscsid", "--version"), ("iscsiadm", "--version"), ("tgtd", "--version")]
    {
        let said = match wish.programs.run(program, &[option], wish.patience, &*wish.stop) {
            Ok(said) => said,
            Err(why) => {
                let is_there = !why.contains("not installed");
                let shown = if is_there { "unknown version" } else { "not installed" };
                text.push_str(&format!("{program}: {shown}\n"));
                if is_there {
                    found.missing(format!("{program} {option}"), why);
                }
                continue;
            }
        };
        // `iscsid version 2.1.8`
        let version = said
            .text
            .split_whitespace()
            .find(|word| word.starts_with(|char: char| char.is_ascii_digit()) && word.len() <= 24);
        let version =
            version.filter(|version| Kind::Word.admit(version, &mut found.names).is_some());
        text.push_str(&format!("{program}: {}\n", version.unwrap_or("unknown version")));
    }
    found.text("machine/programs.txt", "iscsid, iscsiadm, tgtd --version", text);
}
