//! File systems on block devices, and swap.

use super::super::allowed::Allowed;
use super::super::files::{self, SETTINGS};
use super::super::item::Found;
use super::super::kind::Kind;
use super::super::setting::Setting;

pub(super) fn collect(setting: &Setting) -> Found {
    let mut found = Found::default();
    for (path, line) in [
        ("proc/self/mountinfo", mount as fn(&str, &mut Found) -> Option<String>),
        ("proc/swaps", swap),
    ] {
        match files::read(&setting.on_machine(path), SETTINGS) {
            Ok(text) => {
                let kept: Vec<String> =
                    text.text.lines().filter_map(|text| line(text, &mut found)).collect();
                let text = kept.iter().map(|line| format!("{line}\n")).collect();
                found.text(format!("root/{path}"), format!("/{path}"), text);
            }
            Err(error) => {
                found
                    .missing(format!("/{path}"), files::why(&error).unwrap_or("absent".to_owned()));
            }
        }
    }
    found
}

/// `36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw`: of file systems on devices; options by the table.
fn mount(line: &str, found: &mut Found) -> Option<String> {
    let (before, after) = line.split_once(" - ")?;
    let before: Vec<&str> = before.split(' ').collect();
    let after: Vec<&str> = after.split(' ').collect();
    let ([id, above, numbers, _root, place, options, ..], [kind, source, more]) =
        (before.as_slice(), after.as_slice())
    else {
        return None;
    };
    if !source.starts_with("/dev/") {
        return None;
    }
    let is_plain = [id, above, numbers]
        .iter()
        .all(|text| Kind::Numbers.admit(text, &mut found.names).is_some())
        && Kind::Word.admit(kind, &mut found.names).is_some();
    if !is_plain {
        return None;
    }
    let source = Kind::Path.admit(source, &mut found.names)?;
    let place = Kind::Path.admit(place, &mut found.names)?;
    let (options, more) = (self::options(options, found), self::options(more, found));
    Some(format!("{id} {above} {numbers} / {place} {options} - {kind} {source} {more}"))
}

/// Mount options that `allowed.toml` names; others have had passwords in them.
fn options(text: &str, found: &mut Found) -> String {
    let Some(table) = Allowed::get().shared("mount_options") else { return String::new() };
    let kept: Vec<&str> = text
        .split(',')
        .filter(|option| {
            let (name, value) = option.split_once('=').unwrap_or((option, ""));
            let is_safe =
                table.get(name).is_some_and(|kind| kind.admit(value, &mut found.names).is_some());
            found.masked += u64::from(!is_safe);
            is_safe
        })
        .collect();
    kept.join(",")
}

/// `/dev/dm-1   partition   1048572 0   -2`, under a heading.
fn swap(line: &str, found: &mut Found) -> Option<String> {
    const HEADING: &str = "Filename\tType\tSize\tUsed\tPriority";
    let words: Vec<&str> = line.split_whitespace().collect();
    let [path, kind, numbers @ ..] = words.as_slice() else { return None };
    if *path == "Filename" {
        return Some(HEADING.to_owned());
    }
    let path = Kind::Path.admit(path, &mut found.names)?;
    let kind = Kind::Word.admit(kind, &mut found.names)?;
    let numbers = Kind::Numbers.admit(&numbers.join(" "), &mut found.names)?;
    Some(format!("{path} {kind} {numbers}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mounts_of_devices_stay_without_options_nobody_knows() {
        let mut found = Found::default();
        let line = "36 35 8:17 /sub /srv/orders rw,noatime,user=ada master:1 - ext4 /dev/sdb1 rw,password=canary,errors=remount-ro";
        assert_eq!(
            mount(line, &mut found).as_deref(),
            Some("36 35 8:17 / /srv/orders rw,noatime - ext4 /dev/sdb1 rw,errors=remount-ro")
        );
        assert_eq!(found.masked, 2);
        assert_eq!(
            mount("30 22 0:40 / /x rw - cifs //server/share rw,password=canary", &mut found),
            None
        );
    }

    #[test]
    fn swaps_stay() {
        let mut found = Found::default();
        assert_eq!(
            swap("/dev/dm-1  partition  1048572 0 -2", &mut found).as_deref(),
            Some("/dev/dm-1 partition 1048572 0 -2")
        );
    }
}
