//! Folders and attributes of sysfs.

use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::str::FromStr;

use rustix::fs::{Mode, OFlags, RawDir, SeekFrom, openat, readlinkat, seek};
use rustix::io::{Errno, read};

use super::notes::Notes;

/// A folder held open: its attributes cost no path walk, which is most of the cost with thousands of sessions.
#[derive(Debug)]
pub struct Dir(OwnedFd);

/// sysfs shows at most a page per attribute (kernel: `sysfs_emit`).
const PAGE: usize = 4096;

const FOLDER: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);
const FILE: OFlags = OFlags::RDONLY.union(OFlags::NONBLOCK).union(OFlags::CLOEXEC);

impl Dir {
    /// Opens a folder.
    ///
    /// # Errors
    /// What the kernel says, [`io::ErrorKind::NotFound`] where there is no such folder.
    pub fn open(path: &Path) -> io::Result<Self> {
        Ok(Self(openat(rustix::fs::CWD, path, FOLDER, Mode::empty())?))
    }

    /// Opens a folder below this one, through links.
    ///
    /// # Errors
    /// What the kernel says.
    pub fn sub(&self, path: &str) -> io::Result<Self> {
        Ok(Self(openat(&self.0, path, FOLDER, Mode::empty())?))
    }

    /// The names in this folder, in no order; none where it cannot be read.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        let mut names = Vec::new();
        if seek(&self.0, SeekFrom::Start(0)).is_err() {
            return names;
        }
        let mut buffer = Vec::with_capacity(PAGE);
        let mut entries = RawDir::new(&self.0, buffer.spare_capacity_mut());
        while let Some(Ok(entry)) = entries.next() {
            match entry.file_name().to_str() {
                Ok("." | "..") | Err(_) => {}
                Ok(name) => names.push(name.to_owned()),
            }
        }
        names
    }

    /// Where a link points.
    #[must_use]
    pub fn link(&self, name: &str) -> Option<String> {
        readlinkat(&self.0, name, Vec::new()).ok()?.into_string().ok()
    }

    /// The text of an attribute of this folder or, given a path, of one below it: without trailing white space; absent where it does not exist, is not set, or does not
    /// apply now (a connection without endpoint answers `ENOTCONN`). What is there but refused goes into the notes.
    pub fn text(&self, name: &str, notes: &mut Notes) -> Option<String> {
        match self.read(name) {
            Ok(text) if matches!(text.as_str(), "" | "(null)" | "<NULL>") => None,
            Ok(text) => Some(text),
            Err(Errno::NOENT | Errno::NODEV | Errno::NXIO | Errno::NOTCONN | Errno::INVAL) => None,
            Err(error) => {
                notes.error(format_args!("sysfs attribute {name}"), &error.into());
                None
            }
        }
    }

    /// An attribute that is a decimal number.
    pub fn number<N: FromStr>(&self, name: &str, notes: &mut Notes) -> Option<N> {
        self.text(name, notes)?.parse().ok()
    }

    /// An attribute that is 0 or 1.
    pub fn flag(&self, name: &str, notes: &mut Notes) -> Option<bool> {
        self.number::<u8>(name, notes).map(|number| number != 0)
    }

    fn read(&self, name: &str) -> Result<String, Errno> {
        let file = openat(&self.0, name, FILE, Mode::empty())?;
        let mut page = [0; PAGE];
        let length = read(&file, &mut page)?;
        let text = String::from_utf8_lossy(page.get(..length).unwrap_or_default());
        Ok(text.trim_end_matches(['\0', '\n', ' ']).trim_start().to_owned())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::host::tests::Scratch;

    #[test]
    fn attributes_are_trimmed_and_what_is_unset_is_absent() {
        let scratch = Scratch::new("sysfs-attributes");
        scratch.write("vendor", "LIO-ORG \n");
        scratch.write("alias", "(null)\n");
        scratch.write("empty", "\n");
        scratch.write("erl", "2\n");
        let dir = Dir::open(scratch.path()).unwrap();
        let mut notes = Notes::default();
        assert_eq!(dir.text("vendor", &mut notes).as_deref(), Some("LIO-ORG"));
        for absent in ["alias", "empty", "nothing"] {
            assert_eq!(dir.text(absent, &mut notes), None, "{absent}");
        }
        assert_eq!(dir.number("erl", &mut notes), Some(2_u8));
        assert_eq!(dir.number::<u8>("vendor", &mut notes), None);
        assert!(notes.is_empty(), "{notes:?}");
    }

    #[test]
    fn many_names_are_all_listed() {
        let scratch = Scratch::new("sysfs-names");
        for number in 0..500 {
            scratch.write(&format!("a-rather-long-name-of-an-attribute-{number}"), "");
        }
        let dir = Dir::open(scratch.path()).unwrap();
        assert_eq!(dir.names().len(), 500);
        assert_eq!(dir.names().len(), 500, "a second time, too");
    }

    #[test]
    fn an_attribute_that_cannot_be_read_is_noted() {
        let scratch = Scratch::new("sysfs-refused");
        // Opens, but a folder does not read: EISDIR, for root, too.
        fs::create_dir(scratch.path().join("state")).unwrap();
        let dir = Dir::open(scratch.path()).unwrap();
        let mut notes = Notes::default();
        assert_eq!(dir.text("state", &mut notes), None);
        assert!(notes.iter().any(|note| note.starts_with("sysfs attribute state: ")), "{notes:?}");
    }
}
