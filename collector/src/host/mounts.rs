//! Mounts and swaps (`proc(5)`: `/proc/self/mountinfo`, `/proc/swaps`).

use std::collections::HashMap;
use std::fs;

use super::roots::Roots;

/// Who uses which block device.
#[derive(Debug, Default)]
pub struct Mounts {
    /// By `major:minor`.
    by_numbers: HashMap<String, Usage>,
    /// By path under `/dev`: swaps, and file systems with device numbers of their own (btrfs).
    by_path: HashMap<String, Usage>,
}

/// How a block device is used.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Where it is mounted, in the order of mounting.
    pub mounted_at: Vec<String>,
    /// Whether the kernel swaps to it, or to a file on it.
    pub swap: bool,
}

impl Mounts {
    /// Reads both lists; one that cannot be read is empty.
    #[must_use]
    pub fn read(roots: &Roots) -> Self {
        let text = |path| fs::read_to_string(roots.path(path)).unwrap_or_default();
        Self::parse(&text("/proc/self/mountinfo"), &text("/proc/swaps"))
    }

    /// From the text of both.
    #[must_use]
    pub fn parse(mountinfo: &str, swaps: &str) -> Self {
        let mut mounts = Self::default();
        for line in mountinfo.lines() {
            mounts.mount(line);
        }
        for line in swaps.lines().skip(1) {
            mounts.swap(line);
        }
        mounts
    }

    /// The use of the device with these numbers and names.
    #[must_use]
    pub fn of(&self, numbers: &str, name: &str, mapper_name: Option<&str>) -> Option<&Usage> {
        self.by_numbers
            .get(numbers)
            .or_else(|| self.by_path.get(&format!("/dev/{name}")))
            .or_else(|| self.by_path.get(&format!("/dev/mapper/{}", mapper_name?)))
    }

    /// `36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw`
    fn mount(&mut self, line: &str) -> Option<()> {
        let (before, after) = line.split_once(" - ")?;
        let mut before = before.split(' ');
        let numbers = before.nth(2)?;
        let place = unescape(before.nth(1)?);
        let source = unescape(after.split(' ').nth(1)?);
        if source.starts_with("/dev/") {
            self.by_path.entry(source).or_default().mounted_at.push(place.clone());
        }
        self.by_numbers.entry(numbers.to_owned()).or_default().mounted_at.push(place);
        Some(())
    }

    /// `/dev/dm-1   partition   1048572 0   -2`
    fn swap(&mut self, line: &str) -> Option<()> {
        let mut columns = line.split_whitespace();
        let path = unescape(columns.next()?);
        if columns.next()? == "file" {
            for usages in [&mut self.by_numbers, &mut self.by_path] {
                // The mount the file lies in is the longest that its path begins with.
                let depth = |usage: &Usage| {
                    usage.mounted_at.iter().filter_map(|m| depth_in(m, &path)).max()
                };
                let nearest = usages.values_mut().max_by_key(|usage| depth(usage));
                if let Some(usage) = nearest.filter(|usage| depth(usage).is_some()) {
                    usage.swap = true;
                }
            }
            return Some(());
        }
        // A swap device may be known by its numbers already, mounted it is not.
        self.by_path.entry(path).or_default().swap = true;
        Some(())
    }
}

/// How much of a path is a mount point's, if the path lies in it.
fn depth_in(mount: &str, path: &str) -> Option<usize> {
    let mount = mount.trim_end_matches('/');
    path.strip_prefix(mount).is_some_and(|rest| rest.starts_with('/')).then_some(mount.len())
}

/// The kernel writes blanks, tabs, line ends and backslashes as three octal digits.
fn unescape(text: &str) -> String {
    let mut parts = text.split('\\');
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (code, rest) = part.split_at_checked(3).unwrap_or(("", part));
        match u8::from_str_radix(code, 8) {
            Ok(byte) => plain.push(char::from(byte)),
            Err(_) => {
                plain.push('\\');
                plain.push_str(code);
            }
        }
        plain.push_str(rest);
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOUNTINFO: &str = "\
        22 1 254:1 / / rw,relatime shared:1 - ext4 /dev/mapper/vg-root rw\n\
        30 22 8:17 / /srv/with\\040blank rw - xfs /dev/sdb1 rw\n\
        31 22 8:17 /sub /mnt rw - xfs /dev/sdb1 rw\n\
        32 22 0:40 / /pool rw - btrfs /dev/sdc rw\n\
        33 22 0:5 / /dev rw - devtmpfs udev rw\n";
    const SWAPS: &str = "Filename\tType\tSize\tUsed\tPriority\n\
        /dev/dm-3 partition 1048572 0 -2\n/pool/swap\\040file file 1024 0 -3\n";

    fn usage(numbers: &str, name: &str, mapper_name: Option<&str>) -> Option<(Vec<String>, bool)> {
        let mounts = Mounts::parse(MOUNTINFO, SWAPS);
        mounts.of(numbers, name, mapper_name).map(|usage| (usage.mounted_at.clone(), usage.swap))
    }

    #[test]
    fn devices_are_found_by_numbers_or_by_path() {
        let srv = vec!["/srv/with blank".to_owned(), "/mnt".to_owned()];
        assert_eq!(usage("8:17", "sdb1", None), Some((srv, false)));
        assert_eq!(usage("254:1", "dm-1", Some("vg-root")), Some((vec!["/".to_owned()], false)));
        assert_eq!(usage("254:3", "dm-3", None), Some((vec![], true)));
        assert_eq!(usage("8:64", "sde", None), None);
    }

    #[test]
    fn a_swap_file_counts_for_the_device_it_lies_on() {
        assert_eq!(usage("8:32", "sdc", None), Some((vec!["/pool".to_owned()], true)));
    }

    #[test]
    fn nonsense_is_passed_over() {
        let mounts = Mounts::parse("a b\n\n1 2 3\n - \n", "x\n\ny\n");
        assert!(mounts.of("3", "y", None).is_none());
        assert_eq!(unescape("a\\04"), "a\\04");
        assert_eq!(unescape("\\134"), "\\");
    }
}
