//! The kernel log, as `/dev/kmsg` has it.

use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use rustix::fs::OFlags;

/// No record is longer with its fields (kernel: `PRINTKRB_RECORD_MAX` and a dictionary), and each read gives one.
pub const RECORD: usize = 16 << 10;

/// More of the log is not looked at; the kernel's buffer is smaller.
const MOST: usize = 32 << 20;

/// Opens it so that reads end where the log does.
///
/// # Errors
/// If it may not be read.
pub fn open(path: &Path) -> io::Result<File> {
    let flags = i32::try_from(OFlags::NONBLOCK.bits()).unwrap_or_default();
    File::options().read(true).custom_flags(flags).open(path)
}

/// Everything the kernel still has: lines `priority,number,microseconds,flags;text`, each with its fields behind it on
/// lines that begin with a blank.
///
/// # Errors
/// If it may not be read.
pub fn read(path: &Path) -> io::Result<String> {
    let mut file = open(path)?;
    let mut log = Vec::new();
    let mut record = vec![0; RECORD];
    while log.len() < MOST {
        match file.read(&mut record) {
            Ok(0) => break,
            Ok(length) => log.extend_from_slice(record.get(..length).unwrap_or_default()),
            Err(error) => match error.kind() {
                ErrorKind::WouldBlock => break,
                // Records were overwritten meanwhile; the next read goes on with the oldest left.
                ErrorKind::BrokenPipe | ErrorKind::Interrupted => {}
                _ => return Err(error),
            },
        }
    }
    Ok(String::from_utf8_lossy(&log).into_owned())
}
