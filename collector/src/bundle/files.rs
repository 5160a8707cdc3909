//! Reads files of the machine: no more of each than makes sense, and only regular ones.

use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use rustix::fs::OFlags;

/// More of a file with settings is cut.
pub(super) const SETTINGS: u64 = 1 << 20;

/// A file's text.
pub(super) struct Text {
    pub text: String,
    /// Whether there was more.
    pub cut: bool,
}

/// Reads up to `most` bytes. What is no regular file (a pipe would make us wait) is refused.
///
/// # Errors
/// What the kernel says.
pub(super) fn read(path: &Path, most: u64) -> io::Result<Text> {
    let flags = i32::try_from(OFlags::NONBLOCK.bits()).unwrap_or_default();
    let file = File::options().read(true).custom_flags(flags).open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::other("it is no regular file"));
    }
    let mut bytes = Vec::new();
    file.take(most + 1).read_to_end(&mut bytes)?;
    let cut = bytes.len() as u64 > most;
    if cut {
        bytes.truncate(usize::try_from(most).unwrap_or(usize::MAX));
    }
    Ok(Text { text: String::from_utf8_lossy(&bytes).into_owned(), cut })
}

/// The names in a folder, in order.
///
/// # Errors
/// What the kernel says.
pub(super) fn names(path: &Path) -> io::Result<Vec<String>> {
    let mut names: Vec<String> = fs::read_dir(path)?
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .collect();
    names.sort();
    Ok(names)
}

/// Why something is missing, or `None` where there is no such thing and that is that.
pub(super) fn why(error: &io::Error) -> Option<String> {
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => None,
        io::ErrorKind::PermissionDenied => Some("only root may read it".to_owned()),
        _ => Some(format!("cannot be read: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_huge_file_is_cut_and_a_pipe_is_not_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("huge");
        fs::write(&path, vec![b'x'; 1000]).unwrap();
        let text = read(&path, 10).unwrap();
        assert_eq!((text.text.as_str(), text.cut), ("xxxxxxxxxx", true));
        assert!(!read(&path, 1000).unwrap().cut);
        let pipe = folder.path().join("pipe");
        rustix::fs::mknodat(
            rustix::fs::CWD,
            &pipe,
            rustix::fs::FileType::Fifo,
            rustix::fs::Mode::RUSR,
            0,
        )
        .unwrap();
        assert!(read(&pipe, 10).is_err());
        assert!(read(folder.path(), 10).is_err(), "a folder");
    }
}
