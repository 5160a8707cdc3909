//! The file of an archive: it appears under its name only when it is whole.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// Pieces written between two looks whether to stop.
const PIECE: usize = 1 << 20;

/// A file under construction, beside its final place; removed unless it is finished.
#[derive(Debug)]
pub(in crate::bundle) struct Output {
    file: File,
    path: PathBuf,
    unfinished: PathBuf,
}

/// Why there is no file.
#[derive(Debug)]
pub(in crate::bundle) enum WriteError {
    Interrupted,
    Io(io::Error),
}

impl From<io::Error> for WriteError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl Output {
    /// Begins a file that only its owner may read.
    ///
    /// # Errors
    /// It cannot be made there.
    pub fn create(path: &Path) -> io::Result<Self> {
        let name = path.file_name().ok_or_else(|| io::Error::other("it has no file name"))?;
        let name = name.to_string_lossy();
        let unfinished = path.with_file_name(format!(".{name}.{}.part", std::process::id()));
        // What is left of a process of the same number that was killed.
        let _ = fs::remove_file(&unfinished);
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&unfinished)?;
        Ok(Self { file, path: path.to_owned(), unfinished })
    }

    /// Adds bytes.
    ///
    /// # Errors
    /// The disk is full or we are to stop; the file is gone then.
    pub fn write(&mut self, bytes: &[u8], stop: &dyn Fn() -> bool) -> Result<(), WriteError> {
        for piece in bytes.chunks(PIECE) {
            if stop() {
                return Err(WriteError::Interrupted);
            }
            self.file.write_all(piece)?;
        }
        Ok(())
    }

    /// Gives the file its name.
    ///
    /// # Errors
    /// The disk is full, or the name is taken by a folder.
    pub fn finish(self) -> io::Result<()> {
        self.file.sync_all()?;
        fs::rename(&self.unfinished, &self.path)
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        // After `finish` there is nothing of this name.
        let _ = fs::remove_file(&self.unfinished);
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_file_appears_when_it_is_whole_and_only_for_its_owner() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("b.tar.zst");
        let mut output = Output::create(&path).unwrap();
        output.write(b"abc", &|| false).unwrap();
        assert!(!path.exists());
        output.finish().unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"abc");
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn an_interrupted_file_leaves_nothing_and_keeps_what_was_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("b.tar.zst");
        fs::write(&path, "old").unwrap();
        let mut output = Output::create(&path).unwrap();
        assert!(matches!(output.write(b"abc", &|| true), Err(WriteError::Interrupted)));
        drop(output);
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_full_disk_is_an_error_and_leaves_nothing() {
        // Linux' own full disk.
        let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("b.tar.zst");
        let mut output = Output::create(&path).unwrap();
        output.file = full;
        let error = output.write(b"abc", &|| false).unwrap_err();
        assert!(
            matches!(error, WriteError::Io(error) if error.kind() == io::ErrorKind::StorageFull)
        );
        drop(output);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
