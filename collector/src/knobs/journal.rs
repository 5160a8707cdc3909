//! What was changed, written down before it is done.
//!
//! One JSON object per line: who changes things, then each change. A line is on disk before its change is made, so
//! that whatever happens in between, reading it and comparing with the machine tells what is to be undone.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use super::change::Change;

/// Who changes things.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// Process.
    pub pid: u32,
    /// What was typed.
    pub command: String,
    /// When it began, UTC.
    pub since: String,
    /// Which boot that was: changes do not outlive it, a file can.
    pub boot: String,
    /// The changes stay when the process ends (`debug set`).
    pub lasting: bool,
}

impl std::fmt::Display for Holder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "'{}' (pid {}, since {})", self.command, self.pid, self.since)
    }
}

/// A journal being written.
#[derive(Debug)]
pub struct Journal {
    file: File,
    path: PathBuf,
}

impl Journal {
    /// Begins one.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn begin(path: &Path, holder: &Holder) -> io::Result<Self> {
        let file = OpenOptions::new().write(true).create(true).truncate(true).open(path)?;
        let mut journal = Self { file, path: path.to_owned() };
        journal.line(holder)?;
        // The file's name must be there, too.
        if let Some(folder) = path.parent() {
            File::open(folder)?.sync_all()?;
        }
        Ok(journal)
    }

    /// Notes a change that is about to be made.
    ///
    /// # Errors
    /// If it cannot be written; the change must not be made then.
    pub fn note(&mut self, change: &Change) -> io::Result<()> {
        self.line(change)
    }

    /// Ends it: nothing is left to undo.
    ///
    /// # Errors
    /// If it cannot be removed.
    pub fn remove(self) -> io::Result<()> {
        fs::remove_file(&self.path)
    }

    fn line(&mut self, value: &impl Serialize) -> io::Result<()> {
        let mut line = serde_json::to_vec(value)?;
        line.push(b'\n');
        self.file.write_all(&line)?;
        self.file.sync_data()
    }
}

/// A journal somebody left.
#[derive(Debug, PartialEq, Eq)]
pub struct Left {
    /// Who.
    pub holder: Holder,
    /// What, in the order it was done.
    pub changes: Vec<Change>,
}

/// Reads what somebody left, if anybody did.
///
/// # Errors
/// If it cannot be read, or is no journal of ours.
pub fn read(path: &Path) -> io::Result<Option<Left>> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut lines = text.split_inclusive('\n');
    let Some(first) = lines.next().filter(|line| line.ends_with('\n')) else {
        // Killed before its first line was whole: nothing was changed.
        return Ok(None);
    };
    let holder = serde_json::from_str(first)?;
    let mut changes = Vec::new();
    // A line that was not finished belongs to a change that was not made.
    for line in lines.filter(|line| line.ends_with('\n')) {
        changes.push(serde_json::from_str(line)?);
    }
    Ok(Some(Left { holder, changes }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::knobs::tests::Folder;

    fn holder() -> Holder {
        Holder {
            pid: 7,
            command: "iscsi-trace debug run".to_owned(),
            since: "now".to_owned(),
            boot: "b".to_owned(),
            lasting: false,
        }
    }

    #[test]
    fn what_is_noted_is_read_back_and_a_torn_line_is_left_out() {
        let folder = Folder::new();
        let path = folder.path("journal");
        let change = Change::Number { path: "/sys/x".into(), before: 0, after: 1 };
        let mut journal = Journal::begin(&path, &holder()).unwrap();
        journal.note(&change).unwrap();
        let mut text = fs::read_to_string(&path).unwrap();
        text.push_str("{\"change\":\"num");
        fs::write(&path, text).unwrap();
        let left = read(&path).unwrap().unwrap();
        assert_eq!(left, Left { holder: holder(), changes: vec![change] });
        journal.remove().unwrap();
        assert_eq!(read(&path).unwrap(), None);
    }

    #[test]
    fn a_journal_without_a_whole_line_means_nothing_was_changed() {
        let folder = Folder::new();
        let path = folder.path("journal");
        fs::write(&path, "{\"pid\":").unwrap();
        assert_eq!(read(&path).unwrap(), None);
    }

    #[test]
    fn another_programs_file_is_not_taken_for_a_journal() {
        let folder = Folder::new();
        let path = folder.path("journal");
        fs::write(&path, "hello\n").unwrap();
        assert!(read(&path).is_err());
    }
}
