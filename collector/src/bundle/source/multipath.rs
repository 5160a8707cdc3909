//! Multipath: its configuration, and the maps as the daemon sees them.

use super::super::item::Found;
use super::super::setting::Setting;
use super::tables;

pub(super) fn collect(setting: &Setting) -> Found {
    let mut found = tables::collect(setting, "multipath");
    let wish = &setting.wish;
    if !wish.programs.are_there() {
        return found;
    }
    // States of paths are known to the daemon only; the maps themselves are in sysfs.
    let format = ["show", "paths", "raw", "format", "%d|%i|%t|%T|%o|%m"];
    match wish.programs.run("multipathd", &format, wish.patience, &*wish.stop) {
        Ok(said) => {
            let mut text = "device|address|dm state|checker state|device state|map\n".to_owned();
            for line in said.text.lines() {
                if let Some(line) = path(line, &mut found) {
                    text.push_str(&line);
                }
            }
            found.text("multipath/paths.txt", "multipathd show paths", text);
            if let Some(complaint) = said.complaint {
                found.missing("multipathd show paths", complaint);
            }
        }
        Err(why) => found.missing("multipathd show paths", why),
    }
    found
}

/// `sdb|3:0:0:1|active|ready|running|mpatha`
fn path(line: &str, found: &mut Found) -> Option<String> {
    use super::super::kind::Kind;
    let cells: Vec<&str> = line.split('|').map(str::trim).collect();
    let kinds = [Kind::Word, Kind::Word, Kind::Word, Kind::Word, Kind::Word, Kind::Name];
    if cells.len() != kinds.len() {
        return None;
    }
    let cells: Option<Vec<String>> =
        cells.iter().zip(kinds).map(|(cell, kind)| kind.admit(cell, &mut found.names)).collect();
    Some(cells?.join("|") + "\n")
}
