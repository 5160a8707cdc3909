//! Captures and recordings, without user data and secrets, as recordings of ours.

use std::fs::File;
use std::io::{BufReader, Read};

use super::super::item::{Content, Found};
use super::super::kind::Kind;
use super::super::recording;
use super::super::setting::Setting;

/// The folder of recordings.
pub(in crate::bundle) const FOLDER: &str = "recordings/";

pub(super) fn collect(setting: &Setting) -> Found {
    let mut found = Found::default();
    if let Some(live) = &setting.wish.live {
        add(setting, "live", "iscsi-trace live", live.as_slice(), &mut found);
    }
    for (index, path) in setting.wish.captures.iter().enumerate() {
        // Where it lies says more about its owner than about iSCSI.
        let shown = path.file_name().unwrap_or_default().to_string_lossy();
        let name = Kind::Path.admit(&shown, &mut found.names).unwrap_or_default();
        match File::open(path) {
            Ok(file) => {
                let member = format!("capture-{}", index + 1);
                add(setting, &member, &name, BufReader::new(file), &mut found);
            }
            Err(error) => found.missing(name, format!("cannot be opened: {error}")),
        }
    }
    found
}

fn add(setting: &Setting, member: &str, origin: &str, input: impl Read, found: &mut Found) {
    let session = setting.wish.session;
    // Headers take half the room and less once they are packed.
    let most = setting.wish.max_bytes.saturating_mul(2);
    let copy = match recording::safe(input, session, most, &setting.names, found) {
        Ok(copy) => copy,
        Err(why) => return found.missing(origin, why),
    };
    if let Some(damage) = copy.damage {
        found.missing(origin, format!("taken up to where it is damaged: {damage}"));
    }
    if copy.cut {
        found.missing(origin, "only its first part is taken: the bundle would be too large");
    }
    if copy.events == 0 {
        return found.missing(origin, "there is no iSCSI in it");
    }
    let summary = recording::summary(member, &copy.bytes);
    found.text(format!("{FOLDER}{member}.summary.txt"), "iscsi-trace decode --summary", summary);
    found.put(
        format!("{FOLDER}{member}.pcapng"),
        origin.to_owned(),
        Content::Recording(copy.bytes),
    );
}
