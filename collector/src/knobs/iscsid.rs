//! The running iscsid's debug level.

use std::fs;

use crate::host::Roots;

/// The level iscsid was started with; `None` if it does not run.
pub fn level(roots: &Roots) -> Option<u32> {
    let processes = fs::read_dir(roots.path("/proc")).ok()?.flatten();
    processes.map(|entry| entry.path()).find_map(|process| {
        // Everything but processes has no comm.
        let name = fs::read_to_string(process.join("comm")).ok()?;
        if name.trim() != "iscsid" {
            return None;
        }
        let arguments = fs::read(process.join("cmdline")).ok()?;
        Some(of_arguments(&String::from_utf8_lossy(&arguments)))
    })
}

/// iscsid takes `-d 5`, `-d5`, `--debug 5` and `--debug=5`; the last counts.
fn of_arguments(arguments: &str) -> u32 {
    let mut level = 0;
    let mut words = arguments.split('\0').skip(1);
    while let Some(word) = words.next() {
        let value = match word {
            "-d" | "--debug" => words.next(),
            _ => word.strip_prefix("--debug=").or_else(|| word.strip_prefix("-d")),
        };
        if let Some(number) = value.and_then(|text| text.parse().ok()) {
            level = number;
        }
    }
    level
}

#[cfg(test)]
mod tests {
    use super::of_arguments;

    #[test]
    fn all_ways_to_write_the_level_are_read() {
        assert_eq!(of_arguments("/sbin/iscsid\0-f\0-d\x005\0"), 5);
        assert_eq!(of_arguments("iscsid\0-d8\0"), 8);
        assert_eq!(of_arguments("iscsid\0--debug=3\0--debug\x004\0"), 4);
        assert_eq!(of_arguments("iscsid\0-f\0"), 0);
        assert_eq!(of_arguments(""), 0);
    }
}
