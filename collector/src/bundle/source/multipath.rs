//! Multipath: its configuration, and the maps as the daemon sees them.

use super::super::item::Found;
use super::super::kind::Kind;
use super::super::setting::Setting;
use super::tables;

pub(super) fn collect(setting: &Setting) -> Found {
    let mut found = tables::collect(setting, "multipath");
    let wish = &setting.wish;
    if !wish.programs.are_there() {
        return found;
    }
    // States of paths, and what a map does without any, are known to the daemon only.
    for table in [&PATHS, &MAPS] {
        let origin = format!("multipathd show {}", table.what);
        let format = ["show", table.what, "raw", "format", table.format];
        match wish.programs.run("multipathd", &format, wish.patience, &*wish.stop) {
            Ok(said) => {
                let lines = said.text.lines().filter_map(|line| table.line(line, &mut found));
                let text = format!("{}\n{}", table.heading, lines.collect::<String>());
                found.text(format!("multipath/{}.txt", table.what), origin.clone(), text);
                if let Some(complaint) = said.complaint {
                    found.missing(origin, complaint);
                }
            }
            Err(why) => {
                found.missing(origin, why);
                break;
            }
        }
    }
    found
}

/// What the daemon is asked for, and what its answers look like.
struct Table {
    what: &'static str,
    format: &'static str,
    heading: &'static str,
    kinds: &'static [Kind],
}

const PATHS: Table = Table {
    what: "paths",
    format: "%d|%i|%t|%T|%o|%m",
    heading: "device|address|dm state|checker state|device state|map",
    kinds: &[Kind::Word, Kind::Word, Kind::Word, Kind::Word, Kind::Word, Kind::Name],
};

/// `%Q` is what it does with commands when no path is left, `%0` how often a path failed.
const MAPS: Table = Table {
    what: "maps",
    format: "%n|%w|%d|%t|%N|%Q|%x|%0|%4",
    heading: "map|wwid|device|dm state|paths|queueing|failures|path faults|queue timeouts",
    kinds: &[
        Kind::Name,
        Kind::Serial,
        Kind::Word,
        Kind::Word,
        Kind::Number,
        Kind::Text,
        Kind::Word,
        Kind::Number,
        Kind::Number,
    ],
};

impl Table {
    /// `sdb|3:0:0:1|active|ready|running|mpatha`
    fn line(&self, line: &str, found: &mut Found) -> Option<String> {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        if cells.len() != self.kinds.len() {
            return None;
        }
        let cells = cells.iter().zip(self.kinds);
        let cells: Option<Vec<String>> =
            cells.map(|(cell, kind)| kind.admit(cell, &mut found.names)).collect();
        Some(cells?.join("|") + "\n")
    }
}
