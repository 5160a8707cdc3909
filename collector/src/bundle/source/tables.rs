//! Everything `allowed.toml` says about a subject: folders whose files are values, and files with keys.

use std::io;

use super::super::allowed::{Allowed, Fields};
use super::super::files::{self, SETTINGS};
use super::super::item::Found;
use super::super::kind::masked;
use super::super::setting::Setting;
use super::super::{pattern, syntax};

pub(super) fn collect(setting: &Setting, subject: &str) -> Found {
    let mut found = Found::default();
    let allowed = Allowed::get();
    for folder in allowed.folder.iter().filter(|folder| folder.subject == subject) {
        for path in pattern::expand(setting, &folder.path, &mut found) {
            values(setting, &path, &folder.fields, &mut found);
        }
    }
    let target = wanted_target(setting);
    for file in allowed.file.iter().filter(|file| file.subject == subject) {
        let before = (found.items.len(), found.missing.len());
        for path in pattern::expand(setting, &file.path, &mut found) {
            let is_other = |wanted: &str| {
                path.contains("iscsi/nodes/") && !path.split('/').any(|part| part == wanted)
            };
            if target.as_deref().is_some_and(is_other) {
                continue;
            }
            match files::read(&setting.on_machine(&path), SETTINGS) {
                Ok(text) => {
                    let copy = syntax::copy(file, &text.text, &mut found);
                    found.text(format!("root/{path}"), format!("/{path}"), copy);
                    if text.cut {
                        found.missing(format!("/{path}"), "only its first 1 MiB was looked at");
                    }
                }
                Err(error) => refused(&path, &error, &mut found),
            }
        }
        let is_there = before != (found.items.len(), found.missing.len());
        if !is_there && !file.optional {
            found.missing(format!("/{}", file.path), "there is none here");
        }
    }
    found
}

/// With `--session`: the target whose records are wanted.
fn wanted_target(setting: &Setting) -> Option<String> {
    let session = setting.wish.session?;
    let path = format!("sys/class/iscsi_session/session{session}/targetname");
    let text = files::read(&setting.on_machine(&path), SETTINGS).ok()?.text;
    Some(text.trim().to_owned())
}

/// Copies the values of a folder's files.
pub(super) fn values(setting: &Setting, folder: &str, fields: &Fields, found: &mut Found) {
    for (name, kind) in fields {
        let path = format!("{folder}/{name}");
        let text = match files::read(&setting.on_machine(&path), SETTINGS) {
            Ok(text) => text.text,
            Err(error) => {
                refused(&path, &error, found);
                continue;
            }
        };
        let value = text.trim_end_matches(['\0', '\n', ' ']);
        if matches!(value, "" | "(null)" | "<NULL>") {
            continue;
        }
        let copy = kind.admit(value, &mut found.names).unwrap_or_else(|| {
            found.masked += 1;
            masked(name, value)
        });
        found.text(format!("root/{path}"), format!("/{path}"), copy + "\n");
    }
}

/// Notes why a file is missing, unless it need not be there, or says so itself (an attribute that does not apply now).
fn refused(path: &str, error: &io::Error, found: &mut Found) {
    use rustix::io::Errno;
    let not_now = [Errno::NODEV, Errno::NXIO, Errno::NOTCONN, Errno::INVAL, Errno::OPNOTSUPP];
    let errno = Errno::from_io_error(error);
    if errno.is_some_and(|errno| not_now.contains(&errno)) {
        return;
    }
    // Records of old versions are files where newer ones have folders.
    if let Some(why) = files::why(error).filter(|_| !is_folder_of_records(error)) {
        found.missing(format!("/{path}"), why);
    }
}

fn is_folder_of_records(error: &io::Error) -> bool {
    error.to_string() == "it is no regular file"
}
